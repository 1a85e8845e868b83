package syntax_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestDIDParts_SY01_SY02(t *testing.T) {
	t.Parallel()
	cases := []struct{ text, method, identifier string }{
		{"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "plc", "ewvi7nxzyoun6zhxrhs64oiz"},
		{"did:web:localhost%3A2583", "web", "localhost%3A2583"},
		{"did:nobodyknows:a:b", "nobodyknows", "a:b"}, // any method has the syntax
	}
	for _, c := range cases {
		d, err := syntax.ParseDID(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		if d.String() != c.text || d.Method() != c.method || d.Identifier() != c.identifier {
			t.Errorf("%s: method %q, identifier %q", c.text, d.Method(), d.Identifier())
		}
	}
	if d := syntax.DID("what"); d.Method() != "what" || d.Identifier() != "" {
		t.Errorf("parts of no DID: %q, %q", d.Method(), d.Identifier())
	}
}

func TestBlessedDIDs_SY03(t *testing.T) {
	t.Parallel()
	cases := map[syntax.DID]bool{
		"did:plc:ewvi7nxzyoun6zhxrhs64oiz":   true,
		"did:plc:ewvi7nxzyoun6zhxrhs64oi":    false, // 31 characters
		"did:plc:ewvi7nxzyoun6zhxrhs64oizz":  false,
		"did:plc:ewvi7nxzyoun6zhxrhs64oi1":   false, // 1 is no base32
		"did:plc:Ewvi7nxzyoun6zhxrhs64oiz":   false,
		"did:web:example.com":                true,
		"did:web:example.com:user":           false, // path
		"did:web:example.com%3A443":          false, // port
		"did:web:example":                    false,
		"did:web:localhost":                  true,
		"did:web:localhost%3A2583":           true,
		"did:web:localhost%3a2583":           false,
		"did:web:localhost%3A":               false,
		"did:web:localhost%3A0":              false,
		"did:web:localhost%3A65535":          true,
		"did:web:localhost%3A65536":          false,
		"did:web:localhost%3A123456":         false,
		"did:web:localhost%3A12x":            false,
		"did:web:localhost.example.com":      true,
		"did:web:localhost%3A2583:user":      false,
		"did:web:":                           false,
		"did:key:zQ3shZc2QzApp2oymGvQbzP8eK": false,
		"did:method:val":                     false,
		"":                                   false,
	}
	for d, want := range cases {
		if got := d.Blessed(); got != want {
			t.Errorf("DID(%q).Blessed() = %t", d, got)
		}
	}
}

func TestWebDIDsObeyTheBlocklist_SY04(t *testing.T) {
	t.Parallel()
	cases := []struct {
		did                     syntax.DID
		production, development bool
	}{
		{"did:web:example.com", true, true},
		{"did:web:service.test", false, true},
		{"did:web:service.local", false, false},
		{"did:web:service.LOCAL", false, false},
		{"did:web:service.onion:path", false, false},
		{"did:web:localhost", false, true},
		{"did:web:localhost%3A2583", false, true},
		{"did:web:my.localhost", false, false},
		{"did:plc:ewvi7nxzyoun6zhxrhs64oiz", true, true},
	}
	for _, c := range cases {
		if got := c.did.AllowedHost(syntax.Production); got != c.production {
			t.Errorf("%s in production: %t", c.did, got)
		}
		if got := c.did.AllowedHost(syntax.Development); got != c.development {
			t.Errorf("%s in development: %t", c.did, got)
		}
	}
}
