package lint

import (
	"strings"
	"unicode"

	"github.com/lexgen/lexgen/parser/diag"
)

// wordsOf splits a name into lower-case words: at what is no letter or digit, at
// a capital behind a small letter or digit, and before the last of several
// capitals where a small letter follows that is no s at the end, as in URLs.
func wordsOf(name string) []string {
	runes := []rune(name)
	var words []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
		}
		word = nil
	}
	for i, r := range runes {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			end()
			continue
		}
		if unicode.IsUpper(r) && len(word) > 0 {
			next := i+1 < len(runes) && unicode.IsLower(runes[i+1]) && string(runes[i+1:]) != "s"
			if !unicode.IsUpper(runes[i-1]) || next {
				end()
			}
		}
		word = append(word, r)
	}
	end()
	return words
}

// camel joins words as in fooBarBaz.
func camel(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			w = capital(w)
		}
		b.WriteString(w)
	}
	return b.String()
}

// pascal joins words as in FooBarBaz.
func pascal(words []string) string { return capital(camel(words)) }

// capital makes the first letter of a word a capital.
func capital(word string) string {
	for i, r := range word {
		return string(unicode.ToUpper(r)) + word[i+len(string(r)):]
	}
	return ""
}

// isCamel reports whether a name is ASCII letters and digits and begins with a
// small letter.
func isCamel(name string) bool { return isAlphanumeric(name) && 'a' <= name[0] && name[0] <= 'z' }

// isPascal reports whether a name is ASCII letters and digits and begins with a
// capital.
func isPascal(name string) bool { return isAlphanumeric(name) && 'A' <= name[0] && name[0] <= 'Z' }

// isAlphanumeric reports whether a name is not empty and has only ASCII letters
// and digits.
func isAlphanumeric(name string) bool {
	for _, c := range []byte(name) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// isPlural guesses whether an English word is one.
func isPlural(word string) bool {
	if len(word) < 4 || !strings.HasSuffix(word, "s") {
		return false
	}
	for _, ending := range []string{"ss", "us", "is", "news", "series", "species", "analytics", "settings", "status", "address", "access"} {
		if strings.HasSuffix(word, ending) {
			return false
		}
	}
	return true
}

// suggestIf suggests a name if it is what a style asks for.
func suggestIf(fits func(string) bool, name string) diag.Option {
	if !fits(name) {
		name = ""
	}
	return diag.Suggest(name)
}

// nameOfID returns the last segment of an NSID.
func nameOfID(id string) string { return id[strings.LastIndexByte(id, '.')+1:] }

// parentOfID returns an NSID without its last segment, with the dot.
func parentOfID(id string) string { return id[:strings.LastIndexByte(id, '.')+1] }
