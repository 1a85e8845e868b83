package records

import (
	"container/heap"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A ranking has accounts with a number each, and the one with the greatest at hand. The zero
// value is empty.
type ranking struct {
	ranks ranks
	of    map[syntax.DID]*rank
}

type rank struct {
	did    syntax.DID
	number int64
	index  int
}

// set puts an account in, or changes its number.
func (r *ranking) set(did syntax.DID, number int64) {
	if one := r.of[did]; one != nil {
		one.number = number
		heap.Fix(&r.ranks, one.index)
		return
	}
	if r.of == nil {
		r.of = map[syntax.DID]*rank{}
	}
	one := &rank{did: did, number: number}
	r.of[did] = one
	heap.Push(&r.ranks, one)
}

// has reports whether an account is in it.
func (r *ranking) has(did syntax.DID) bool { return r.of[did] != nil }

// remove takes an account out, if it is in it.
func (r *ranking) remove(did syntax.DID) {
	if one := r.of[did]; one != nil {
		heap.Remove(&r.ranks, one.index)
		delete(r.of, did)
	}
}

// first returns the account with the greatest number, "" and 0 if there is none.
func (r *ranking) first() (did syntax.DID, number int64) {
	if len(r.ranks) == 0 {
		return "", 0
	}
	return r.ranks[0].did, r.ranks[0].number
}

// ranks implement heap.Interface.
type ranks []*rank

func (h *ranks) Len() int           { return len(*h) }
func (h *ranks) Less(i, j int) bool { return (*h)[i].number > (*h)[j].number }

// Swap exchanges two.
func (h *ranks) Swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].index, (*h)[j].index = i, j
}

// Push appends.
func (h *ranks) Push(x any) {
	if one, ok := x.(*rank); ok {
		one.index = len(*h)
		*h = append(*h, one)
	}
}

// Pop removes the last one.
func (h *ranks) Pop() any {
	last := len(*h) - 1
	one := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return one
}
