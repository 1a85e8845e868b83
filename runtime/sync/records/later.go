package records

import (
	"container/heap"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// later are accounts whose event was not taken, with the one that is to be tried again
// first at hand: while an application is away there may be as many as events wait.
type later struct{ heap retries }

// A retry is an account, and when its event is to be tried again.
type retry struct {
	did syntax.DID
	at  time.Time
}

func (l *later) add(did syntax.DID, at time.Time) { heap.Push(&l.heap, retry{did, at}) }

// due takes out an account whose time has come. If there is none, it says how long it
// takes until there is, -1 for ever.
func (l *later) due(now time.Time) (did syntax.DID, wait time.Duration) {
	if len(l.heap) == 0 {
		return "", -1
	}
	if d := l.heap[0].at.Sub(now); d > 0 {
		return "", d
	}
	r, _ := heap.Pop(&l.heap).(retry)
	return r.did, 0
}

// remove takes out an account.
func (l *later) remove(did syntax.DID) {
	for i := range l.heap {
		if l.heap[i].did == did {
			heap.Remove(&l.heap, i)
			return
		}
	}
}

// retries implement heap.Interface.
type retries []retry

func (h *retries) Len() int           { return len(*h) }
func (h *retries) Less(i, j int) bool { return (*h)[i].at.Before((*h)[j].at) }
func (h *retries) Swap(i, j int)      { (*h)[i], (*h)[j] = (*h)[j], (*h)[i] }

// Push appends.
func (h *retries) Push(x any) {
	if r, ok := x.(retry); ok {
		*h = append(*h, r)
	}
}

// Pop removes the last one.
func (h *retries) Pop() any {
	last := len(*h) - 1
	r := (*h)[last]
	*h = (*h)[:last]
	return r
}

// earlier returns the shorter one of two times, of which negative ones are none.
func earlier(a, b time.Duration) time.Duration {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}
