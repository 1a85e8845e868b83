package breaking

import (
	"fmt"
	"math"

	"github.com/lexgen/lexgen/parser"
)

// limits are a lower and an upper bound as they are written; nil where there is
// none.
type limits struct{ low, high *parser.Int }

// interval is the numbers from low to high; none if high is less.
type interval struct{ low, high int64 }

// within returns the numbers of an interval that the limits allow.
func (l limits) within(i interval) interval {
	if l.low != nil {
		i.low = max(i.low, l.low.Value)
	}
	if l.high != nil {
		i.high = min(i.high, l.high.Value)
	}
	return i
}

// count returns how many numbers there are, at most math.MaxUint64.
func (i interval) count() uint64 {
	switch {
	case i.empty():
		return 0
	case i == integers:
		return math.MaxUint64
	}
	return uint64(i.high) - uint64(i.low) + 1 // modulo 2^64
}

func (i interval) empty() bool { return i.high < i.low }

// and returns the numbers that both have.
func (i interval) and(other interval) interval {
	return interval{max(i.low, other.low), min(i.high, other.high)}
}

// natural are lengths.
var natural = interval{0, math.MaxInt64}

// integers are all numbers.
var integers = interval{math.MinInt64, math.MaxInt64}

// nothing has no numbers.
var nothing = interval{1, 0}

// span compares the bounds of a length.
func (w *walk) span(rule Rule, s site, lowName, highName string, was, is limits) {
	w.bounds(rule, s, bound{lowName, highName, was, is}, natural)
}

// bound is a pair of bounds with their names in both versions.
type bound struct {
	lowName, highName string
	was, is           limits
}

// bounds compares bounds on the numbers of an interval.
func (w *walk) bounds(rule Rule, s site, b bound, numbers interval) {
	before, after := b.was.within(numbers), b.is.within(numbers)
	w.limit(rule, s, b.lowName, b.was.low, b.is.low, raised(before, after))
	w.limit(rule, s, b.highName, b.was.high, b.is.high, lowered(before, after))
}

// raised is the effect of another lower bound.
func raised(was, is interval) Effect { return moved(was, is, was.low, is.low) }

// lowered is the effect of another upper bound.
func lowered(was, is interval) Effect { return moved(was, is, is.high, was.high) }

// moved is the effect of a bound that moved inwards from a to b. An interval
// without numbers can lose none.
func moved(was, is interval, a, b int64) Effect {
	switch {
	case a < b && !was.empty():
		return Tightens
	case a > b && !is.empty():
		return Relaxes
	}
	return 0
}

// limit reports one bound if it was changed. A new one relaxes nothing, and one
// that is gone tightens nothing: if the effect says so, that is another bound's
// doing. A bound that was relaxed is a risk at most (LE-04).
func (w *walk) limit(rule Rule, s site, name string, was, is *parser.Int, effect Effect) {
	c := change{effect: effect}
	switch {
	case was == nil && is == nil, was != nil && is != nil && was.Value == is.Value:
		return
	case was == nil:
		c.what, c.new = fmt.Sprintf("%s %d is new", name, is.Value), is
		c.effect &= Tightens
	case is == nil:
		c.what, c.old = fmt.Sprintf("%s %d is gone", name, was.Value), was
		c.effect &= Relaxes
	default:
		c.what, c.old, c.new = fmt.Sprintf("%s was %d and is %d", name, was.Value, is.Value), was, is
	}
	w.found(rule, s, c)
}
