package syntax_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestURIOutline_SY23(t *testing.T) {
	t.Parallel()
	schemes := map[string]string{
		"HTTPS://example.com":        "https",
		"dns:example.com":            "dns",
		"content-type:text/plan":     "content-type",
		"soap.beep+x://h":            "soap.beep+x",
		"https://example.com/\u00e9": "https",
		"file:///etc/hosts":          "file",
	}
	for text, want := range schemes {
		u, err := syntax.ParseURI(text)
		if err != nil || u.Scheme() != want || u.String() != text {
			t.Errorf("ParseURI(%q) = %q with scheme %q, %v", text, u, u.Scheme(), err)
		}
	}
	for _, text := range []string{
		"", ":", "x:", "1x:y", "+x:y", "x y:z", "x:\u2028", "x:\u00a0", "x:\ufeff", "x:\x7f", "x:\u0085", "x:\xc3", "x_y:z",
		"x:" + strings.Repeat("y", 8191),
	} {
		if _, err := syntax.ParseURI(text); err == nil {
			t.Errorf("ParseURI(%q) accepts", text)
		}
	}
	if _, err := syntax.ParseURI("x:\ufffd"); err != nil {
		t.Errorf("a replacement character that was written counts as bad UTF-8: %v", err)
	}
}

func TestCIDStringsOfOtherKinds_SY24(t *testing.T) {
	t.Parallel()
	blob := cid.Sum(cid.Raw, nil)
	c, err := syntax.ParseCID(blob.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.CID(); err != nil || got != blob {
		t.Errorf("CID() = %v, %v", got, err)
	}
	for _, text := range []string{
		"zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7",
		"BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU",
		"F0155122000", "f0155122000", "0010101010", "9123456789", "7134036155352661643226414134664076",
		"caebaeaq=", "CAEBAEAQ=", "v1234abcuv", "t1234abc==", "V1234ABCUV", "T1234ABC==", "hybndrfg8", "k2jmtxw8r", "K2JMTXW8R", "Z2jmtxw8r",
		"mBcDxtdWx0aWhhc2g+", "MBcDxtdWx0aQ==", "uBcDxtdWx0a-_", "UBcDxtdWx0a-=",
	} {
		other, err := syntax.ParseCID(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if _, err := other.CID(); err == nil {
			t.Errorf("CID(%q) decodes", text)
		}
	}
	for _, text := range []string{"f0155122g00", "z0155122000", "bafybei ", "bAFYBEIII", strings.Repeat("b", 257)} {
		if _, err := syntax.ParseCID(text); err == nil {
			t.Errorf("ParseCID(%q) accepts", text)
		}
	}
}
