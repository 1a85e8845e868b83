package syntax_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestNSIDParts_SY10(t *testing.T) {
	t.Parallel()
	cases := []struct {
		nsid            syntax.NSID
		authority, name string
		segments        []string
	}{
		{"app.bsky.feed.post", "feed.bsky.app", "post", []string{"app", "bsky", "feed", "post"}},
		{"a-0.b-1.c", "b-1.a-0", "c", []string{"a-0", "b-1", "c"}},
		{"Com.Example.fooBar", "example.com", "fooBar", []string{"Com", "Example", "fooBar"}},
		{"noDots", "", "noDots", []string{"noDots"}},
		{"", "", "", []string{""}},
	}
	for _, c := range cases {
		if c.nsid.Authority() != c.authority || c.nsid.Name() != c.name || c.nsid.String() != string(c.nsid) {
			t.Errorf("%s: authority %q, name %q", c.nsid, c.nsid.Authority(), c.nsid.Name())
		}
		if diff := cmp.Diff(c.segments, c.nsid.Segments()); diff != "" {
			t.Errorf("%s: segments (-want +got):\n%s", c.nsid, diff)
		}
	}
}

func TestOnlyTheAuthorityIsNormalized_SY11(t *testing.T) {
	t.Parallel()
	cases := map[syntax.NSID]syntax.NSID{
		"Com.Example.FooBar": "com.example.FooBar",
		"com.example.fooBar": "com.example.fooBar",
		"COM.A.B.c":          "com.a.b.c",
		"Name":               "Name",
		"":                   "",
	}
	for n, want := range cases {
		if got := n.Normalize(); got != want {
			t.Errorf("Normalize(%q) = %q, want %q", n, got, want)
		}
	}
}

func TestNSIDPatterns_SY12(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"*", "com.*", "com.example.*", "com.example.foo.*", "com.example.foo", "a-0.b.*"} {
		if p, err := syntax.ParseNSIDPattern(text); err != nil || p.String() != text {
			t.Errorf("ParseNSIDPattern(%q) = %q, %v", text, p, err)
		}
	}
	for _, text := range []string{
		"", "**", ".*", "*.*", "com", "com.example", "com*", "com.example.foo*", "com.*.foo", "*.example.foo",
		"com..*", "1com.*", "com.exa_mple.*", "com.example.* ", "com.example.*.",
		strings.Repeat("abc.", 79) + "*.",
	} {
		if _, err := syntax.ParseNSIDPattern(text); err == nil {
			t.Errorf("ParseNSIDPattern(%q) accepts", text)
		}
	}
}

func TestNSIDPatternMatch_SY12_SY11(t *testing.T) {
	t.Parallel()
	cases := []struct {
		pattern syntax.NSIDPattern
		nsid    syntax.NSID
		want    bool
	}{
		{"*", "com.example.foo", true},
		{"com.example.*", "com.example.foo", true},
		{"com.example.*", "com.example.foo.bar", true},
		{"com.example.*", "COM.Example.foo", true},
		{"com.example.*", "com.examples.foo", false},
		{"com.example.*", "com.example", false},
		{"com.example.foo.*", "com.example.foo", false},
		{"com.example.foo.*", "com.example.foo.bar", true},
		{"com.example.foo", "com.example.foo", true},
		{"com.example.foo", "Com.Example.foo", true},
		{"com.example.foo", "com.example.Foo", false},
		{"com.example.foo", "com.example.foo.bar", false},
		{"com.example.foo", "com.example.fo", false},
		{"com.example.fo", "com.example.foo", false},
	}
	for _, c := range cases {
		if got := c.pattern.Match(c.nsid); got != c.want {
			t.Errorf("NSIDPattern(%q).Match(%q) = %t", c.pattern, c.nsid, got)
		}
	}
}
