package syntax_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestATURIParts_SY17_SY19(t *testing.T) {
	t.Parallel()
	cases := []struct {
		uri        syntax.ATURI
		authority  syntax.AtIdentifier
		collection syntax.NSID
		key        syntax.RecordKey
		path       string
	}{
		{"at://did:plc:asdf123/com.example.feed.post/3jzfcijpj2z2a", "did:plc:asdf123", "com.example.feed.post", "3jzfcijpj2z2a", "com.example.feed.post/3jzfcijpj2z2a"},
		{"at://did:plc:asdf123/com.example.feed.post", "did:plc:asdf123", "com.example.feed.post", "", "com.example.feed.post"},
		{"at://alice.example.com", "alice.example.com", "", "", ""},
	}
	for _, c := range cases {
		u, err := syntax.ParseATURI(c.uri.String())
		if err != nil {
			t.Error(err)
			continue
		}
		if u.Authority() != c.authority || u.Collection() != c.collection || u.RecordKey() != c.key || u.Path() != c.path {
			t.Errorf("%s: %q, %q, %q, path %q", u, u.Authority(), u.Collection(), u.RecordKey(), u.Path())
		}
		if got := syntax.ATURIOf(c.authority, c.collection, c.key); got != c.uri {
			t.Errorf("ATURIOf = %s, want %s", got, c.uri)
		}
	}
	if got := syntax.ATURIOf("a.co", "", "key"); got != "at://a.co" {
		t.Errorf("a record key without a collection gives %s", got)
	}
}

func TestNormalizedATURIsCompareAsStrings_SY18(t *testing.T) {
	t.Parallel()
	cases := map[syntax.ATURI]syntax.ATURI{
		"at://Alice.Example.com/Com.Example.fooBar/Key": "at://alice.example.com/com.example.fooBar/Key",
		"at://did:web:Example.com/com.example.foo":      "at://did:web:Example.com/com.example.foo",
		"at://A.co": "at://a.co",
	}
	for u, want := range cases {
		if got := u.Normalize(); got != want {
			t.Errorf("Normalize(%s) = %s, want %s", u, got, want)
		}
	}
}

func TestRepoPath_SY26(t *testing.T) {
	t.Parallel()
	for _, key := range []syntax.RecordKey{"3jzfcijpj2z2a", "pre:fix", "~"} {
		text := "com.example.feed.post/" + key.String()
		collection, got, err := syntax.ParseRepoPath(text)
		if err != nil || collection != "com.example.feed.post" || got != key {
			t.Errorf("ParseRepoPath(%q) = %q, %q, %v", text, collection, got, err)
		}
	}
	for _, text := range []string{
		"", "/", "com.example.post", "com.example.post/", "/com.example.post/x", "com.example.post/x/", "com.example.post/x/y",
		"com.example/x", "com.example.post/..", "com.example.post/#x",
		"com.example.post/" + strings.Repeat("x", 1024),
	} {
		if collection, key, err := syntax.ParseRepoPath(text); err == nil || collection != "" || key != "" {
			t.Errorf("ParseRepoPath(%q) = %q, %q, %v", text, collection, key, err)
		}
	}
}
