package relay

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// errName says that a text is no name of a host that may be followed.
var errName = errors.New("not a host that may be followed")

// parseHost reads the name of a host, as strangers or the operator give it (SN-51): a
// host name, in any case, and with a dot at its end or without. With AllowHTTP there may be http:// before it. Other ports,
// addresses and names that are not public are for the operator, or with AllowPrivate.
func parseHost(opts *Options, text string, byAdmin bool) (info store.Host, err error) {
	name, noSSL := strings.ToLower(strings.TrimSuffix(text, "/")), false
	if rest, ok := strings.CutPrefix(name, "http://"); ok {
		if !opts.AllowHTTP {
			return info, fmt.Errorf("%w: %.100q: only https is", errName, text)
		}
		name, noSSL = rest, true
	} else {
		name = strings.TrimPrefix(name, "https://")
	}
	host, port, err := withoutPort(name)
	if err != nil {
		return info, fmt.Errorf("%w: %.100q: %w", errName, text, err)
	}
	if rooted, ok := strings.CutSuffix(host, "."); ok { // the dot of the root
		host, name = rooted, rooted+name[len(host):]
	}
	var local bool
	if address, err := netip.ParseAddr(host); err == nil && address.Is4() {
		local = true
		noSSL = noSSL || opts.AllowHTTP && address.IsLoopback()
	} else if host == "localhost" {
		local = true
		noSSL = noSSL || opts.AllowHTTP
	} else {
		handle, err := syntax.ParseHandle(host)
		if err != nil {
			return info, fmt.Errorf("%w: %.100q: want a host name, such as pds.example.com", errName, text)
		}
		local = !handle.AllowedTLD(syntax.Production)
	}
	if port == "443" && !noSSL || port == "80" && noSSL { // where it is anyway
		name, port = host, ""
	}
	if (local || port != "") && !byAdmin && !opts.AllowPrivate {
		return info, fmt.Errorf("%w: %.100q: ports, addresses and names that are not public are for the operator", errName, text)
	}
	return store.Host{Name: name, NoSSL: noSSL, Seq: store.NoSeq}, nil
}

// withoutPort divides a name from its port, which is "" if it has none.
func withoutPort(name string) (host, port string, err error) {
	host, port, found := strings.Cut(name, ":")
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case !found:
		return host, "", nil
	case strings.HasPrefix(name, "[") || strings.Contains(port, ":"):
		return "", "", errors.New("want a host name, or an address of IPv4")
	case err != nil || n == 0 || strconv.FormatUint(n, 10) != port:
		return "", "", errors.New("want a port from 1 to 65535 behind the colon")
	}
	return host, port, nil
}

// CheckHost returns the error that [Relay.AddHost] has for what is no host that may be
// followed, whatever is known of it.
func (o *Options) CheckHost(hostname string) error {
	_, err := parseHost(o, hostname, true)
	return err
}

// nameOf returns the name under which a host is known, however the operator writes it.
func nameOf(opts *Options, text string) string {
	if info, err := parseHost(opts, text, true); err == nil {
		return info.Name
	}
	return text
}

// parents are the names whose ban holds for a host: its own, with and without its port, and
// those above it, down to two labels.
func parents(name string) []string {
	host, _, ported := strings.Cut(name, ":")
	all := []string{name}
	if ported {
		all = append(all, host)
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return all
	}
	for {
		_, above, ok := strings.Cut(host, ".")
		if !ok || !strings.Contains(above, ".") {
			return all
		}
		all, host = append(all, above), above
	}
}
