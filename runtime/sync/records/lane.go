package records

import (
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A lane is for hosts that take about as long to send a repository. Those of a slow one
// leave places to those of the others (SN-42).
type lane int

const (
	quick  lane = iota // one whose last repository came within a minute: it may have any place
	fresh              // one of which nothing is known: with those below half of all places
	slow               // one that takes longer: a quarter
	silent             // one that has been asked, and nothing came in the time that it had: an eighth
	lanes
)

// highway is how many places are taken, in which lane each host is.
type highway struct {
	places int
	taken  [lanes]int // in a lane and those that are slower
	known  *simplelru.LRU[string, conduct]
}

// A conduct is what is known of a host.
type conduct struct {
	lane  lane
	until time.Time // when one that is slow is fresh again
	tries int       // of one that is silent
}

// maxKnown is of how many hosts it is remembered how slow they are.
const maxKnown = 100_000

func newHighway(places int) *highway {
	known, _ := simplelru.NewLRU[string, conduct](maxKnown, nil) // fails for sizes that are not positive
	return &highway{places: places, known: known}
}

// of returns how a host is: one that is "", where nobody is asked but the directory, is quick.
func (w *highway) of(host string, now time.Time) conduct {
	is, ok := w.known.Get(host)
	switch {
	case host == "":
		return conduct{lane: quick}
	case !ok || is.lane == slow && !is.until.After(now):
		return conduct{lane: fresh}
	}
	return is
}

// proved reports whether a repository has come of the host.
func (c conduct) proved() bool { return c.lane == quick || c.lane == slow }

// patience is how long the host may take in which it need not keep to the rate, so that the
// first byte has to come by then. One that has never sent a repository has little, and each
// time that nothing came twice as much.
func (c conduct) patience() time.Duration {
	if c.proved() {
		return beginning
	}
	d := firstPatience
	for range c.tries {
		d = min(2*d, beginning)
	}
	return d
}

// firstPatience is that with a host that was never asked.
const firstPatience = 2500 * time.Millisecond

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
	switch is := w.of(host, now); {
	case waited >= beginning && (came || is.lane != silent):
		w.known.Add(host, conduct{lane: slow, until: now.Add(heardShare * waited)})
	case came && is.lane != slow:
		w.known.Add(host, conduct{lane: quick})
	case !came && !is.proved() && waited >= is.patience():
		w.known.Add(host, conduct{lane: silent, tries: is.tries + 1})
	}
}
