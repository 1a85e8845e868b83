package records

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A method is that of a DID, as far as look-ups differ.
type method int

const (
	plc method = iota // one directory answers for all accounts
	web               // a server that the account has chosen answers, when it likes to
	methods
)

func methodOf(did syntax.DID) method {
	if did.Method() == "web" {
		return web
	}
	return plc
}

// lookUps are the look-ups of accounts that have no place at a server meanwhile: those whose
// server is not known, and all of did:web, which may name any server and take their time.
// Each method has as many at a time as repositories are fetched, and as many more that are
// made anew. Those of did:web that find no room stand in a queue. What was found of an
// account whose server was busy then is kept until its next turn, in which it takes its
// place first, as those of did:plc do.
type lookUps struct {
	most    int
	taken   [methods]int
	refused bool // one of did:plc has found no room
	queue   []syntax.DID
	queued  map[syntax.DID]bool
	found   *simplelru.LRU[syntax.DID, finding]
}

// A finding is whose an account is, and when that was found.
type finding struct {
	id *identity.Identity
	at time.Time
}

const (
	maxQueued = 100_000   // how many accounts stand in the queue; others, and all after a restart, come again after MaxPause
	maxFound  = 10_000    // how many findings are kept
	foundFor  = time.Hour // how long
)

func newLookUps(most int) *lookUps {
	found, _ := simplelru.NewLRU[syntax.DID, finding](maxFound, nil) // fails for sizes that are not positive
	return &lookUps{most: most, queued: map[syntax.DID]bool{}, found: found}
}

// room reports whether there is room for one more.
func (l *lookUps) room(m method) bool { return l.taken[m] < l.most }

// join puts an account at the end of the queue, if it is not in it.
func (l *lookUps) join(did syntax.DID) {
	if !l.queued[did] && len(l.queue) < maxQueued {
		l.queue, l.queued[did] = append(l.queue, did), true
	}
}

// next takes the first account of the queue for which there is room, "" if there is none.
func (l *lookUps) next() (did syntax.DID) {
	if len(l.queue) == 0 || !l.room(web) {
		return ""
	}
	did, l.queue = l.queue[0], l.queue[1:]
	delete(l.queued, did)
	l.taken[web]++
	return did
}

// of returns what was found of an account that is at a host, nil if nothing is known.
func (l *lookUps) of(did syntax.DID, host string, now time.Time) *identity.Identity {
	f, ok := l.found.Get(did)
	if !ok || f.id.PDS != host || now.Sub(f.at) > foundFor {
		return nil
	}
	return f.id
}
