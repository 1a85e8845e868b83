package syntax

import "strings"

// MaxLanguageLen is the greatest length of a language tag in bytes. The
// specification sets none; peers agree on this one.
const MaxLanguageLen = 128

const maxSubtagLen = 8

// Language is a BCP 47 language tag such as pt-BR (SY-22). Its letter case has
// no meaning, and is kept.
type Language string

// ParseLanguage returns text as a language tag if it is one by the grammar of
// RFC 5646 and no variant or extension occurs twice in it. A language of two
// or three letters, or five to eight, is in lower case; there is none of four
// letters. [Check] accepts more, namely everything that looks like a tag.
func ParseLanguage(text string) (Language, error) {
	return parse[Language](FormatLanguage, text, scanLanguage)
}

// String returns l as a string.
func (l Language) String() string { return string(l) }

// scanLanguageTag scans the outline of a language tag: a first subtag that can
// be one, and more subtags of letters and digits.
func scanLanguageTag(text string) fault {
	if f := tooLong(text, MaxLanguageLen); f.found() {
		return f
	}
	first, more := cutSegment(text, '-')
	if f := scanFirstSubtag(first, more); f.found() {
		return f
	}
	for at := len(first) + 1; more; {
		var subtag string
		subtag, more = cutSegment(text[at:], '-')
		if f := scanSubtag(subtag); f.found() {
			return f.shift(at)
		}
		at += len(subtag) + 1
	}
	return fault{}
}

func scanFirstSubtag(first string, more bool) fault {
	if first == "i" || first == "x" || first == "X" {
		if !more {
			return fault{len(first), "nothing behind the prefix"}
		}
		return fault{}
	}
	if i := firstNot(first, isLower); i < len(first) {
		return fault{i, "language has a character other than a lower-case letter"}
	}
	if n := len(first); n < 2 || n == 4 || n > maxSubtagLen {
		return fault{n, "language is not of 2, 3 or 5 to 8 letters"}
	}
	return fault{}
}

func scanSubtag(subtag string) fault {
	switch i := firstNot(subtag, isAlnum); {
	case subtag == "":
		return fault{0, "empty subtag"}
	case i < len(subtag):
		return fault{i, "subtag has a character other than a letter or digit"}
	case len(subtag) > maxSubtagLen:
		return fault{maxSubtagLen, "subtag is longer than 8 bytes"}
	}
	return fault{}
}

// scanLanguage scans a language tag by the grammar of RFC 5646, section 2.1.
func scanLanguage(text string) fault {
	if f := scanLanguageTag(text); f.found() {
		return f
	}
	if isIrregular(text) {
		return fault{}
	}
	s := subtagScanner{text: text}
	if !s.atPrivateUse() {
		s.langtag()
	}
	s.privateUse()
	if s.at < len(text) {
		s.fail("subtag that cannot stand here")
	}
	return s.fault
}

// irregular has the tags that RFC 5646 keeps although they do not follow its
// grammar.
var irregular = [...]string{
	"en-GB-oed", "sgn-BE-FR", "sgn-BE-NL", "sgn-CH-DE",
	"i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux",
	"i-mingo", "i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu",
}

func isIrregular(text string) bool {
	for _, tag := range irregular {
		if equalFold(tag, text) {
			return true
		}
	}
	return false
}

// subtagScanner reads the subtags of a tag of the right outline from left to
// right. After its first fault it stands still.
type subtagScanner struct {
	text  string
	at    int // where the next subtag begins, len(text) or more at the end
	fault fault
}

func (s *subtagScanner) fail(reason string) {
	if !s.fault.found() {
		s.fault = fault{min(s.at, len(s.text)), reason}
	}
}

// peek returns the next subtag, or "" at the end and after a fault.
func (s *subtagScanner) peek() string {
	if s.fault.found() || s.at >= len(s.text) {
		return ""
	}
	subtag, _ := cutSegment(s.text[s.at:], '-')
	return subtag
}

func (s *subtagScanner) next() { s.at += len(s.peek()) + 1 }

// skip skips up to limit subtags of the kind that is tells, and returns how
// many there were.
func (s *subtagScanner) skip(limit int, is func(string) bool) int {
	n := 0
	for ; n < limit && s.peek() != "" && is(s.peek()); n++ {
		s.next()
	}
	return n
}

func (s *subtagScanner) langtag() {
	first := s.peek()
	if len(first) == 1 {
		s.fail("unknown tag with the prefix i")
		return
	}
	s.next()
	if len(first) <= 3 {
		s.skip(3, isExtlang)
	}
	s.skip(1, isScript)
	s.skip(1, isRegion)
	s.variants()
	s.extensions()
}

func (s *subtagScanner) variants() {
	first := s.at
	for isVariant(s.peek()) {
		if s.repeats(first) {
			s.fail("variant occurs twice")
			return
		}
		s.next()
	}
}

// repeats reports whether the next subtag is among those from start on.
func (s *subtagScanner) repeats(start int) bool {
	for subtag := range strings.SplitSeq(s.text[start:s.at], "-") {
		if equalFold(subtag, s.peek()) {
			return true
		}
	}
	return false
}

func (s *subtagScanner) extensions() {
	var seen uint64 // a bit per singleton
	for len(s.peek()) == 1 && !s.atPrivateUse() {
		bit := uint64(1) << singletonIndex(s.peek()[0])
		if seen&bit != 0 {
			s.fail("extension occurs twice")
			return
		}
		seen |= bit
		s.next()
		if s.skip(len(s.text), isExtensionPart) == 0 {
			s.fail("extension is empty")
		}
	}
}

func (s *subtagScanner) atPrivateUse() bool { return s.peek() == "x" || s.peek() == "X" }

func (s *subtagScanner) privateUse() {
	if !s.atPrivateUse() {
		return
	}
	s.next()
	if s.skip(len(s.text), isPrivatePart) == 0 {
		s.fail("private use is empty")
	}
}

// singletonIndex numbers the letters, without regard to case, and digits.
func singletonIndex(c byte) int {
	if isDigit(c) {
		return int(c - '0')
	}
	return int(c|0x20-'a') + 10
}

func isExtlang(subtag string) bool { return len(subtag) == 3 && allAlpha(subtag) }
func isScript(subtag string) bool  { return len(subtag) == 4 && allAlpha(subtag) }

func isRegion(subtag string) bool {
	return len(subtag) == 2 && allAlpha(subtag) || len(subtag) == 3 && firstNot(subtag, isDigit) == 3
}

func isVariant(subtag string) bool {
	return len(subtag) >= 5 || len(subtag) == 4 && isDigit(subtag[0])
}

func isExtensionPart(subtag string) bool { return len(subtag) >= 2 }
func isPrivatePart(string) bool          { return true }

func allAlpha(text string) bool { return firstNot(text, isAlpha) == len(text) }
