package repo

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ParseCommit reads the block of a commit. It accepts only canonical DAG-CBOR
// with exactly the fields of RE-01, a DID, a TID, a signature that is not empty
// (RE-06), and links of the form that the protocol writes (RE-19). The signature
// is not verified. The result shares no memory with b.
func ParseCommit(b []byte) (*Commit, error) {
	c, err := parseCommit(b)
	if err != nil {
		return nil, failf(ErrCommit, cid.Sum(cid.DagCBOR, b), "%v", err)
	}
	return c, nil
}

// parseNamed reads the commit that has the CID head, which names it as DAG-CBOR: under
// two names one signed commit would be two.
func parseNamed(head cid.CID, b []byte) (*Commit, error) {
	if head.Codec() != cid.DagCBOR {
		return nil, errors.New("it is named as raw bytes, and a commit is DAG-CBOR (RE-01)")
	}
	return parseCommit(b)
}

func parseCommit(b []byte) (*Commit, error) {
	if len(b) > MaxCommit {
		return nil, fmt.Errorf("a commit of %d bytes, more than %d (RE-01)", len(b), MaxCommit)
	}
	p := commitParser{rest: b}
	c := &Commit{}
	p.token(signedHead, "a map of six fields")
	c.DID = field(&p, didToken, "did", syntax.ParseDID)
	c.Rev = field(&p, revToken, "rev", syntax.ParseTID)
	p.token(sigToken, "sig")
	c.Sig = bytes.Clone(p.sized(majorBytes, "sig"))
	if p.err == nil && len(c.Sig) == 0 {
		p.failf("the signature is empty (RE-06)")
	}
	p.token(dataToken, "data")
	c.Data = p.link("data")
	p.token(prevToken, "prev")
	if !p.null() {
		c.Prev = p.link("prev")
	}
	p.token(versionToken, "version")
	p.version()
	if p.err == nil && len(p.rest) > 0 {
		p.failf("%d bytes after its end (RE-01)", len(p.rest))
	}
	return c, p.err
}

// commitParser reads one part of a commit after another. The first error stays,
// and everything after it gives nothing.
type commitParser struct {
	rest []byte
	err  error
}

func (p *commitParser) failf(format string, args ...any) {
	if p.err == nil {
		p.err = fmt.Errorf(format, args...)
	}
}

// token reads what has only one encoding.
func (p *commitParser) token(token, name string) {
	rest, ok := bytes.CutPrefix(p.rest, []byte(token))
	if !ok {
		p.failf("%s is not where it stands in a commit (RE-01)", name)
	}
	p.rest = rest
}

// sized reads bytes or text behind a head in its shortest form.
func (p *commitParser) sized(major byte, name string) []byte {
	n, head, ok := parseHead(p.rest, major)
	if !ok || n > len(p.rest)-head {
		p.failf("%s is not of its type, not in its shortest form, or cut off (RE-01)", name)
	}
	if p.err != nil {
		return nil
	}
	data := p.rest[head : head+n]
	p.rest = p.rest[head+n:]
	return data
}

// parseHead reads the head of a major type with a value below 65536.
func parseHead(b []byte, major byte) (n, size int, ok bool) {
	if len(b) == 0 || b[0]&^0x1f != major {
		return 0, 0, false
	}
	n = int(b[0] & 0x1f)
	switch {
	case n < 24:
		return n, 1, true
	case n == 24 && len(b) > 1:
		return int(b[1]), 2, b[1] >= 24
	case n == 25 && len(b) > 2:
		n = int(b[1])<<8 | int(b[2])
		return n, 3, n >= 256
	}
	return 0, 0, false
}

// field reads a key and a string that parse accepts.
func field[T ~string](p *commitParser, token, name string, parse func(string) (T, error)) T {
	p.token(token, name)
	text := string(p.sized(majorText, name))
	if p.err != nil {
		return ""
	}
	value, err := parse(text)
	if err != nil {
		p.failf("%s: %w (RE-06)", name, err)
	}
	return value
}

func (p *commitParser) null() bool {
	rest, ok := bytes.CutPrefix(p.rest, []byte(nullToken))
	if ok && p.err == nil {
		p.rest = rest
	}
	return ok
}

// link reads a link to a tree node or commit.
func (p *commitParser) link(name string) cid.CID {
	b, ok := bytes.CutPrefix(p.rest, []byte(linkToken))
	if !ok || len(b) < cid.Size {
		p.failf("%s is no link (RE-01)", name)
		return cid.CID{}
	}
	c, err := cid.FromBytes(b[:cid.Size])
	switch {
	case err != nil:
		p.failf("%s: %w (RE-19)", name, err)
	case !c.Blessed() || c.Codec() != cid.DagCBOR:
		p.failf("%s is the CID %v, which no node or commit has (RE-19)", name, c)
	}
	p.rest = p.rest[len(linkToken)+cid.Size:]
	return c
}

func (p *commitParser) version() {
	n, size, ok := parseHead(p.rest, majorUint)
	switch {
	case !ok:
		p.failf("version is no small integer (RE-01)")
	case n != Version:
		p.failf("version is %d, not %d (RE-06)", n, Version)
	}
	if p.err == nil {
		p.rest = p.rest[size:]
	}
}
