package records

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A lane is for hosts that take about as long to send a repository. Those of a slow one
// leave places to those of the others (SN-42).
type lane int

const (
	quick lane = iota // one whose last repository came within a minute: it may have any place
	fresh             // one of which nothing is known: with the slow ones half of all places
	slow              // one that takes longer: a quarter
	lanes
)

// highway is how many places are taken, in which lane each host is.
type highway struct {
	places int
	taken  [lanes]int // in a lane and those that are slower
	known  *simplelru.LRU[string, time.Time]
}

// maxKnown is of how many hosts it is remembered how slow they are.
const maxKnown = 100_000

func newHighway(places int) *highway {
	known, _ := simplelru.NewLRU[string, time.Time](maxKnown, nil) // fails for sizes that are not positive
	return &highway{places: places, known: known}
}

// of returns the lane of a host, which is "" where nobody is asked but the directory.
func (w *highway) of(host string, now time.Time) lane {
	until, ok := w.known.Get(host)
	switch {
	case host == "" || ok && until.IsZero():
		return quick
	case ok && until.After(now):
		return slow
	}
	return fresh
}

// room reports whether there is a place for a host in a lane.
func (w *highway) room(l lane) bool {
	for ; l >= quick; l-- {
		if w.taken[l] >= max(1, w.places>>l) {
			return false
		}
	}
	return true
}

// take takes a place in a lane, and gives back -1 times one.
func (w *highway) take(l lane, count int) {
	for ; l >= quick; l-- {
		w.taken[l] += count
	}
}

// noted notes how long a host has been waited for, and whether a repository came. One that is
// slow is so for some time, and has to show that it is not any more after that: it holds
// places for a share of the time.
func (w *highway) noted(host string, waited time.Duration, came bool, now time.Time) {
	switch {
	case waited >= beginning:
		w.known.Add(host, now.Add(heardShare*waited))
	case came && w.of(host, now) != slow:
		w.known.Add(host, time.Time{})
	}
}
