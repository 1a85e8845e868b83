package identity

import "time"

// A Kind is what a [Directory] looks up.
type Kind int

// The kinds, each of which is remembered apart.
const (
	KindDID       Kind = iota // a DID, which leads to an identity
	KindHandle                // a handle, which leads to a DID
	KindAuthority             // the domain of NSIDs, which leads to a DID
)

// String returns did, handle or authority.
func (k Kind) String() string { return [...]string{"did", "handle", "authority"}[k] }

// An Outcome is where an answer comes from.
type Outcome int

// The outcomes. The first three come from memory.
const (
	Hit       Outcome = iota // what is fresh
	Stale                    // what is no longer fresh, while it is asked for anew or nobody answers
	Negative                 // that there is no answer, or nobody answers
	Miss                     // a question
	Coalesced                // a question that somebody else has asked and that was on its way
)

// String returns hit, stale, negative, miss or coalesced.
func (o Outcome) String() string {
	return [...]string{"hit", "stale", "negative", "miss", "coalesced"}[o]
}

// An Observer is told what a [Directory] does, to count it. Its methods are called
// by many goroutines at once, while no lock is held, and should return soon.
type Observer interface {
	// Looked is told of each look-up in memory. Looking up an account is two: its
	// DID and its handle.
	Looked(kind Kind, outcome Outcome)
	// Asked is told of each question to the source once it is answered: how long
	// that took, and the error, which is nil or one of the kinds of [Error].
	Asked(kind Kind, took time.Duration, err error)
}

// nobody is the Observer of those who have none.
type nobody struct{}

func (nobody) Looked(Kind, Outcome)             {}
func (nobody) Asked(Kind, time.Duration, error) {}
