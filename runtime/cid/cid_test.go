package cid_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
)

const (
	emptyBlob = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"
	emptyNode = "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSumOfKnownBlocks_DM25(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name  string
		codec byte
		block string
		want  string
	}{
		{"empty tree node", cid.DagCBOR, "a2616580616cf6", emptyNode},
		{"empty blob", cid.Raw, "", emptyBlob},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := cid.Sum(c.codec, unhex(t, c.block))
			if got.String() != c.want {
				t.Errorf("Sum = %s, want %s", got, c.want)
			}
			parsed, err := cid.Parse(c.want)
			if err != nil {
				t.Fatal(err)
			}
			if !parsed.Equal(got) || parsed.Compare(got) != 0 {
				t.Errorf("Parse(%s) differs from Sum", c.want)
			}
		})
	}
}

func TestPartsOfTheBlessedForm_DM11(t *testing.T) {
	t.Parallel()
	data := []byte("hello")
	c := cid.Sum(cid.DagCBOR, data)
	want := append([]byte{0x01, 0x71, 0x12, 0x20}, hash(data)...)
	if diff := cmp.Diff(want, c.Bytes()); diff != "" {
		t.Errorf("binary form (-want +got):\n%s", diff)
	}
	if got := c.String(); len(got) != cid.TextSize || cid.TextSize != 59 || got[0] != 'b' {
		t.Errorf("text form %q is not 59 characters that begin with b", got)
	}
	if got := c.Digest(); !bytes.Equal(got[:], hash(data)) {
		t.Errorf("Digest = %x", got)
	}
	if c.Codec() != cid.DagCBOR || c.HashCode() != cid.SHA256 {
		t.Errorf("codes %#x and %#x", c.Codec(), c.HashCode())
	}
	if got := cid.FromHash(cid.DagCBOR, sha256.Sum256(data)); got != c {
		t.Errorf("FromHash = %s, want %s", got, c)
	}
}

func hash(data []byte) []byte {
	sum := sha256.Sum256(data)
	return sum[:]
}

func TestNewLinksAreBlessedAndForeignOnesKept_DM12(t *testing.T) {
	t.Parallel()
	digest := hash([]byte("x"))
	cases := []struct {
		name    string
		prefix  []byte
		blessed bool
	}{
		{"dag-cbor", []byte{1, 0x71, 0x12, 0x20}, true},
		{"raw", []byte{1, 0x55, 0x12, 0x20}, true},
		{"dag-pb", []byte{1, 0x70, 0x12, 0x20}, false},
		{"dag-json", []byte{1, 0x29, 0x12, 0x20}, false},
		{"blake3", []byte{1, 0x71, 0x1e, 0x20}, false},
		{"identity", []byte{1, 0x55, 0x00, 0x20}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			binary := append(bytes.Clone(c.prefix), digest...)
			got, err := cid.FromBytes(binary)
			if err != nil {
				t.Fatal(err)
			}
			if got.Blessed() != c.blessed {
				t.Errorf("Blessed = %t", got.Blessed())
			}
			if !bytes.Equal(got.AppendBytes([]byte{9}), append([]byte{9}, binary...)) {
				t.Errorf("bytes changed: %x", got.Bytes())
			}
			if again, err := cid.Parse(got.String()); err != nil || again != got {
				t.Errorf("Parse(String()) = %s, %v", again, err)
			}
		})
	}
	for _, codec := range []byte{cid.Raw, cid.DagCBOR} {
		if !cid.Sum(codec, digest).Blessed() {
			t.Errorf("Sum with codec %#x is not blessed", codec)
		}
	}
}

func TestUndefined(t *testing.T) {
	t.Parallel()
	var zero cid.CID
	if zero.Defined() || zero.Blessed() || zero.Codec() != 0 || zero.HashCode() != 0 {
		t.Error("the zero CID counts as defined")
	}
	if zero.String() != "" || zero.Bytes() != nil || len(zero.AppendString(nil)) != 0 {
		t.Error("the zero CID has a form")
	}
	if _, err := zero.MarshalText(); err == nil {
		t.Error("MarshalText accepts the zero CID")
	}
	if zero.Compare(cid.Sum(cid.Raw, nil)) != -1 {
		t.Error("the zero CID does not come first")
	}
	for _, codec := range []byte{0x80, 0xff} {
		if cid.Sum(codec, nil).Defined() {
			t.Errorf("codec %#x has no one-byte form, and Sum gives a CID", codec)
		}
	}
}

func TestParseRefuses_DM11(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, text, want string
	}{
		{"nothing", "", "CID is empty"},
		{"version 0", "QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR", "CID is of version 0, not 1"},
		{"base58", "zdj7WWeQ43G6JJvLWQWZpyHuAMq6uYWRjkBXFad11vE2LHhQ7", "CID begins with 'z', not with b for lower-case base32"},
		{"upper case", strings.ToUpper(emptyBlob), "CID begins with 'B', not with b for lower-case base32"},
		{"upper case digit", "bA" + emptyBlob[2:], "CID has 'A' at byte 1, which is no digit of lower-case base32"},
		{"short", emptyBlob[:58], "CID has 58 characters, not 59"},
		{"long", emptyBlob + "a", "CID has 60 characters, not 59"},
		{"padding", emptyBlob[:58] + "=", "CID has '=' at byte 58, which is no digit of lower-case base32"},
		{"line break", emptyBlob[:30] + "\n" + emptyBlob[31:], `CID has '\n' at byte 30, which is no digit of lower-case base32`},
		{"bits behind the end", emptyBlob[:58] + "v", "CID has bits set behind its last byte"},
		{"white space", " " + emptyBlob[:58], "CID begins with ' ', not with b for lower-case base32"},
		{"version 2", "bai" + emptyBlob[3:], "CID is of version 2, not 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := cid.Parse(c.text)
			if err == nil {
				t.Fatalf("Parse(%q) = %s", c.text, got)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
			if got.Defined() {
				t.Error("an error comes with a defined CID")
			}
		})
	}
}

func TestFromBytesRefuses_DM11(t *testing.T) {
	t.Parallel()
	good := cid.Sum(cid.Raw, nil).Bytes()
	with := func(at int, b byte) []byte {
		bad := bytes.Clone(good)
		bad[at] = b
		return bad
	}
	cases := []struct {
		name string
		in   []byte
		want string
	}{
		{"nothing", nil, "binary CID has 0 bytes, not 36"},
		{"prefix only", good[:3], "binary CID has 3 bytes, not 36"},
		{"short", good[:35], "binary CID has 35 bytes, not 36"},
		{"long", append(bytes.Clone(good), 0), "binary CID has 37 bytes, not 36"},
		{"version 0", append([]byte{0x12, 0x20}, make([]byte, 32)...), "CID is of version 0, not 1"},
		{"version 2", with(0, 2), "CID is of version 2, not 1"},
		{"leading zero of a link", append([]byte{0}, good...), "CID is of version 0, not 1"},
		{"long codec", with(1, 0xa9), "CID has a codec of more than one byte"},
		{"long hash code", with(2, 0xb2), "CID has a hash function code of more than one byte"},
		{"long hash", with(3, 64), "CID has a hash of length 64, not 32"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := cid.FromBytes(c.in)
			if err == nil {
				t.Fatalf("FromBytes(%x) accepts", c.in)
			}
			if diff := cmp.Diff(c.want, err.Error()); diff != "" {
				t.Errorf("error (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTextMarshalling(t *testing.T) {
	t.Parallel()
	want := map[string]cid.CID{"blob": cid.Sum(cid.Raw, nil)}
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(`{"blob":"`+emptyBlob+`"}`, string(b)); diff != "" {
		t.Errorf("JSON (-want +got):\n%s", diff)
	}
	var got map[string]cid.CID
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	c := want["blob"]
	for _, bad := range []string{"", "x", emptyBlob[1:]} {
		if err := c.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("UnmarshalText(%q) accepts", bad)
		}
	}
	if c != want["blob"] {
		t.Error("a failed UnmarshalText changed its target")
	}
}

func TestTextAgreesWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	encoding := base32.StdEncoding.WithPadding(base32.NoPadding)
	for i := range 500 {
		c := cid.Sum(byte(i%0x80), []byte{byte(i), byte(i >> 8)})
		want := "b" + strings.ToLower(encoding.EncodeToString(c.Bytes()))
		if got := c.String(); got != want {
			t.Fatalf("String = %s, want %s", got, want)
		}
	}
}

//nolint:paralleltest // AllocsPerRun must run alone
func TestAllocations(t *testing.T) {
	c := cid.Sum(cid.Raw, nil)
	text, textBytes, binary := c.String(), []byte(c.String()), c.Bytes()
	buf := make([]byte, 0, 2*cid.TextSize)
	cases := []struct {
		name string
		want float64
		run  func()
	}{
		{"Parse", 0, func() { _, _ = cid.Parse(text) }},
		{"UnmarshalText", 0, func() { _ = c.UnmarshalText(textBytes) }},
		{"FromBytes", 0, func() { _, _ = cid.FromBytes(binary) }},
		{"AppendString", 0, func() { buf = c.AppendString(buf[:0]) }},
		{"AppendBytes", 0, func() { buf = c.AppendBytes(buf[:0]) }},
		{"String", 1, func() { _ = c.String() }},
		{"Sum", 0, func() { c = cid.Sum(cid.Raw, binary) }},
	}
	for _, c := range cases {
		if got := testing.AllocsPerRun(100, c.run); got > c.want {
			t.Errorf("%s allocates %v times, want %v", c.name, got, c.want)
		}
	}
}
