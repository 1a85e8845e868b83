package mst_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// refused is a tree that breaks a rule.
type refused struct {
	name string
	root []byte
	kind error
}

// refusedNodes returns roots that break one rule each. More has the nodes below
// them.
func refusedNodes(t *testing.T, more *blocks) []refused {
	t.Helper()
	var (
		leaf    = link(more.node(rawNode(null(), plain("B0/601692"))))
		empty   = link(more.node(rawNode(null())))
		raw     = link(cid.Sum(cid.Raw, nil))
		value   = link(record(0))
		foreign = link(foreignCID(t))
		two     = plain("C2/014073") // of layer 2
	)
	above := func(below []byte) []byte { // a root of layer 1 with a subtree on its left
		return rawNode(below, plain("B1/986427"))
	}
	shared := func(prefix int, rest string) []byte {
		return rawNode(null(), plain("A0/374913"), rawEntry{prefix, rest, value, null()})
	}
	entry := func(right, value []byte) []byte { return rawNode(null(), rawEntry{0, "B1/986427", value, right}) }
	good := above(leaf)
	replaced := func(old, by string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("%q is not there", old)
		}
		return bytes.Replace(good, []byte(old), []byte(by), 1)
	}
	many := make([]rawEntry, mst.MaxEntries+1)
	for i := range many {
		many[i] = plain(strings.Repeat("k", 50))
	}
	long := strings.Repeat("k", mst.MaxKey)
	return []refused{
		{"no bytes", []byte{}, mst.ErrMalformed},
		{"another map", []byte("\xa3"), mst.ErrMalformed},
		{"entries are a map", replaced("\x61e\x81", "\x61e\xa1"), mst.ErrMalformed},
		{"left link before the entries", []byte("\xa2\x61l\xf6\x61e\x80"), mst.ErrMalformed},
		{"no left link", []byte("\xa1\x61e\x80"), mst.ErrMalformed},
		{"left link is undefined", []byte("\xa2\x61e\x80\x61l\xf7"), mst.ErrMalformed},
		{"bytes after the end", append(bytes.Clone(good), 0), mst.ErrMalformed},
		{"cut within a link", good[:len(good)-1], mst.ErrMalformed},
		{"cut within a value", bytes.Split(good, []byte("\x61l"))[0], mst.ErrMalformed},
		{"cut within a key", []byte("\xa2\x61e\x81\xa4\x61k\x58\xff" + long[:60]), mst.ErrMalformed},
		{"cut within a head", []byte("\xa2\x61e\x98"), mst.ErrMalformed},
		{"more entries than bytes", []byte("\xa2\x61e\x88" + strings.Repeat("\xa4", 100)), mst.ErrMalformed},
		{"head of two bytes for a small number", replaced("\x61p\x00", "\x61p\x18\x00"), mst.ErrMalformed},
		{"head of three bytes for a small number", replaced("\x61k\x49", "\x61k\x59\x00\x09"), mst.ErrMalformed},
		{"head of nine bytes", replaced("\x61k\x49", "\x61k\x5b\x00\x00\x00\x00\x00\x00\x00\x09"), mst.ErrLimit},
		{"head without an end", replaced("\x61k\x49", "\x61k\x5f"), mst.ErrMalformed},
		{"key is text", replaced("\x61k\x49", "\x61k\x69"), mst.ErrMalformed},
		{"prefix is negative", replaced("\x61p\x00", "\x61p\x20"), mst.ErrMalformed},
		{"prefix is not there", replaced("\x61p\x00", ""), mst.ErrMalformed},
		{"right link is not there", replaced("\x61t\xf6", ""), mst.ErrMalformed},
		{"value is null", entry(null(), null()), mst.ErrMalformed},
		{"value is not there", replaced("\x61v", "\x61w"), mst.ErrMalformed},
		{"entry has another name", replaced("\x61k", "\x61j"), mst.ErrMalformed},
		{"first key takes a prefix", rawNode(null(), rawEntry{1, "B1/986427", value, null()}), mst.ErrMalformed},
		{"prefix is longer than the key before", shared(10, "x"), mst.ErrMalformed},
		{"prefix is shorter than it can be", shared(0, "A0/374914"), mst.ErrMalformed},

		{"key is empty", rawNode(null(), plain("")), mst.ErrStructure},
		{"key twice", shared(9, ""), mst.ErrStructure},
		{"key is a prefix of the one before", shared(3, ""), mst.ErrStructure},
		{"keys descend", rawNode(null(), plain("B0/601692"), plain("A0/374913")), mst.ErrStructure},
		{"keys descend after a prefix", shared(3, "27"), mst.ErrStructure},
		{"keys of two layers", rawNode(null(), plain("B0/601692"), two), mst.ErrStructure},
		{"subtree two layers down", rawNode(leaf, two), mst.ErrStructure},
		{"subtree of the same layer", rawNode(leaf, plain("C0/451630")), mst.ErrStructure},
		{"right subtree of layer 0", rawNode(null(), rawEntry{0, "A0/374913", value, leaf}), mst.ErrStructure},
		{"subtree of an empty root", rawNode(leaf), mst.ErrStructure},
		{"subtree without entries", above(empty), mst.ErrStructure},
		{"subtree below layer 0", above(link(more.node(rawNode(leaf)))), mst.ErrStructure},
		{"subtree with a key above its place", rawNode(leaf, plain(keyOf(t, 1, "A"))), mst.ErrStructure},
		{"subtree with a key below its place", entry(link(more.node(rawNode(null(), plain("A0/374913")))), value), mst.ErrStructure},
		{"subtree with the CID of a blob", above(raw), mst.ErrStructure},
		{"subtree with a foreign hash", above(foreign), mst.ErrStructure},
		{"value with a foreign hash", entry(null(), foreign), mst.ErrStructure},
		{"value with an empty hash", entry(null(), []byte("\xd8\x2a\x45\x00\x01\x71\x12\x00")), mst.ErrStructure},
		{"subtree with an empty hash", above([]byte("\xd8\x2a\x45\x00\x01\x71\x12\x00")), mst.ErrStructure},
		{"value of version 0", entry(null(), append([]byte("\xd8\x2a\x58\x25\x00\x12\x20"), make([]byte, 34)...)), mst.ErrStructure},

		{"more entries than the limit", rawNode(null(), many...), mst.ErrLimit},
		{"more bytes than the limit", make([]byte, mst.MaxNode+1), mst.ErrLimit},
		{"key longer than the limit", rawNode(null(), plain(long+"k")), mst.ErrLimit},
		{"key longer than the limit by its prefix", rawNode(null(), plain(long), rawEntry{mst.MaxKey, "k", value, null()}), mst.ErrLimit},
	}
}

// foreignCID returns a CID with the hash function BLAKE2b-256's place taken by
// an unknown one.
func foreignCID(t *testing.T) cid.CID {
	t.Helper()
	b := record(0).Bytes()
	b[2] = 0x1e
	c, err := cid.FromBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestNode_IsRefused loads trees that break a rule each. The messages are in a
// golden file.
func TestNode_IsRefused_RE12_RE13_RE14_RE15_RE17_RE18_RE19(t *testing.T) {
	t.Parallel()
	var messages strings.Builder
	source := newBlocks()
	for _, r := range refusedNodes(t, source) {
		_, err := mst.Open(source, source.node(r.root)).Load(t.Context())
		refusal, ok := errors.AsType[*mst.Error](err)
		if !ok || !errors.Is(err, r.kind) || source.data[refusal.CID] == nil {
			t.Errorf("%s: got %v, want an error that is %v and names a node", r.name, err, r.kind)
			continue
		}
		fmt.Fprintf(&messages, "%s:\n\t%s: %s\n", r.name, refusal.Err, refusal.Reason)
	}
	golden.File(t, "testdata/refused.txt", messages.String())
}

// TestNode_OfTheLargestSizeIsRead proves that the limits allow what they say.
func TestNode_OfTheLargestSizeIsRead_RE18_UN14(t *testing.T) {
	t.Parallel()
	c := content{}
	for i := 0; len(c) < mst.MaxEntries; i++ {
		key := fmt.Sprintf("%04d", i)
		if key += strings.Repeat("k", mst.MaxKey-len(key)); mst.Layer(key) == 0 {
			c[key] = record(i)
		}
	}
	tree, source := build(t, c)
	if len(source.data) != 1 {
		t.Fatalf("%d nodes, not one", len(source.data))
	}
	if _, err := tree.Load(t.Context()); err != nil {
		t.Error(err)
	}
	edit := tree.Edit()
	if _, err := edit.Put(t.Context(), keyOf(t, 0, "a"), record(0)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the error stays
		if _, _, err := edit.Finish(); !errors.Is(err, mst.ErrLimit) {
			t.Errorf("one more entry: got %v", err)
		}
	}
	c[keyOf(t, 0, "a")] = record(0)
	if _, err := mst.Build(c.sorted(), discard); !errors.Is(err, mst.ErrLimit) {
		t.Errorf("built with one more entry: got %v", err)
	}
}
