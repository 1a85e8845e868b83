package identity

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// originOf returns endpoint if it is an origin, that is an http or https URL of
// a host and no more, in lower case, without a slash at its end and without the port
// that its scheme has anyway, and "" otherwise (ID-04).
func originOf(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	if u.User != nil || u.Opaque != "" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") {
		return ""
	}
	host, port := hostIn(u), u.Port()
	if host == "" || strings.HasSuffix(u.Host, ":") || port != "" && !isPort(port) {
		return ""
	}
	if port != "" && port != defaultPorts[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host
}

var defaultPorts = map[string]string{"https": "443", "http": "80"}

// hostIn returns the host of a URL in lower case, or "" if it is neither an address
// nor a name of letters, digits, hyphens and underscores. Other names would look like
// what they are not, or be read in another way by others.
func hostIn(u *url.URL) string {
	host, isBracketed := u.Hostname(), strings.HasPrefix(u.Host, "[")
	if address, err := netip.ParseAddr(host); err == nil {
		switch {
		case address.Is6() != isBracketed || address.Zone() != "":
			return ""
		case isBracketed:
			return "[" + address.String() + "]"
		default:
			return address.String()
		}
	}
	if isBracketed || !isHostName(host) {
		return ""
	}
	return strings.ToLower(host)
}

// isHostName reports whether a text is a name of a host. What ends with a number
// might be an address for others.
func isHostName(text string) bool {
	const (
		maxLabel = 63
		letters  = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"
		digits   = "0123456789"
	)
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || len(label) > maxLabel || strings.Trim(label, "-") != label || strings.Trim(label, letters) != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(text) <= maxDomain && !strings.ContainsAny(last[:1], digits)
}

// isPort reports whether a text is the number of a port, as it is written.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && !strings.HasPrefix(text, "0")
}
