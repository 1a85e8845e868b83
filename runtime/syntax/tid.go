package syntax

import (
	"fmt"
	"strings"
	"time"
)

// Limits of the parts of a TID.
const (
	// MaxTIDMicros is the greatest time that a TID can carry, in microseconds
	// since 1970: some moment of the year 2255.
	MaxTIDMicros = 1<<53 - 1
	// MaxTIDClockID is the greatest clock identifier.
	MaxTIDClockID = 1<<clockBits - 1

	clockBits = 10
	tidLen    = 13
)

const tidAlphabet = "234567abcdefghijklmnopqrstuvwxyz"

// TID is a timestamp identifier such as 3jzfcijpj2z2a (SY-15): 64 bits in 13
// digits of a base32 whose order is that of ASCII, so that later TIDs are
// greater strings. Behind a zero bit come 53 bits of microseconds since 1970
// and a clock identifier of 10 bits.
type TID string

// ParseTID returns text as a TID if it has the syntax of one. As in the
// specification's own pattern, the highest of the 64 bits may be set.
func ParseTID(text string) (TID, error) {
	return parse[TID](FormatTID, text, scanTID)
}

// TIDOf returns the TID of a time in microseconds since 1970 and a clock
// identifier. A time outside 0 to [MaxTIDMicros] or a clock identifier above
// [MaxTIDClockID] is an error: what does not fit is never cut off, because the
// result would name another moment.
func TIDOf(micros int64, clockID uint16) (TID, error) {
	if micros < 0 || micros > MaxTIDMicros {
		return "", fmt.Errorf("time of a TID: %d microseconds are not within 0 and %d", micros, int64(MaxTIDMicros))
	}
	if clockID > MaxTIDClockID {
		return "", fmt.Errorf("clock identifier of a TID: %d is greater than %d", clockID, MaxTIDClockID)
	}
	return encodeTID(uint64(micros)<<clockBits | uint64(clockID)), nil
}

// String returns t as a string.
func (t TID) String() string { return string(t) }

// Integer returns the 64 bits of t, or 0 if t is no TID.
func (t TID) Integer() uint64 {
	if scanTID(string(t)).found() {
		return 0
	}
	var v uint64
	for i := range len(t) {
		v = v<<5 | uint64(tidValue(t[i]))
	}
	return v
}

// Micros returns the time of t in microseconds since 1970.
func (t TID) Micros() int64 { return int64(t.Integer() >> clockBits & MaxTIDMicros) }

// Time returns the time of t, in UTC.
func (t TID) Time() time.Time { return time.UnixMicro(t.Micros()).UTC() }

// ClockID returns the clock identifier of t, at most [MaxTIDClockID].
func (t TID) ClockID() uint16 { return uint16(t.Integer() & MaxTIDClockID) }

func encodeTID(v uint64) TID {
	var b [tidLen]byte
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = tidAlphabet[v&31]
		v >>= 5
	}
	return TID(b[:])
}

// tidValue returns the value of a digit, or -1.
func tidValue(c byte) int { return strings.IndexByte(tidAlphabet, c) }

func isTIDDigit(c byte) bool { return isPLCDigit(c) }

func scanTID(text string) fault {
	if len(text) != tidLen {
		return fault{min(len(text), tidLen), "not 13 characters long"}
	}
	if i := firstNot(text, isTIDDigit); i < len(text) {
		return fault{i, "character other than 2 to 7 and a to z"}
	}
	if text[0] > 'j' {
		return fault{0, "does not fit 64 bits"}
	}
	return fault{}
}
