package repo_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// commitFields are the fields of a commit, as an independent encoder takes them.
func commitFields() map[string]any {
	return map[string]any{
		"did": string(did), "rev": "3jzfcijpj2z2a", "sig": lex.Bytes(bytes.Repeat([]byte{7}, crypto.SignatureSize)),
		"data": lex.Link{CID: cid.Sum(cid.DagCBOR, []byte("tree"))}, "prev": nil, "version": int64(3),
	}
}

func encode(t testing.TB, fields map[string]any) []byte {
	t.Helper()
	b, err := lex.MarshalCBOR(fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestCommitHasItsFields compares with the encoder of package lex.
func TestCommitHasItsFields_RE01_RE02_RE04(t *testing.T) {
	t.Parallel()
	for _, prev := range []cid.CID{{}, cid.Sum(cid.DagCBOR, []byte("old"))} {
		fields := commitFields()
		c := &repo.Commit{
			DID: did, Rev: "3jzfcijpj2z2a", Data: cid.Sum(cid.DagCBOR, []byte("tree")), Prev: prev,
			Sig: bytes.Repeat([]byte{7}, crypto.SignatureSize),
		}
		if prev.Defined() {
			fields["prev"] = lex.Link{CID: prev}
		}
		want := encode(t, fields)
		block := c.Block()
		if !bytes.Equal(block.Data, want) || block.CID != cid.Sum(cid.DagCBOR, want) {
			t.Errorf("prev %v: the block is\n%x, want\n%x", prev, block.Data, want)
		}
		delete(fields, "sig")
		if got, want := c.SignedBytes(), encode(t, fields); !bytes.Equal(got, want) {
			t.Errorf("prev %v: signed is\n%x, want\n%x", prev, got, want)
		}
		got, err := repo.ParseCommit(want)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, got); diff != "" {
			t.Errorf("commit (-want +got):\n%s", diff)
		}
	}
}

func TestCommitIsReadStrictly_RE01_RE06_RE19(t *testing.T) {
	t.Parallel()
	set := func(name string, value any) func(map[string]any) {
		return func(fields map[string]any) { fields[name] = value }
	}
	raw := cid.Sum(cid.Raw, nil)
	cases := []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"another version", set("version", int64(2)), "version is 2, not 3 (RE-06)"},
		{"a large version", set("version", int64(1<<40)), "version is no small integer"},
		{"a negative version", set("version", int64(-3)), "version is no small integer"},
		{"no prev", func(f map[string]any) { delete(f, "prev") }, "a map of six fields"},
		{"one field more", set("zzzzzzzz", int64(1)), "a map of six fields"},
		{"one field instead of another", func(f map[string]any) { delete(f, "prev"); f["zzzzzzzz"] = nil }, "prev is not where"},
		{"an empty signature", set("sig", lex.Bytes{}), "the signature is empty (RE-06)"},
		{"a text as signature", set("sig", "sig"), "sig is not of its type"},
		{"no DID", set("did", "plc:abc"), "did: "},
		{"no TID", set("rev", "3jzfcijpj2z2"), "rev: "},
		{"null as data", set("data", nil), "data is no link"},
		{"raw data", set("data", lex.Link{CID: raw}), "which no node or commit has (RE-19)"},
		{"raw prev", set("prev", lex.Link{CID: raw}), "which no node or commit has (RE-19)"},
		{"a number as prev", set("prev", int64(1)), "prev is no link"},
		{"too long", set("sig", lex.Bytes(make([]byte, repo.MaxCommit))), "more than 4096 (RE-01)"},
	}
	for _, c := range cases {
		fields := commitFields()
		c.change(fields)
		_, err := repo.ParseCommit(encode(t, fields))
		if !errors.Is(err, repo.ErrCommit) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// TestCommitLinksAreBlessed has each link with another hash function, which no
// encoder of ours writes.
func TestCommitLinksAreBlessed_RE19(t *testing.T) {
	t.Parallel()
	fields := commitFields()
	fields["prev"] = lex.Link{CID: cid.Sum(cid.DagCBOR, []byte("old"))}
	good := encode(t, fields)
	for _, name := range []string{"data", "prev"} {
		link := fields[name].(lex.Link).Bytes()
		foreign := bytes.Clone(link)
		foreign[2] = 0x1e // another hash function in place of SHA-256
		_, err := repo.ParseCommit(bytes.Replace(good, link, foreign, 1))
		if !errors.Is(err, repo.ErrCommit) || !strings.Contains(err.Error(), name+" is the CID") || !strings.Contains(err.Error(), "(RE-19)") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestCommitHasOneEncoding changes one byte, or cuts, or adds one.
func TestCommitHasOneEncoding_RE01(t *testing.T) {
	t.Parallel()
	good := encode(t, commitFields())
	for i := range good {
		if _, err := repo.ParseCommit(good[:i]); !errors.Is(err, repo.ErrCommit) {
			t.Errorf("cut after %d bytes: %v", i, err)
		}
		checkOneEncoding(t, flip(good, i, 0x01))
		checkOneEncoding(t, flip(good, i, 0x20))
	}
	if _, err := repo.ParseCommit(append(bytes.Clone(good), 0)); !errors.Is(err, repo.ErrCommit) {
		t.Errorf("one byte more: %v", err)
	}
	// Heads that are longer than they need be.
	for _, change := range [][2]string{{"\x63did", "\x78\x03did"}, {"\x6d3jz", "\x78\x0d3jz"}, {"\x58\x40\x07", "\x59\x00\x40\x07"}, {"version\x03", "version\x18\x03"}} {
		b := bytes.Replace(good, []byte(change[0]), []byte(change[1]), 1)
		if _, err := repo.ParseCommit(b); bytes.Equal(b, good) || !errors.Is(err, repo.ErrCommit) {
			t.Errorf("%q instead of %q: %v", change[1], change[0], err)
		}
	}
}

// checkOneEncoding says that what is accepted is written back as it was.
func checkOneEncoding(t testing.TB, b []byte) {
	t.Helper()
	c, err := repo.ParseCommit(b)
	if err != nil {
		if !errors.Is(err, repo.ErrCommit) {
			t.Errorf("the error %v is of no kind", err)
		}
		return
	}
	if again := c.Block().Data; !bytes.Equal(again, b) {
		t.Errorf("accepted\n%x, written back\n%x", b, again)
	}
}

func flip(b []byte, i int, mask byte) []byte {
	b = bytes.Clone(b)
	b[i] ^= mask
	return b
}

func TestCommitIsSigned_RE02_CR08(t *testing.T) {
	t.Parallel()
	for _, curve := range []crypto.Curve{crypto.K256, crypto.P256} {
		key, err := crypto.ParsePrivateKey(curve, bytes.Repeat([]byte{5}, crypto.PrivateKeySize))
		if err != nil {
			t.Fatal(err)
		}
		c := &repo.Commit{DID: did, Rev: "3jzfcijpj2z2a", Data: cid.Sum(cid.DagCBOR, nil)}
		if err := c.Sign(key); err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(key.PublicKey()); err != nil {
			t.Errorf("%v: %v", curve, err)
		}
		for _, err := range []error{c.Verify(newKey(t, 1).PublicKey()), c.Verify(nil)} {
			if !errors.Is(err, repo.ErrSignature) {
				t.Errorf("%v: another key: %v", curve, err)
			}
		}
		for name, change := range map[string]func(*repo.Commit){
			"did":  func(c *repo.Commit) { c.DID += "a" },
			"rev":  func(c *repo.Commit) { c.Rev = "3jzfcijpj2z2b" },
			"data": func(c *repo.Commit) { c.Data = cid.Sum(cid.DagCBOR, []byte("x")) },
			"prev": func(c *repo.Commit) { c.Prev = c.Data },
			"sig":  func(c *repo.Commit) { c.Sig = flip(c.Sig, 20, 1) },
			"DER":  func(c *repo.Commit) { c.Sig = append([]byte{0x30, 0x45}, c.Sig...) },
		} {
			changed := *c
			change(&changed)
			if err := changed.Verify(key.PublicKey()); !errors.Is(err, repo.ErrSignature) {
				t.Errorf("%v: %s changed: %v", curve, name, err)
			}
		}
	}
	if err := new(repo.Commit).Sign(new(crypto.PrivateKey)); !errors.Is(err, repo.ErrSignature) {
		t.Errorf("sign without a key: %v", err)
	}
}

func FuzzParseCommit_RE01_RE06(f *testing.F) {
	f.Add(encode(f, commitFields()))
	long := commitFields()
	long["did"] = "did:web:" + strings.Repeat("a", 300)
	long["prev"] = long["data"]
	f.Add(encode(f, long))
	f.Add([]byte("\xa6\x63did"))
	f.Fuzz(func(t *testing.T, b []byte) {
		checkOneEncoding(t, b)
		c, err := repo.ParseCommit(b)
		if err != nil {
			return
		}
		if _, err := syntax.ParseDID(string(c.DID)); err != nil {
			t.Errorf("accepted the DID %q", c.DID)
		}
		var v map[string]any
		if err := lex.DecodeCBOR(b, &v); err != nil || len(v) != 6 {
			t.Errorf("accepted what package lex does not: %v", err)
		}
	})
}

// TestWithoutAKeyNothingIsSignedOrVerified has nil keys, as a failed parse
// returns them.
func TestWithoutAKeyNothingIsSignedOrVerified_RE02(t *testing.T) {
	t.Parallel()
	w := filled(t, 3)
	file, change := w.export(t), w.apply(t)
	message, err := change.Message()
	if err != nil {
		t.Fatal(err)
	}
	var key *crypto.PrivateKey
	for name, run := range map[string]func() error{
		"sign without a signer": func() error { return new(repo.Commit).Sign(nil) },
		"sign with a nil key":   func() error { return new(repo.Commit).Sign(key) },
		"write without a signer": func() error {
			_, err := repo.NewWriter(w.store, nil, repo.WriterOptions{}).Apply(t.Context())
			return err
		},
		"write with a nil key": func() error {
			_, err := repo.NewWriter(w.store, key, repo.WriterOptions{}).Apply(t.Context())
			return err
		},
		"verify": func() error {
			_, err := repo.Verify(t.Context(), bytes.NewReader(file), repo.Identity{DID: did}, repo.VerifyOptions{})
			return err
		},
		"message": func() error { _, err := repo.VerifyMessage(message, nil); return err },
		"the key of a nil key": func() error {
			_, err := repo.VerifyMessage(message, key.PublicKey())
			return err
		},
	} {
		if err := run(); !errors.Is(err, repo.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
