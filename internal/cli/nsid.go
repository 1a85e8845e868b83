package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// checkNSID refuses what is no NSID, with one that may have been meant.
func checkNSID(text string) error {
	_, err := syntax.ParseNSID(text)
	if err == nil {
		return nil
	}
	if meant := nearestNSID(text); meant != "" {
		return fmt.Errorf("%w; did you mean %s?", err, meant)
	}
	return fmt.Errorf("%w; an NSID is a domain name in reverse order and a name, such as com.example.notes.note", err)
}

// nearestNSID makes an NSID of a text that is nearly one, or returns nothing:
// dots separate segments, labels of the domain are in lower case and have
// hyphens inside, the name is in camel case and begins with a letter.
func nearestNSID(text string) string {
	segments := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("./#", r) })
	if len(segments) == 0 || strings.Contains(text, "://") {
		return ""
	}
	last := len(segments) - 1
	for i, label := range segments[:last] {
		segments[i] = strings.Join(asciiWords(strings.ToLower(label)), "-")
	}
	segments[last] = strings.TrimLeft(camelCase(asciiWords(segments[last])), "0123456789")
	meant := strings.Join(segments, ".")
	if _, err := syntax.ParseNSID(meant); err != nil {
		return ""
	}
	return meant
}

// asciiWords splits a text at everything but ASCII letters and digits.
func asciiWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// camelCase joins words, the first as it is.
func camelCase(words []string) string {
	var b strings.Builder
	for i, word := range words {
		if i > 0 {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
	}
	return b.String()
}

var camelWord = regexp.MustCompile(`[A-Z]*[a-z0-9]+|[A-Z]+`)

// wordsOf splits the name of an NSID, in camel case, into its words, in lower
// case.
func wordsOf(name string) []string {
	words := camelWord.FindAllString(name, -1)
	for i, word := range words {
		words[i] = strings.ToLower(word)
	}
	return words
}

// singular returns the singular of most English nouns.
func singular(noun string) string {
	switch {
	case strings.HasSuffix(noun, "ies"):
		return strings.TrimSuffix(noun, "ies") + "y"
	case strings.HasSuffix(noun, "ss"):
		return noun
	default:
		return strings.TrimSuffix(noun, "s")
	}
}
