// Package clientaddr says where requests come from, for bounds that each address has.
package clientaddr

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// ErrUnknown says that a request does not tell where it comes from.
var ErrUnknown = errors.New("it is not known where the request comes from")

// Of returns where a request comes from: an address of IPv4, or the network of one of
// IPv6 (/64), of which one subscriber has very many. The header is the one in which a
// proxy says it, "" where there is no proxy. Errors are [ErrUnknown].
func Of(r *http.Request, header string) (netip.Prefix, error) {
	text := r.RemoteAddr
	if header != "" {
		all := r.Header.Values(header)
		if len(all) == 0 {
			return netip.Prefix{}, fmt.Errorf("%w: the proxy does not say in %s where the request comes from", ErrUnknown, header)
		}
		// The client can write what it likes before what the last proxy adds.
		last := all[len(all)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, failed := netip.ParseAddrPort(text)
		if failed != nil {
			return netip.Prefix{}, fmt.Errorf("%w: %s is no address", ErrUnknown, strconv.Quote(text))
		}
		address = withPort.Addr()
	}
	bits := 32
	if address = address.Unmap().WithZone(""); address.Is6() {
		bits = 64
	}
	return netip.PrefixFrom(address, bits).Masked(), nil
}

// Text returns the same as text, for people; an address of IPv4 without its length, and
// "unknown" for [ErrUnknown], which all such requests share.
func Text(r *http.Request, header string) string {
	from, err := Of(r, header)
	switch {
	case err != nil:
		return "unknown"
	case from.Addr().Is4():
		return from.Addr().String()
	}
	return from.String()
}
