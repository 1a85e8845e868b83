package plc

import (
	"fmt"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
)

// A limiter bounds what one address submits. Each has a bucket, which is full at
// first and fills up evenly within an hour.
type limiter struct {
	header  string // that has the address, as a proxy sets it; "" for the connection's
	buckets *ratelimit.Limiter[netip.Prefix]
}

func newLimiter(perHour int, header string, now func() time.Time) *limiter {
	l := &limiter{header: header}
	if perHour > 0 {
		l.buckets = ratelimit.New[netip.Prefix](ratelimit.Rate{Burst: perHour, Every: time.Hour / time.Duration(perHour)}, now)
	}
	return l
}

// take takes one from the bucket of a request's address, or says how long to wait.
func (l *limiter) take(r *http.Request) error {
	if l.buckets == nil {
		return nil
	}
	from, err := l.address(r)
	if err != nil {
		return err
	}
	if wait := l.buckets.Take(from); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &refused{http.StatusTooManyRequests, fmt.Sprintf("Too many requests from %s: try again in %d s", from, seconds), seconds}
	}
	return nil
}

// address returns where a request comes from: an address of IPv4, or the network
// of one of IPv6, of which one subscriber has very many.
func (l *limiter) address(r *http.Request) (netip.Prefix, error) {
	text := r.RemoteAddr
	if l.header != "" {
		all := r.Header.Values(l.header)
		if len(all) == 0 {
			return netip.Prefix{}, refusal(http.StatusBadRequest, "the proxy does not say in %s where the request comes from", l.header)
		}
		// The client can write what it likes before what the last proxy adds.
		last := all[len(all)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, failed := netip.ParseAddrPort(text)
		if failed != nil {
			return netip.Prefix{}, refusal(http.StatusBadRequest, "%s is no address", strconv.Quote(text))
		}
		address = withPort.Addr()
	}
	bits := 32
	if address = address.Unmap().WithZone(""); address.Is6() {
		bits = 64
	}
	return address.Prefix(bits) //nolint:wrapcheck // there are as many bits
}
