package lex

import "math"

// int reads a number. It must be an integer (DM-02, DM-03), which it also is
// when written as 123.0 or 1e3.
func (d *JSONDecoder) int() (int64, *Error) {
	c := d.peek()
	start := d.pos
	negative := c == '-'
	if negative {
		d.pos++
	}
	var v uint64
	digits := d.pos
	for d.pos < len(d.src) && isDigit(d.src[d.pos]) {
		// 18 digits cannot overflow; longer numbers are read again below.
		v = v*10 + uint64(d.src[d.pos]-'0')
		d.pos++
	}
	n := d.pos - digits
	switch {
	case n == 0:
		d.pos = start
		if negative {
			return 0, d.failf("a minus sign without digits is no number")
		}
		return 0, d.expected("an integer")
	case n > 1 && d.src[digits] == '0':
		return 0, d.failAt(start, "a number has no leading zeros")
	case n > 18 || d.pos < len(d.src) && (d.src[d.pos] == '.' || d.src[d.pos]|0x20 == 'e'):
		d.pos = digits
		return d.decimal(start, negative)
	case negative:
		return -int64(v), nil
	}
	return int64(v), nil
}

// decimal reads the number whose first digit stands here. Its cost and memory
// do not depend on its exponent.
func (d *JSONDecoder) decimal(start int, negative bool) (int64, *Error) {
	var n decimal
	for _, c := range d.digits() {
		n.add(c)
	}
	if d.follows('.') {
		d.pos++
		fraction := d.digits()
		if len(fraction) == 0 {
			return 0, d.failAt(start, "a number needs digits after the point")
		}
		for _, c := range fraction {
			n.add(c)
		}
		n.shift(-int64(len(fraction)))
	}
	if d.follows('e') || d.follows('E') {
		d.pos++
		exponent, ok := d.exponent()
		if !ok {
			return 0, d.failAt(start, "a number needs digits in its exponent")
		}
		n.shift(exponent)
	}
	v, reason := n.int64(negative)
	if reason != "" {
		return 0, d.failAt(start, "%s", reason)
	}
	return v, nil
}

// follows reports whether c stands right here.
func (d *JSONDecoder) follows(c byte) bool { return d.pos < len(d.src) && d.src[d.pos] == c }

// digits reads digits, perhaps none.
func (d *JSONDecoder) digits() []byte {
	start := d.pos
	for d.pos < len(d.src) && isDigit(d.src[d.pos]) {
		d.pos++
	}
	return d.src[start:d.pos]
}

// exponent reads what follows the e. Beyond what any input's length can make
// up for, its value does not matter.
func (d *JSONDecoder) exponent() (int64, bool) {
	sign := int64(1)
	if d.follows('-') {
		sign = -1
	}
	if d.follows('-') || d.follows('+') {
		d.pos++
	}
	digits := d.digits()
	var v int64
	for _, c := range digits {
		v = min(v*10+int64(c-'0'), math.MaxInt64/100)
	}
	return sign * v, len(digits) > 0
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// decimal is the number significant * 10^exponent, where significant has no
// trailing zeros.
type decimal struct {
	significant uint64
	exponent    int64
	zeros       int64 // read, and not yet followed by another digit
	huge        bool  // more digits than any int64 has
}

// add reads one more digit.
func (n *decimal) add(c byte) {
	if c == '0' {
		n.zeros++
		return
	}
	for ; n.zeros > 0 && n.significant != 0 && !n.huge; n.zeros-- {
		n.multiply(0)
	}
	n.zeros = 0
	n.multiply(uint64(c - '0'))
}

func (n *decimal) multiply(digit uint64) {
	if n.significant > (math.MaxUint64-digit)/10 {
		n.huge = true
		return
	}
	n.significant = n.significant*10 + digit
}

// shift multiplies by 10^exponent. All digits have been read.
func (n *decimal) shift(exponent int64) { n.exponent += exponent }

// int64 returns the value, or why it is none.
func (n *decimal) int64(negative bool) (int64, string) {
	if n.significant == 0 {
		return 0, ""
	}
	exponent := n.exponent + n.zeros
	switch {
	case exponent < 0:
		return 0, "a fraction is no value of the data model"
	case n.huge || exponent > 18:
		return 0, "the integer needs more than 64 bits"
	}
	v := n.significant
	for ; exponent > 0; exponent-- {
		if v > math.MaxUint64/10 {
			return 0, "the integer needs more than 64 bits"
		}
		v *= 10
	}
	if negative && v <= 1<<63 {
		return -int64(v), ""
	}
	if v > math.MaxInt64 {
		return 0, "the integer needs more than 64 bits"
	}
	return int64(v), ""
}
