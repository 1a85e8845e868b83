package repo

import (
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Version is the version of the format of repositories (RE-01).
const Version = 3

// MaxCommit is the greatest length of a commit in bytes, enough for every DID.
const MaxCommit = 4096

// A Commit names the tree of one version of a repository, and is signed by its
// account (RE-01).
type Commit struct {
	DID  syntax.DID
	Rev  syntax.TID
	Data cid.CID // the root of the tree
	Prev cid.CID // undefined in all commits of today (RE-04)
	Sig  []byte
}

// A commit is a map of these keys in this order, the order of DAG-CBOR.
const (
	signedHead   = "\xa6"
	unsignedHead = "\xa5"
	didToken     = "\x63did"
	revToken     = "\x63rev"
	sigToken     = "\x63sig"
	dataToken    = "\x64data"
	prevToken    = "\x64prev"
	versionToken = "\x67version"

	nullToken = "\xf6"
	linkToken = "\xd8\x2a\x58\x25\x00" // tag 42, 37 bytes, the first of them zero
)

// Major types of CBOR, as the high bits of a head.
const (
	majorUint  = 0x00
	majorBytes = 0x40
	majorText  = 0x60
)

// Block returns the commit as a block. It is not checked: what breaks a rule of
// [ParseCommit] gives a block that this refuses.
func (c *Commit) Block() blockstore.Block {
	b := append(make([]byte, 0, len(c.DID)+len(c.Sig)+200), signedHead...)
	b = c.appendNames(b)
	b = appendBytes(append(b, sigToken...), c.Sig)
	b = c.appendLinks(b)
	return blockstore.Block{CID: cid.Sum(cid.DagCBOR, b), Data: b}
}

// SignedBytes returns what the signature is of: the commit without sig (RE-02).
func (c *Commit) SignedBytes() []byte {
	b := append(make([]byte, 0, len(c.DID)+200), unsignedHead...)
	return c.appendLinks(c.appendNames(b))
}

// Sign sets Sig to a signature of the rest (RE-02).
func (c *Commit) Sign(signer crypto.Signer) error {
	if signer == nil {
		return failf(ErrSignature, cid.CID{}, "there is no key to sign the commit with (RE-02)")
	}
	sig, err := signer.Sign(c.SignedBytes())
	if err != nil {
		return failf(joined(ErrSignature, err), cid.CID{}, "sign the commit: %v", err)
	}
	c.Sig = sig
	return nil
}

// Verify reports whether Sig is a signature of the rest by key (RE-02), which
// comes from the account's DID document: a commit does not name it (CR-08).
func (c *Commit) Verify(key *crypto.PublicKey) error {
	if key == nil {
		return failf(ErrSignature, c.Block().CID, "there is no key to verify it with (RE-02)")
	}
	if err := key.Verify(c.SignedBytes(), c.Sig); err != nil {
		return failf(joined(ErrSignature, err), c.Block().CID, "the key of %s did not sign it: %v (RE-02)", c.DID, err)
	}
	return nil
}

func (c *Commit) appendNames(b []byte) []byte {
	b = appendText(append(b, didToken...), string(c.DID))
	return appendText(append(b, revToken...), string(c.Rev))
}

func (c *Commit) appendLinks(b []byte) []byte {
	b = appendLink(append(b, dataToken...), c.Data)
	b = appendLink(append(b, prevToken...), c.Prev)
	return append(append(b, versionToken...), majorUint|Version)
}

func appendText(b []byte, text string) []byte {
	return append(appendHead(b, majorText, len(text)), text...)
}

func appendBytes(b, data []byte) []byte {
	return append(appendHead(b, majorBytes, len(data)), data...)
}

// appendHead appends the head of a value below 65536, which is more than a
// commit has room for.
func appendHead(b []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 256:
		return append(b, major|24, byte(n))
	default:
		return append(b, major|25, byte(n>>8), byte(n))
	}
}

// appendLink appends a link, or null for the undefined CID.
func appendLink(b []byte, c cid.CID) []byte {
	if !c.Defined() {
		return append(b, nullToken...)
	}
	return c.AppendBytes(append(b, linkToken...))
}
