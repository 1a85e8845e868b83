package syntax

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"sync/atomic"
	"time"
)

// TIDClockOptions says how a [TIDClock] works. The zero value is right for
// all but tests.
type TIDClockOptions struct {
	// Now tells the time; nil means time.Now. It must be safe for concurrent
	// use if the clock is used concurrently.
	Now func() time.Time
	// ClockID is the clock identifier, of which the low 10 bits count; nil
	// means a random one, so that two workers hardly share one (SY-16).
	ClockID *uint16
}

// TIDClock makes TIDs, each greater than all before it (SY-16), also when its
// time source stands still, steps back, or is asked several times within a
// microsecond: it then counts on from the last time given out. It is safe for
// concurrent use. Clocks are made by [NewTIDClock].
type TIDClock struct {
	now     func() time.Time
	clockID uint16
	last    atomic.Int64 // microseconds of the last TID given out, at first -1
}

// NewTIDClock returns a clock with no past.
func NewTIDClock(opts TIDClockOptions) *TIDClock {
	c := &TIDClock{now: opts.Now}
	if c.now == nil {
		c.now = time.Now
	}
	if opts.ClockID != nil {
		c.clockID = *opts.ClockID & MaxTIDClockID
	} else {
		c.clockID = randomClockID()
	}
	c.last.Store(-1)
	return c
}

// Next returns a TID that is greater than every earlier one of c, and of the
// present time if that is possible. It fails, and leaves c as it was, if
// the time does not fit a TID, that is, after the year 2255: a time source
// gone wrong must not use up all TIDs that are left, nor may one be repeated.
func (c *TIDClock) Next() (TID, error) {
	now := c.now().UnixMicro()
	for {
		last := c.last.Load()
		micros := max(now, last+1)
		if micros > MaxTIDMicros {
			return "", fmt.Errorf("next TID: %d microseconds since 1970 do not fit", micros)
		}
		if c.last.CompareAndSwap(last, micros) {
			return encodeTID(uint64(micros)<<clockBits | uint64(c.clockID)), nil
		}
	}
}

// ClockID returns the clock identifier in all TIDs of c.
func (c *TIDClock) ClockID() uint16 { return c.clockID }

func randomClockID() uint16 {
	var b [2]byte
	rand.Read(b[:]) // never fails
	return binary.BigEndian.Uint16(b[:]) & MaxTIDClockID
}
