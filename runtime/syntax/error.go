package syntax

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxErrorValue is how much of a bad text an error keeps, in bytes.
const maxErrorValue = 64

// Error says in which respect a text is not of a format. All Parse functions
// of this package, and [Check], return errors of this type.
type Error struct {
	// Format is the Lexicon name of the format, such as "did", or a plain name
	// such as "NSID pattern" where Lexicon has none.
	Format string
	// Value is the text, cut after 64 bytes at the latest. It is a copy, and
	// may hold anything; Error quotes it.
	Value string
	// Length is the length of the whole text in bytes.
	Length int
	// Offset is the byte, counted from 0, at which the text stops being right.
	// It is Length where the text ends too early.
	Offset int
	// Reason says what is wrong, as a sentence fragment.
	Reason string
}

// Error returns the format, the quoted value, the reason and the offset.
func (e *Error) Error() string {
	more := ""
	if len(e.Value) < e.Length {
		more = "..."
	}
	return fmt.Sprintf("invalid %s %s%s: %s (at byte %d)", e.Format, strconv.QuoteToASCII(e.Value), more, e.Reason, e.Offset)
}

func newError(format, text string, f fault) *Error {
	return &Error{
		Format: format,
		Value:  strings.Clone(text[:cut(text, maxErrorValue)]),
		Length: len(text),
		Offset: f.at,
		Reason: f.reason,
	}
}

// cut returns the greatest length up to limit at which text can be cut
// without dividing a UTF-8 sequence.
func cut(text string, limit int) int {
	if len(text) <= limit {
		return len(text)
	}
	for n := limit; n > limit-utf8.UTFMax; n-- {
		if utf8.RuneStart(text[n]) {
			return n
		}
	}
	return limit // no UTF-8 anyway
}
