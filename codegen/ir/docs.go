package ir

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lexgen/lexgen/parser"
)

// Doc is a comment: paragraphs of lines, none of which holds a line break, a
// control character or a character that changes the direction of text.
type Doc struct {
	Lines []string // "" separates paragraphs
	Note  string   // what stands behind a field on its own line
}

// docWidth is the width at which comment text is wrapped.
const docWidth = 100

// writer makes the comments of one program.
type writer struct{ mode DocMode }

// declaration documents a declared name: one sentence about what it is, the
// schema's description, further paragraphs, and a deprecation.
func (w writer) declaration(sentence string, description parser.Text, more ...string) Doc {
	paragraphs := wrap(sentence)
	if w.mode == DocsFull {
		paragraphs = appendParagraph(paragraphs, prose(description.Value))
	}
	if w.mode != DocsNone {
		for _, text := range more {
			paragraphs = appendParagraph(paragraphs, wrap(text))
		}
	}
	return Doc{Lines: appendParagraph(paragraphs, w.deprecation(description))}
}

// packageDoc says what a package holds.
func packageDoc(pkg *Package) Doc {
	if pkg.FakesOf != nil {
		return fakesDoc(pkg)
	}
	lexicons := strings.Join(pkg.Prefixes, ".*, ") + ".*"
	if pkg.AliasOf == nil {
		return Doc{Lines: wrap(fmt.Sprintf("Package %s holds the Go types of the lexicons %s.", pkg.Name, lexicons))}
	}
	return Doc{Lines: wrap(fmt.Sprintf("Package %s names the Go types of the lexicons %s, which refer to those of other packages and back "+
		"and are therefore in package %s.", pkg.Name, lexicons, pkg.AliasOf.Name))}
}

// field documents a field: the description above it, its constraints behind
// it.
func (w writer) field(description parser.Text, constraints []string, more ...string) Doc {
	if w.mode == DocsNone {
		return Doc{}
	}
	var lines []string
	if w.mode == DocsFull {
		lines = prose(description.Value)
	}
	for _, text := range more {
		lines = appendParagraph(lines, wrap(text))
	}
	lines = appendParagraph(lines, w.deprecation(description))
	return Doc{Lines: lines, Note: clean(strings.Join(constraints, ", "))}
}

// deprecation is the paragraph that Go tools recognise, where the description
// begins by saying that its subject is deprecated.
func (w writer) deprecation(description parser.Text) []string {
	reason, ok := deprecated(description.Value)
	if !ok {
		return nil
	}
	if reason == "" || w.mode != DocsFull {
		reason = "the schema says so."
	}
	return wrap("Deprecated: " + reason)
}

// deprecated reports whether a description begins with the word, and returns
// what follows.
func deprecated(description string) (reason string, ok bool) {
	const word = "deprecated"
	text := strings.TrimSpace(clean(description))
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return "", false
	}
	rest := text[len(word):]
	if next, _ := utf8.DecodeRuneInString(rest); rest != "" && identifierRune(next) {
		return "", false // another word that begins like this one
	}
	return strings.TrimLeft(rest, " .,;:-\u2013\u2014"), true
}

func appendParagraph(lines, paragraph []string) []string {
	if len(paragraph) == 0 {
		return lines
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return append(lines, paragraph...)
}

// prose turns a stranger's text into comment lines. Line breaks separate
// paragraphs; a text that begins with a deprecation is left to that.
func prose(text string) []string {
	if _, ok := deprecated(text); ok {
		return nil
	}
	var lines []string
	for _, line := range strings.FieldsFunc(text, lineBreak) {
		lines = appendParagraph(lines, wrap(line))
	}
	return lines
}

func lineBreak(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// clean drops what is no text: control characters, bytes that are no UTF-8,
// and marks that reorder what a reader sees.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == utf8.RuneError, !unicode.IsPrint(r), unicode.Is(unicode.Bidi_Control, r):
			return -1
		}
		return r
	}, text)
}

// wrap cleans text and breaks it at spaces into lines of at most docWidth
// bytes, longer words excepted. No line is a build constraint: gofmt would move
// it to the top of the file from wherever it stands.
func wrap(text string) []string {
	var lines []string
	var line strings.Builder
	for word := range strings.FieldsSeq(clean(text)) {
		if line.Len() > 0 && line.Len()+1+len(word) > docWidth {
			lines = append(lines, line.String())
			line.Reset()
		}
		switch {
		case line.Len() > 0:
			line.WriteByte(' ')
		case word == "+build":
			word = strconv.Quote(word)
		}
		line.WriteString(word)
	}
	if line.Len() > 0 {
		lines = append(lines, line.String())
	}
	return lines
}

// constraints lists in words what a type demands of its values.
func constraints(t parser.Type) []string {
	var list []string
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	switch t := t.(type) {
	case *parser.Boolean:
		addConst(add, t.Const, t.Default)
	case *parser.Integer:
		bounds(add, "", t.Minimum, t.Maximum)
		if len(t.Enum) > 0 {
			add("%s", choice(distinctInts(t.Enum), func(i *parser.Int) string { return strconv.FormatInt(i.Value, 10) }))
		}
		if t.Const != nil {
			add("always %d", t.Const.Value)
		}
		if t.Default != nil {
			add("default %d", t.Default.Value)
		}
	case *parser.String:
		bounds(add, " bytes", t.MinLength, t.MaxLength)
		bounds(add, " graphemes", t.MinGraphemes, t.MaxGraphemes)
		if t.Const != nil {
			add("always %s", quoted(t.Const.Value))
		}
		if t.Default != nil {
			add("default %s", quoted(t.Default.Value))
		}
	case *parser.Bytes:
		bounds(add, " bytes", t.MinLength, t.MaxLength)
	case *parser.Blob:
		blobConstraints(add, t)
	case *parser.Array:
		bounds(add, " items", t.MinLength, t.MaxLength)
	}
	return list
}

type adder func(format string, args ...any)

func addConst(add adder, constant, def *parser.Bool) {
	if constant != nil {
		add("always %t", constant.Value)
	}
	if def != nil {
		add("default %t", def.Value)
	}
}

func bounds(add adder, unit string, low, high *parser.Int) {
	switch {
	case low != nil && high != nil:
		add("%d to %d%s", low.Value, high.Value, unit)
	case low != nil:
		add("at least %d%s", low.Value, unit)
	case high != nil:
		add("at most %d%s", high.Value, unit)
	}
}

func blobConstraints(add adder, t *parser.Blob) {
	if len(t.Accept) > 0 {
		add("%s", choice(t.Accept, func(accept parser.Text) string { return brief(accept.Value) }))
	}
	bounds(add, " bytes", nil, t.MaxSize)
}

// maxChoice is how many alternatives a comment lists.
const maxChoice = 8

// choice lists alternatives in words, the first few of many.
func choice[E any](list []E, text func(E) string) string {
	var words []string
	for _, e := range list[:min(len(list), maxChoice)] {
		words = append(words, text(e))
	}
	if len(list) > maxChoice {
		words = append(words, "…")
	}
	return strings.Join(words, " or ")
}

// quoted is a short text in quotes, for constraints.
func quoted(text string) string { return fmt.Sprintf("%q", brief(text)) }

// brief cuts what a stranger wrote to a length that fits a comment.
func brief(text string) string {
	const limit = 128
	if len(text) > limit {
		return clean(cut(text, limit)) + "…"
	}
	return clean(text)
}
