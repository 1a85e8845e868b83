package cli

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// recallAge is how old what an interrupted run has fetched may be.
const recallAge = time.Hour

// A recall keeps in the user's folder for caches what was fetched and proved: records
// under their CIDs, for good, and for each lock file and network a journal of what the last
// run has fetched, until that has written it or ended for good. Without such a folder nothing is kept, which is
// no error, and neither is what cannot be written there. It may be used by any number
// of goroutines.
type recall struct {
	folder string // "" if nothing is kept

	mu      sync.Mutex // guards below
	journal *os.File   // nil if it could not be opened
	entries map[syntax.ATURI]cid.CID
	since   time.Time // when the interrupted run began
	used    int
}

// journalLine is one line of a journal. The first has the time alone.
type journalLine struct {
	Began time.Time    `json:"began,omitzero"`
	URI   syntax.ATURI `json:"uri,omitempty"`
	CID   string       `json:"cid,omitempty"`
}

// fetchedFolder is where what is known of the network is kept, "" if nothing is.
func (w world) fetchedFolder() string {
	caches, err := w.cacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(caches, "lexgen", "lexicons")
}

// recall opens the memory of a lock file, for what the words say about the network.
func (w world) recall(lock string, now time.Time, network ...string) *recall {
	r := &recall{entries: map[syntax.ATURI]cid.CID{}}
	absolute, err := filepath.Abs(lock)
	if err != nil {
		return r
	}
	if r.folder = w.fetchedFolder(); r.folder == "" || os.MkdirAll(r.folder, 0o700) != nil {
		r.folder = ""
		return r
	}
	r.open(filepath.Join(r.folder, fmt.Sprintf("journal-%x", sha256.Sum256([]byte(strings.Join(append([]string{absolute}, network...), "\x00"))))), now)
	return r
}

// open reads the journal, if it is not too old, and goes on with it.
func (r *recall) open(name string, now time.Time) {
	const maxJournal = 16 << 20
	text, err := readUpTo(name, maxJournal)
	if err == nil {
		r.read(text, now)
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if len(r.entries) == 0 {
		flags |= os.O_TRUNC
	}
	if r.journal, err = os.OpenFile(name, flags, 0o600); err != nil {
		r.journal = nil
		return
	}
	if len(r.entries) == 0 {
		r.since = time.Time{}
		r.write(journalLine{Began: now})
	}
}

// read takes the lines of a journal, of which the last may be torn.
func (r *recall) read(text []byte, now time.Time) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		var line journalLine
		if json.Unmarshal(lines.Bytes(), &line) != nil {
			continue
		}
		if !line.Began.IsZero() {
			r.since = line.Began
		}
		if c, err := cid.Parse(line.CID); err == nil {
			r.entries[line.URI] = c
		}
	}
	if age := now.Sub(r.since); age < 0 || age > recallAge {
		clear(r.entries)
	}
}

func (r *recall) write(line journalLine) {
	text, err := json.Marshal(line)
	if err == nil && r.journal != nil {
		_, _ = r.journal.Write(append(append([]byte("\n"), text...), '\n')) // a torn line before does not matter then
	}
}

// block returns a record by its CID.
func (r *recall) block(c cid.CID) ([]byte, bool) {
	if r.folder == "" {
		return nil, false
	}
	data, err := readUpTo(filepath.Join(r.folder, c.String()), repo.MaxRecord+1)
	if err != nil || cid.Sum(cid.DagCBOR, data) != c {
		return nil, false // not there, or torn
	}
	return data, true
}

// fetched returns what an interrupted run has fetched, or nil.
func (r *recall) fetched(did syntax.DID, nsid syntax.NSID) *lexnet.Lexicon {
	r.mu.Lock()
	defer r.mu.Unlock()
	c, ok := r.entries[lexnet.URIOf(did, nsid)]
	if !ok {
		return nil
	}
	data, ok := r.block(c)
	if !ok {
		return nil
	}
	r.used++
	return &lexnet.Lexicon{NSID: nsid, DID: did, CID: c, Data: data}
}

// keep keeps what was fetched: the record first, so that the journal names none that
// is not there.
func (r *recall) keep(l *lexnet.Lexicon) {
	if r.folder == "" {
		return
	}
	if err := writeWhole(filepath.Join(r.folder, l.CID.String()), l.Data, 0o600, false); err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.write(journalLine{URI: l.URI(), CID: l.CID.String()})
}

// blockAge is how long a record is kept after it was fetched.
const blockAge = 90 * 24 * time.Hour

// prune removes records that were fetched long ago.
func (r *recall) prune(now time.Time) {
	entries, err := os.ReadDir(r.folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), revsIn) {
			continue // the memory of an account that publishes seldom counts most
		}
		if info, err := entry.Info(); err == nil && now.Sub(info.ModTime()) > blockAge {
			_ = os.Remove(filepath.Join(r.folder, entry.Name()))
		}
	}
}

// done forgets the journal, once all of it was written, or will not be.
func (r *recall) done(now time.Time) {
	r.prune(now)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal == nil {
		return
	}
	_ = r.journal.Close()
	_ = os.Remove(r.journal.Name())
	r.journal = nil
}

// close ends the journal, and leaves it for the next run.
func (r *recall) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.journal != nil {
		_ = r.journal.Close()
		r.journal = nil
	}
}

// resumed returns how many lexicons came from an interrupted run, and when that began.
func (r *recall) resumed() (int, time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.used, r.since
}
