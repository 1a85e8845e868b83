package lex

import (
	"fmt"
	"strconv"
)

// An Error says where a value could not be written or a text could not be
// read, and why.
type Error struct {
	// Path leads from the value's root, "$", to the place: .name for the
	// member of an object, ["name"] if the name is no plain word, [i] for an
	// item of an array. Long names are cut.
	Path string
	// Offset is the place in the input in bytes from 0, or -1 if there was no
	// input.
	Offset int
	// Reason is a sentence fragment.
	Reason string
}

// Error returns the path, the reason and, if there is one, the offset.
func (e *Error) Error() string {
	s := "lex: " + e.Path + ": " + e.Reason
	if e.Offset >= 0 {
		s += " (offset " + strconv.Itoa(e.Offset) + ")"
	}
	return s
}

// failf returns an Error about the value at hand. Its path grows while the
// stack unwinds.
func failf(format string, args ...any) *Error {
	return &Error{Offset: -1, Reason: fmt.Sprintf(format, args...)}
}

// member puts the member name in front of the path.
func (e *Error) member(name string) *Error {
	e.Path = memberPath(name) + e.Path
	return e
}

// item puts the index i in front of the path.
func (e *Error) item(i int) *Error {
	e.Path = "[" + strconv.Itoa(i) + "]" + e.Path
	return e
}

// asError completes the path. It exists because a nil *Error in an error is
// not nil.
func asError(e *Error) error {
	if e == nil {
		return nil
	}
	e.Path = "$" + e.Path
	return e
}

// maxPathName is how much of a member's name a path shows, in bytes.
const maxPathName = 64

func memberPath(name string) string {
	if isWord(name) && len(name) <= maxPathName {
		return "." + name
	}
	return "[" + quote(name) + "]"
}

func isWord(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '$'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// quote quotes text from outside for a message, and cuts it.
func quote(s string) string {
	if len(s) <= maxPathName {
		return strconv.QuoteToASCII(s)
	}
	return strconv.QuoteToASCII(s[:maxPathName]) + "..."
}

// required says that there must be a value.
func required() *Error { return failf("required, but nil") }

// tooDeep says that a container is one too many.
func tooDeep() *Error { return failf("more than %d objects and arrays inside each other", MaxDepth) }
