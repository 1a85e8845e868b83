package records

import (
	"cmp"
	"container/heap"
	"time"
)

// An agenda says which host is to be looked at next: the one whose time has come first, in
// each lane. One that cannot be asked before a time, or has no account that is due before,
// takes no steps until then. It has some hundred bytes for each host with accounts that are
// to be fetched.
type agenda struct {
	lanes  [lanes]visits
	all    map[string]*visit
	number int64
}

// A visit is when a host is to be looked at.
type visit struct {
	host   string
	at     time.Time
	number int64 // of those with the same time the first one comes first
	lane   lane
	index  int // in its lane
}

// add has a host looked at, at a time or earlier, if that was said before.
func (a *agenda) add(host string, l lane, at time.Time) {
	if v := a.all[host]; v != nil {
		if v.lane == l && !at.Before(v.at) {
			return
		}
		if v.at.Before(at) {
			at = v.at
		}
		a.take(v)
	}
	if a.all == nil {
		a.all = map[string]*visit{}
	}
	a.number++
	v := &visit{host: host, at: at, number: a.number, lane: l}
	a.all[host] = v
	heap.Push(&a.lanes[l], v)
}

// first returns the first visit of a lane, nil if there is none.
func (a *agenda) first(l lane) *visit {
	if len(a.lanes[l]) == 0 {
		return nil
	}
	return a.lanes[l][0]
}

// take removes a visit.
func (a *agenda) take(v *visit) {
	heap.Remove(&a.lanes[v.lane], v.index)
	delete(a.all, v.host)
}

func (v *visit) before(w *visit) bool {
	return cmp.Or(v.at.Compare(w.at), cmp.Compare(v.number, w.number)) < 0
}

// visits implement heap.Interface.
type visits []*visit

func (h *visits) Len() int           { return len(*h) }
func (h *visits) Less(i, j int) bool { return (*h)[i].before((*h)[j]) }

// Swap exchanges two.
func (h *visits) Swap(i, j int) {
	(*h)[i], (*h)[j] = (*h)[j], (*h)[i]
	(*h)[i].index, (*h)[j].index = i, j
}

// Push appends.
func (h *visits) Push(x any) {
	if v, ok := x.(*visit); ok {
		v.index = len(*h)
		*h = append(*h, v)
	}
}

// Pop removes the last one.
func (h *visits) Pop() any {
	last := len(*h) - 1
	v := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return v
}
