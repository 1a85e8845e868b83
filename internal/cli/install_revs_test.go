package cli

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestRevsOutlastARun tells what a later run knows of the newest revs: the greatest that
// was proved, of that account in that network alone, also after its records are pruned.
func TestRevsOutlastARun(t *testing.T) {
	t.Parallel()
	const (
		alice, bob   syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:44ybard66vv44zksje25o7dz"
		older, newer syntax.TID = "3jui7kd54zh2y", "3jui7kd54zh3y"
	)
	folder := filepath.Join(t.TempDir(), "lexicons")
	run := func(network string, restored ...syntax.DID) *revs {
		return &revs{folder: folder, network: network, restored: restored}
	}
	first := run("https://plc.directory")
	if got := first.Newest(alice); got != "" {
		t.Errorf("a rev of nowhere: %s", got)
	}
	first.Proved(alice, newer)
	first.Proved(alice, older)
	next := run("https://plc.directory")
	for _, r := range []*revs{first, next} {
		if got := r.Newest(alice); got != newer {
			t.Errorf("newest %s, want %s", got, newer)
		}
	}
	next.Proved(alice, older)
	if got := run("https://plc.directory").Newest(alice); got != newer {
		t.Errorf("an older rev replaces a newer one: %s", got)
	}
	if a, b := next.Newest(bob), run("http://127.0.0.1:1").Newest(alice); a != "" || b != "" {
		t.Errorf("of another account %q, in another network %q", a, b)
	}
	(&recall{folder: folder}).prune(time.Now().Add(10 * blockAge))
	if got := run("https://plc.directory").Newest(alice); got != newer {
		t.Errorf("pruned: %q", got)
	}
	again := run("https://plc.directory", alice)
	if got := again.Newest(alice); got != "" {
		t.Errorf("restored, and held against %s", got)
	}
	again.Proved(alice, older)
	if got := again.Newest(alice); got != older {
		t.Errorf("the restored state is forgotten: %q", got)
	}
	if got := run("https://plc.directory").Newest(alice); got != older {
		t.Errorf("after a restored account %s, want %s", got, older)
	}
	if err := os.WriteFile(first.name(alice), []byte("zzzz"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run("https://plc.directory").Newest(alice); got != "" {
		t.Errorf("what is no rev counts: %q", got)
	}
	none := &revs{}
	none.Proved(alice, older)
	if got := none.Newest(alice); got != older {
		t.Errorf("without a folder a run forgets %s", older)
	}
}
