package records

import (
	"strings"
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
	if strings.HasPrefix(string(did), "did:web:") {
		return web
	}
	return plc
}

// lookUps are the look-ups of accounts that have no place at a server meanwhile: those whose
// server is not known, and all of did:web, which may name any server and take their time.
// Each method has as many at a time as repositories are fetched, and for a moment as many
// more that are made anew. What was found of an account whose server was busy then is kept
// until its next turn, in which it takes its place first, as those of did:plc do.
type lookUps struct {
	most    int
	taken   [methods]int
	refused bool      // one of did:plc has found no room
	turn    time.Time // of the next one of did:web that finds none
	found   *simplelru.LRU[syntax.DID, finding]
}

// A finding is whose an account is, and when that was found.
type finding struct {
	id *identity.Identity
	at time.Time
}

const (
	maxFound  = 10_000          // how many findings are kept
	findings  = time.Hour       // how long
	hangsTime = 5 * time.Second // how long a look-up takes that hangs, about
)

func newLookUps(most int) *lookUps {
	found, _ := simplelru.NewLRU[syntax.DID, finding](maxFound, nil) // fails for sizes that are not positive
	return &lookUps{most: most, found: found}
}

// later is how long an account of did:web waits that has found no room: each of them for
// a turn of its own, as if all those before it hung.
func (l *lookUps) later(now time.Time, most time.Duration) time.Duration {
	if l.turn.Before(now) {
		l.turn = now
	}
	l.turn = l.turn.Add(hangsTime / time.Duration(l.most))
	return min(l.turn.Sub(now), most)
}

// of returns what was found of an account that is at a host, nil if nothing is known.
func (l *lookUps) of(did syntax.DID, host string, now time.Time) *identity.Identity {
	f, ok := l.found.Get(did)
	if !ok || f.id.PDS != host || now.Sub(f.at) > findings {
		return nil
	}
	return f.id
}
