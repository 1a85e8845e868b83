package cborgen_test

import (
	"bytes"
	"strings"
	"testing"

	gocid "github.com/ipfs/go-cid"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex/cborgen"
)

func TestEveryCIDSurvivesGoCID_DM11_DM12(t *testing.T) {
	t.Parallel()
	digest := cid.Sum(cid.Raw, nil).Digest()
	for codec := range byte(0x80) {
		for hash := range byte(0x80) {
			own, err := cid.FromBytes(append([]byte{1, codec, hash, 32}, digest[:]...))
			if err != nil {
				t.Fatal(err)
			}
			foreign := cborgen.ToCID(own)
			if !bytes.Equal(foreign.Bytes(), own.Bytes()) || foreign.String() != own.String() {
				t.Fatalf("ToCID(%s) = %s", own, foreign)
			}
			if back, err := cborgen.FromCID(foreign); err != nil || back != own {
				t.Fatalf("FromCID(ToCID(%s)) = %s, %v", own, back, err)
			}
		}
	}
}

func TestUndefinedCIDs(t *testing.T) {
	t.Parallel()
	if c := cborgen.ToCID(cid.CID{}); c.Defined() {
		t.Errorf("ToCID of the undefined CID is %s", c)
	}
	if c, err := cborgen.FromCID(gocid.Undef); err != nil || c.Defined() {
		t.Errorf("FromCID of the undefined Cid = %s, %v", c, err)
	}
}

func TestOtherFormsOfCIDsAreRefused_DM11(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"QmbWqxBEKC3P8tqsKc98xmWNzrzDtRLMiMPL8wBuTGsMnR": "version 0",
		// The raw block "x" under SHA2-512.
		"bafkrgqfq2u7h2i3ssxqeu3d2zkxhyf5ggyiyxt4qpglxdmv4m2uhxm3kbhhbwtocsrnigsftdcw7ohh2gpv2pu6c54yihfxrrhyxtmdkq4ghg": "hash of length 64",
	} {
		c, err := gocid.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := cborgen.FromCID(c); err == nil || got.Defined() || !strings.Contains(err.Error(), want) {
			t.Errorf("FromCID(%s) = %s, %v; want an error about %s", text, got, err, want)
		}
	}
}
