package cli

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// revs remember in the user's folder for caches the newest rev that was proved of each
// account, for good, so that no server can lead a later run back to what was before. They
// implement lexicon.Revs. Without such a folder, or if it cannot be written, a run knows
// what it has seen itself.
type revs struct {
	folder   string       // "" if nothing is kept
	network  string       // the directory, as an account of another one is another
	restored []syntax.DID // of which older revs are taken, too

	mu   sync.Mutex // guards below
	seen map[syntax.DID]syntax.TID
}

// revsIn begins the file of the rev of an account.
const revsIn = "rev-"

// name returns the file of an account.
func (r *revs) name(did syntax.DID) string {
	return filepath.Join(r.folder, fmt.Sprintf("%s%x", revsIn, sha256.Sum256([]byte(r.network+" "+string(did)))))
}

// Newest returns the newest rev of an account.
func (r *revs) Newest(did syntax.DID) syntax.TID {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.newest(did)
}

// newest is called with the lock.
func (r *revs) newest(did syntax.DID) syntax.TID {
	if rev, ok := r.seen[did]; ok || slices.Contains(r.restored, did) {
		return rev
	}
	return r.kept(did)
}

// kept reads what other runs have seen. What is no rev says nothing.
func (r *revs) kept(did syntax.DID) syntax.TID {
	if r.folder == "" {
		return ""
	}
	const maxRev = 64
	text, err := readUpTo(r.name(did), maxRev)
	if err != nil {
		return ""
	}
	rev, err := syntax.ParseTID(string(text))
	if err != nil {
		return ""
	}
	return rev
}

// Proved keeps a rev, unless a newer one is known.
func (r *revs) Proved(did syntax.DID, rev syntax.TID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rev <= r.newest(did) {
		return
	}
	if r.seen == nil {
		r.seen = map[syntax.DID]syntax.TID{}
	}
	r.seen[did] = rev
	if r.folder != "" && os.MkdirAll(r.folder, 0o700) == nil {
		_ = writeWhole(r.name(did), []byte(rev), 0o600, true) // without it a later run knows less
	}
}
