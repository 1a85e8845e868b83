package cid_test

import (
	"bytes"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
)

// FuzzParse proves that every accepted text is the one text of its CID.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		emptyBlob, emptyNode, "", "b", emptyBlob[:58] + "v", emptyBlob + "a", "bai" + emptyBlob[3:],
		"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR", "zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7",
		"bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi", "BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := cid.Parse(text)
		if c.Defined() != (err == nil) {
			t.Fatalf("Parse(%q) = %v, %v", text, c, err)
		}
		if err == nil && c.String() != text {
			t.Fatalf("Parse(%q).String() = %q", text, c.String())
		}
		var d cid.CID
		if textErr := d.UnmarshalText([]byte(text)); (textErr == nil) != (err == nil) || d != c {
			t.Fatalf("UnmarshalText(%q) = %v, %v; Parse = %v, %v", text, d, textErr, c, err)
		}
	})
}

// FuzzFromBytes proves that every accepted binary form survives both forms.
func FuzzFromBytes(f *testing.F) {
	good := cid.Sum(cid.DagCBOR, nil).Bytes()
	f.Add(good)
	f.Add(good[:35])
	f.Add(append([]byte{0}, good...))
	f.Add(append([]byte{0x12, 0x20}, good[4:]...))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := cid.FromBytes(b)
		if err != nil {
			return
		}
		if !bytes.Equal(c.Bytes(), b) {
			t.Fatalf("FromBytes(%x).Bytes() = %x", b, c.Bytes())
		}
		if again, err := cid.Parse(c.String()); err != nil || again != c {
			t.Fatalf("Parse(%s) = %v, %v", c, again, err)
		}
	})
}
