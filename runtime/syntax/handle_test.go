package syntax_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestHandlesAreNormalizedToLowerCase_SY06(t *testing.T) {
	t.Parallel()
	cases := map[syntax.Handle]syntax.Handle{
		"XX.LCS.MIT.EDU":  "xx.lcs.mit.edu",
		"alice.test":      "alice.test",
		"xn--LS8H.test":   "xn--ls8h.test",
		"\u212aelvin.com": "\u212aelvin.com", // ASCII only
		"":                "",
	}
	for h, want := range cases {
		if got := h.Normalize(); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", h, got, want)
		}
	}
	parsed, err := syntax.ParseHandle("Alice.Test")
	if err != nil || parsed.String() != "Alice.Test" {
		t.Errorf("ParseHandle changes its text: %q, %v", parsed, err)
	}
}

func TestReservedDomains_SY07(t *testing.T) {
	t.Parallel()
	cases := []struct {
		handle                  syntax.Handle
		tld                     string
		production, development bool
	}{
		{"a.alt", "alt", false, false},
		{"a.arpa", "arpa", false, false},
		{"SRI-NIC.ARPA", "arpa", false, false},
		{"a.example", "example", false, false},
		{"a.internal", "internal", false, false},
		{"a.invalid", "invalid", false, false},
		{"a.local", "local", false, false},
		{"a.localhost", "localhost", false, false},
		{"a.onion", "onion", false, false},
		{"a.test", "test", false, true},
		{"a.example.com", "com", true, true},
		{"local.app", "app", true, true},
		{"a.locals", "locals", true, true},
	}
	for _, c := range cases {
		if _, err := syntax.ParseHandle(c.handle.String()); err != nil {
			t.Errorf("the syntax refuses %s: %v", c.handle, err)
		}
		if got := c.handle.TLD(); got != c.tld {
			t.Errorf("%s: TLD = %q, want %q", c.handle, got, c.tld)
		}
		if got := c.handle.AllowedTLD(syntax.Production); got != c.production {
			t.Errorf("%s in production: %t", c.handle, got)
		}
		if got := c.handle.AllowedTLD(syntax.Development); got != c.development {
			t.Errorf("%s in development: %t", c.handle, got)
		}
	}
}

func TestHandleInvalidIsOutputOnly_SY08(t *testing.T) {
	t.Parallel()
	if _, err := syntax.ParseHandle(syntax.HandleInvalid.String()); err != nil {
		t.Errorf("output with the placeholder cannot be read: %v", err)
	}
	for h, want := range map[syntax.Handle]bool{
		syntax.HandleInvalid: true, "Handle.Invalid": true, "handle.invalid.com": false, "": false,
	} {
		if h.IsInvalid() != want {
			t.Errorf("Handle(%q).IsInvalid() = %t", h, !want)
		}
	}
	for _, env := range []syntax.Environment{syntax.Production, syntax.Development} {
		if syntax.HandleInvalid.AllowedTLD(env) {
			t.Errorf("the placeholder may be registered in environment %d", env)
		}
	}
}

func TestAtIdentifierIsADIDOrAHandle_SY25(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text, normal string
		did, handle  bool
	}{
		{"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:ewvi7nxzyoun6zhxrhs64oiz", true, false},
		{"did:method:VAL", "did:method:VAL", true, false},
		{"Alice.Example.com", "alice.example.com", false, true},
		{"did.example.com", "did.example.com", false, true},
	}
	for _, c := range cases {
		a, err := syntax.ParseAtIdentifier(c.text)
		if err != nil {
			t.Error(err)
			continue
		}
		d, isDID := a.DID()
		h, isHandle := a.Handle()
		if isDID != c.did || isHandle != c.handle {
			t.Errorf("%s: DID %t, handle %t", c.text, isDID, isHandle)
		}
		if d.String()+h.String() != c.text || a.String() != c.text {
			t.Errorf("%s: parts %q and %q", c.text, d, h)
		}
		if got := a.Normalize().String(); got != c.normal {
			t.Errorf("Normalize(%s) = %s", c.text, got)
		}
	}
	if _, ok := syntax.AtIdentifier("").Handle(); ok {
		t.Error("the empty identifier is a handle")
	}
}
