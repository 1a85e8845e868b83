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

// natural are lengths.
var natural = interval{0, math.MaxInt64}

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
	case a < b && was.low <= was.high:
		return Tightens
	case a > b && is.low <= is.high:
		return Relaxes
	}
	return 0
}

// limit reports one bound if it was changed. A bound that was relaxed is a
// risk at most (LE-04).
func (w *walk) limit(rule Rule, s site, name string, was, is *parser.Int, effect Effect) {
	c := change{effect: effect}
	switch {
	case was == nil && is == nil, was != nil && is != nil && was.Value == is.Value:
		return
	case was == nil:
		c.what, c.new = fmt.Sprintf("%s %d is new", name, is.Value), is
	case is == nil:
		c.what, c.old = fmt.Sprintf("%s %d is gone", name, was.Value), was
	default:
		c.what, c.old, c.new = fmt.Sprintf("%s was %d and is %d", name, was.Value, is.Value), was, is
	}
	w.found(rule, s, c)
}
