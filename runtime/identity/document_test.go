package identity_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// alice is the DID of all documents in testdata/document.
const alice syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

// TestParseDocument reads each document, and prints the identity in it.
func TestParseDocument_ID01_ID02_ID03_ID04_ID05_ID06_ID07(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/document", func(_ *testing.T, c *golden.Case) {
		c.Output("identity", identityText(identity.ParseDocument(alice, []byte(c.In["did.json"]))))
	})
}

// identityText prints an identity, or why there is none.
func identityText(i *identity.Identity, err error) string {
	if err != nil {
		return fmt.Sprintln("refused:", err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "handle %s\nkey %v\npds %q\nbroken %t\n", i.Handle, keyText(i.SigningKey), i.PDS, i.Broken())
	if i.Labeler != "" || i.LabelerKey != nil {
		fmt.Fprintf(&out, "labeler %q\nlabeler key %v\n", i.Labeler, keyText(i.LabelerKey))
	}
	for _, s := range i.Services {
		fmt.Fprintf(&out, "service %q %q %q\n", s.Fragment, s.Type, s.Endpoint)
	}
	return out.String()
}

func TestDocumentsAreBounded(t *testing.T) {
	t.Parallel()
	const head = `{"id":"` + string(alice) + `","service":`
	entry := `{"id":"#atproto_pds","type":"x","serviceEndpoint":"https://a.test"}`
	many := head + "[" + strings.Repeat(entry+",", 3000) + entry + "]}"
	i, err := identity.ParseDocument(alice, []byte(many))
	if err != nil || len(i.Services) != 1000 {
		t.Errorf("%v", err)
	}
	long := head + strings.Repeat(" ", identity.MaxDocument) + "[]}"
	if _, err := identity.ParseDocument(alice, []byte(long)); !errors.Is(err, identity.ErrDocument) || len(err.Error()) > 200 {
		t.Errorf("%v", err)
	}
	if _, err := identity.ParseDocument(alice, []byte(`{"id":"`+string(alice)+"\xff\"}")); !errors.Is(err, identity.ErrDocument) {
		t.Errorf("%v", err)
	}
}

// TestOrigins_ID04 lists endpoints, and which origin they are.
func TestOrigins_ID04(t *testing.T) {
	t.Parallel()
	for endpoint, want := range map[string]string{
		"https://pds.example.com":       "https://pds.example.com",
		"https://pds.example.com/":      "https://pds.example.com",
		"https://pds.example.com:8443":  "https://pds.example.com:8443",
		"http://localhost:2583":         "http://localhost:2583",
		"https://[2001:db8::1]:443":     "https://[2001:db8::1]",
		"https://pds.example.com:443/":  "https://pds.example.com",
		"https://pds.example.com:80":    "https://pds.example.com:80",
		"http://pds.example.com:80":     "http://pds.example.com",
		"http://pds.example.com:443":    "http://pds.example.com:443",
		"HTTPS://pds.example.com":       "https://pds.example.com",
		"https://pds.example.com/xrpc":  "",
		"https://a@pds.example.com":     "",
		"https://a:b@pds.example.com":   "",
		"https://pds.example.com?":      "",
		"https://pds.example.com?a=b":   "",
		"https://pds.example.com#":      "",
		"https://pds.example.com#a":     "",
		"https://":                      "",
		"https://:443":                  "",
		"https:pds.example.com":         "",
		"ftp://pds.example.com":         "",
		"wss://pds.example.com":         "",
		"pds.example.com":               "",
		"//pds.example.com":             "",
		"javascript:alert(1)":           "",
		"https://pds.example.com:port":  "",
		"https://pds example.com":       "",
		"https://pds.example.com\n":     "",
		"https://pds.example.com\\@b.c": "",

		"https://PDS.Example.COM:8443":                "https://pds.example.com:8443",
		"https://pds_1.example.com":                   "https://pds_1.example.com",
		"https://xn--pds-0na.example":                 "https://xn--pds-0na.example",
		"http://pds:3000":                             "http://pds:3000",
		"http://127.0.0.1:2583":                       "http://127.0.0.1:2583",
		"https://[2001:DB8:0:0:0:0:0:1]":              "https://[2001:db8::1]",
		"https://[2001:db8::1]:65535":                 "https://[2001:db8::1]:65535",
		"https://pds.example.com:1":                   "https://pds.example.com:1",
		"https://pds.example.com:":                    "",
		"https://[2001:db8::1]:":                      "",
		"https://pds.example.com:0":                   "",
		"https://pds.example.com:65536":               "",
		"https://pds.example.com:99999":               "",
		"https://pds.example.com:0443":                "",
		"https://pds.example.com:-1":                  "",
		"https://*":                                   "",
		"https://*.example.com":                       "",
		"https://a,b":                                 "",
		"https://a;b":                                 "",
		"https://a'b":                                 "",
		"https://a+b":                                 "",
		"https://.":                                   "",
		"https://pds..example.com":                    "",
		"https://.example.com":                        "",
		"https://pds.example.com.":                    "",
		"https://-pds.example.com":                    "",
		"https://pds-.example.com":                    "",
		"https://pds.ex%61mple.com":                   "",
		"https://pds%2Fexample.com":                   "",
		"https://pds%00.example.com":                  "",
		"https://pds.example.com\u202e":               "",
		"https://pds.\u2028example.com":               "",
		"https://pds.ex\u0430mple.com":                "",
		"https://\u212aiwi.example.com":               "",
		"https://b\u00fccher.example":                 "",
		"https://2130706433":                          "",
		"https://0x7f.1":                              "",
		"https://127.1":                               "",
		"https://127.0.0.01":                          "",
		"https://127.0.0.256":                         "",
		"https://2001:db8::1":                         "",
		"https://[127.0.0.1]":                         "",
		"https://[fe80::1%25eth0]":                    "",
		"https://[pds.example.com]":                   "",
		"https://[2001:db8::1":                        "",
		"https://" + strings.Repeat("a", 64):          "",
		"https://" + strings.Repeat("a.", 127) + "a":  "",
		"https://" + strings.Repeat("a.", 126) + "a":  "https://" + strings.Repeat("a.", 126) + "a",
		"https://" + strings.Repeat("a", 63) + ".org": "https://" + strings.Repeat("a", 63) + ".org",
	} {
		i := &identity.Identity{Services: []identity.Service{{Fragment: "a", Type: "A", Endpoint: endpoint}}}
		if got := i.Service("a", "A"); got != want {
			t.Errorf("%q has the origin %q, want %q", endpoint, got, want)
		}
		if i.Service("a", "B") != "" || i.Service("b", "A") != "" {
			t.Errorf("%q is the endpoint of another service", endpoint)
		}
	}
}

// FuzzParseDocument demands of each document that is read what makes it safe to
// use, and that the order of its members does not count.
func FuzzParseDocument(f *testing.F) {
	for _, text := range documents(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		i, err := identity.ParseDocument(alice, text)
		if err != nil {
			return
		}
		if i.DID != alice {
			t.Fatalf("the DID is %q", i.DID)
		}
		if _, err := syntax.ParseHandle(string(i.Handle)); err != nil || i.Handle != i.Handle.Normalize() {
			t.Fatalf("the handle is %q", i.Handle)
		}
		for _, origin := range []string{i.PDS, i.Labeler} {
			if strings.Trim(origin, "abcdefghijklmnopqrstuvwxyz0123456789-_.:/[]") != "" || origin != "" && !strings.HasPrefix(origin, "http") {
				t.Fatalf("an origin is %q", origin)
			}
		}
		var members map[string]any
		if json.Unmarshal(text, &members) != nil {
			t.Fatal("what encoding/json does not read is read")
		}
		sorted, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := identity.ParseDocument(alice, sorted); len(sorted) <= identity.MaxDocument && (err != nil || fmt.Sprint(*again) != fmt.Sprint(*i)) {
			t.Fatalf("%v: %v became %v", err, i, again)
		}
	})
}

// documents returns the documents of testdata/document.
func documents(t testing.TB) [][]byte {
	t.Helper()
	cases, err := golden.Archives("testdata/document")
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for _, c := range cases {
		for _, file := range c.Files {
			if file.Name == "in/did.json" {
				all = append(all, file.Data)
			}
		}
	}
	return all
}

func keyText(k *crypto.PublicKey) string {
	if k == nil {
		return "none"
	}
	return k.String()
}
