package syntax

import "strings"

// MaxDIDLen is the greatest length of a DID in bytes.
const MaxDIDLen = 2048

const (
	didPrefix    = "did:"
	plcPrefix    = "did:plc:"
	plcLen       = len(plcPrefix) + 24
	webPrefix    = "did:web:"
	webLocalhost = "localhost"
	webPort      = "%3A" // a colon inside a did:web, before a port
)

// DID is a decentralized identifier such as did:plc:ewvi7nxzyoun6zhxrhs64oiz
// (SY-01). It is case-sensitive.
type DID string

// ParseDID returns text as a DID if it has the syntax of one, whatever its
// method: `did:`, lower-case letters, a colon, and up to the limit of
// [MaxDIDLen] bytes of letters, digits and `._:%-`, not ending in a colon or a
// percent sign. An unsupported method is for the application to refuse (SY-02).
func ParseDID(text string) (DID, error) {
	return parse[DID](FormatDID, text, scanDID)
}

// String returns d as a string.
func (d DID) String() string { return string(d) }

// Method returns what stands between the first two colons of d, such as "plc".
func (d DID) Method() string {
	method, _ := d.split()
	return method
}

// Identifier returns what stands behind the second colon of d.
func (d DID) Identifier() string {
	_, identifier := d.split()
	return identifier
}

func (d DID) split() (method, identifier string) {
	method, identifier, _ = strings.Cut(strings.TrimPrefix(string(d), didPrefix), ":")
	return method, identifier
}

// Blessed reports whether d has one of the forms that accounts may have
// (SY-03): a did:plc of exactly 32 characters, or a did:web of a host name
// alone, without path. Only the host localhost may have a port. Whether the
// host's domain may be used is another question, which [DID.AllowedHost]
// answers.
func (d DID) Blessed() bool {
	if id, ok := strings.CutPrefix(string(d), plcPrefix); ok {
		return len(d) == plcLen && firstNot(id, isPLCDigit) == len(id)
	}
	host, ok := strings.CutPrefix(string(d), webPrefix)
	if !ok {
		return false
	}
	if rest, ok := strings.CutPrefix(host, webLocalhost); ok && (rest == "" || isPort(rest)) {
		return true
	}
	return !scanHandle(host).found()
}

// AllowedHost reports whether the host of a did:web is under a domain that may
// be used in env, by the rules of [Handle.AllowedTLD] (SY-04); the host
// localhost itself is allowed in development. It is true for a DID of another
// method.
func (d DID) AllowedHost(env Environment) bool {
	host, ok := strings.CutPrefix(string(d), webPrefix)
	if !ok {
		return true
	}
	if end := strings.IndexAny(host, ":%"); end >= 0 { // a path or a port
		host = host[:end]
	}
	if host == webLocalhost {
		return env == Development
	}
	return Handle(host).AllowedTLD(env)
}

// isPLCDigit reports whether c is a digit of lower-case base32.
func isPLCDigit(c byte) bool { return isLower(c) || '2' <= c && c <= '7' }

// isPort reports whether text is an escaped colon and a TCP port.
func isPort(text string) bool {
	port, ok := strings.CutPrefix(text, webPort)
	if !ok || port == "" || len(port) > 5 || port[0] == '0' {
		return false
	}
	n := 0
	for i := range len(port) {
		if !isDigit(port[i]) {
			return false
		}
		n = n*10 + int(port[i]-'0')
	}
	return n <= 0xffff
}

func isDIDChar(c byte) bool {
	return isAlnum(c) || c == '.' || c == '_' || c == ':' || c == '%' || c == '-'
}

func scanDID(text string) fault {
	if f := tooLong(text, MaxDIDLen); f.found() {
		return f
	}
	if !strings.HasPrefix(text, didPrefix) {
		return fault{0, `does not begin with "did:"`}
	}
	colon := len(didPrefix) + firstNot(text[len(didPrefix):], isLower)
	switch {
	case colon == len(text):
		return fault{colon, "no colon behind the method"}
	case text[colon] != ':':
		return fault{colon, "method has a character other than a lower-case letter"}
	case colon == len(didPrefix):
		return fault{colon, "method is empty"}
	}
	return scanDIDIdentifier(text[colon+1:]).shift(colon + 1)
}

func scanDIDIdentifier(text string) fault {
	if text == "" {
		return fault{0, "identifier is empty"}
	}
	if i := firstNot(text, isDIDChar); i < len(text) {
		return fault{i, "character that no DID has"}
	}
	last := len(text) - 1
	if text[last] == ':' || text[last] == '%' {
		return fault{last, "ends with a colon or a percent sign"}
	}
	return fault{}
}
