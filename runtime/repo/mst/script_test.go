package mst_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// TestScripts runs the scripts of testdata/script. Each line is a command:
//
//	put KEY N       set a key to the record number N
//	delete KEY      remove a key
//	get KEY         print its value
//	list [FROM TO]  print a range of keys
//	tree            print nodes and entries as they are walked
//	root            print the CID of the root
//	mark            remember the tree
//	diff            print how the tree differs from the marked one
//	invert          take the differences back
//	proof KEY…      print the nodes that prove what the tree says of keys
//	cover KEY…      print the nodes to take changes of keys back
//	forget KEY      leave out of the source all nodes below the one with the key
//
// Every change is an edit of its own. Nodes are printed by the end of their CID. Each
// script runs over every kind of source, and prints the same.
func TestScripts_RE14_RE15(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/script", func(t *testing.T, c *golden.Case) {
		log := play(t, c.In["script"], newStock(stockNames[0]))
		c.Output("log", log)
		for _, name := range stockNames[1:] {
			if diff := cmp.Diff(log, play(t, c.In["script"], newStock(name))); diff != "" {
				t.Errorf("over a %s (-%s +%s):\n%s", name, stockNames[0], name, diff)
			}
		}
	})
}

// play runs a script over a source, and returns what it prints.
func play(t *testing.T, text string, source stock) string {
	t.Helper()
	s := script{t: t, tree: mst.Empty(), source: source}
	s.store(nodesOf(t, s.tree))
	s.marked = s.tree
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		fmt.Fprintf(&s.out, "> %s\n", line)
		s.run(strings.Fields(line))
	}
	return s.out.String()
}

// script is the state of one script.
type script struct {
	t            *testing.T
	tree, marked *mst.Tree
	source       stock
	out          strings.Builder
}

func (s *script) run(words []string) {
	if err := s.do(words[0], words[1:]); err != nil {
		fmt.Fprintln(&s.out, "error:", s.shorten(err.Error()))
	}
}

func (s *script) do(command string, args []string) error {
	switch command {
	case "put":
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		return s.edit(func(e *mst.Edit) (cid.CID, error) { return e.Put(s.t.Context(), args[0], record(n)) })
	case "delete":
		return s.edit(func(e *mst.Edit) (cid.CID, error) { return e.Delete(s.t.Context(), args[0]) })
	case "get":
		value, err := s.tree.Get(s.t.Context(), args[0])
		if err == nil {
			fmt.Fprintln(&s.out, s.value(value))
		}
		return err
	case "root":
		fmt.Fprintln(&s.out, s.tree.Root())
	case "mark":
		s.marked = s.tree
	case "tree":
		return s.printTree()
	case "list":
		return s.list(append(args, "", "")[:2])
	case "diff":
		return s.diff()
	case "invert":
		return s.invert()
	case "proof", "cover":
		return s.collect(command, args)
	case "forget":
		return s.forget(args[0])
	default:
		s.t.Fatalf("no command %q", command)
	}
	return nil
}

func (s *script) edit(change func(*mst.Edit) (cid.CID, error)) error {
	edit := s.tree.Edit()
	prev, err := change(edit)
	if err != nil {
		return err
	}
	next, delta, err := edit.Finish()
	if err != nil {
		return err
	}
	s.store(delta.Added)
	fmt.Fprintf(&s.out, "was %s; nodes: +%d -%d\n", s.value(prev), len(delta.Added), len(delta.Removed))
	s.tree = mst.Open(s.source, next.Root())
	return nil
}

func (s *script) store(nodes []blockstore.Block) { s.source.add(nodes...) }

// value returns the number of a record.
func (s *script) value(c cid.CID) string {
	if !c.Defined() {
		return "none"
	}
	for n := range 100 {
		if record(n) == c {
			return strconv.Itoa(n)
		}
	}
	return c.String()
}

func (s *script) printTree() error {
	top := -1
	for item, err := range s.tree.Walk(s.t.Context()) {
		if err != nil {
			return err
		}
		if top < 0 {
			top = item.Layer
		}
		indent := strings.Repeat("    ", top-item.Layer)
		if c := item.Node.CID; c.Defined() {
			fmt.Fprintf(&s.out, "%slayer %d %s\n", indent, item.Layer, short(c))
		} else {
			fmt.Fprintf(&s.out, "%s  %s %s\n", indent, item.Entry.Key, s.value(item.Entry.Value))
		}
	}
	return nil
}

func (s *script) list(args []string) error {
	for e, err := range s.tree.Entries(s.t.Context(), mst.Range{From: args[0], To: args[1]}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(&s.out, e.Key, s.value(e.Value))
	}
	return nil
}

func (s *script) diff() error {
	changes, delta, err := mst.Diff(s.t.Context(), s.marked, s.tree)
	if err != nil {
		return err
	}
	for _, c := range changes {
		fmt.Fprintf(&s.out, "%s %s -> %s\n", c.Key, s.value(c.Old), s.value(c.New))
	}
	for _, b := range delta.Added {
		fmt.Fprintln(&s.out, "+", short(b.CID))
	}
	for _, c := range sortedCIDs(delta.Removed) {
		fmt.Fprintln(&s.out, "-", short(c))
	}
	return nil
}

func (s *script) invert() error {
	changes, _, err := mst.Diff(s.t.Context(), s.marked, s.tree)
	if err != nil {
		return err
	}
	root, err := mst.Invert(s.t.Context(), s.tree, changes)
	if err != nil {
		return err
	}
	fmt.Fprintf(&s.out, "%v, which is the marked tree: %t\n", root, root == s.marked.Root())
	return nil
}

func (s *script) collect(command string, keys []string) error {
	find := s.tree.Proof
	if command == "cover" {
		find = s.tree.Cover
	}
	nodes, err := find(s.t.Context(), keys...)
	for _, b := range nodes {
		fmt.Fprintln(&s.out, short(b.CID))
	}
	return err
}

// forget removes the nodes that are walked below the node with key.
func (s *script) forget(key string) error {
	layer := -1
	var below []cid.CID
	for item, err := range s.tree.Walk(s.t.Context()) {
		if err != nil {
			return err
		}
		if item.Entry.Key == key {
			layer = item.Layer
		}
		if layer >= 0 && item.Layer < layer && item.Node.CID.Defined() {
			below = append(below, item.Node.CID)
		}
		if layer >= 0 && item.Layer >= layer && item.Entry.Key > key {
			break
		}
	}
	s.source.remove(below...)
	fmt.Fprintln(&s.out, len(below), "nodes")
	return nil
}

// short returns the end of a CID, where CIDs differ.
func short(c cid.CID) string {
	text := c.String()
	return text[len(text)-6:]
}

// shorten shortens the CIDs in a text.
func (s *script) shorten(text string) string {
	words := strings.Fields(text)
	for i, word := range words {
		if c, err := cid.Parse(strings.TrimSuffix(word, ":")); err == nil {
			words[i] = strings.Replace(word, c.String(), short(c), 1)
		}
	}
	return strings.Join(words, " ")
}
