package relay

import "time"

// A rate is how many events have come within about a minute: those of this minute, and
// of the one before as much as is left of it.
type rate struct {
	minute    int64 // since 1970
	now, then float64
}

func (r *rate) add(at time.Time) {
	r.move(at)
	r.now++
}

func (r *rate) move(at time.Time) {
	switch minute := at.Unix() / 60; minute - r.minute {
	case 0:
	case 1:
		r.minute, r.now, r.then = minute, 0, r.now
	default:
		r.minute, r.now, r.then = minute, 0, 0
	}
}

// perSecond returns the events for each second.
func (r *rate) perSecond(at time.Time) float64 {
	r.move(at)
	left := 1 - float64(at.Unix()%60)/60
	return (r.now + r.then*left) / 60
}
