package ir

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/parser"
)

func text(s string) parser.Text { return parser.Text{Value: s} }

// strangeText draws text full of what a comment must not hold.
func strangeText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOf(rapid.OneOf(
			rapid.String(),
			rapid.SampledFrom([]string{
				"\n", "\r\n", "\r", "\v", "\f", "\u0085", "\u2028", "\u2029", "\x00", "\x1b[31m", "\x7f", "\u200b", "\u200e", "\u200f", "\u061c",
				"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069", "\ufeff", "\ufffd", "\xff", "\xc0\xaf",
				"\U000e0041", "\U000f0000", "*/", "//", "deprecated", "Deprecated: ", " ", "\t", strings.Repeat("word ", 30), strings.Repeat("w", 120),
			}),
		)).Draw(t, "parts")
		return strings.Join(parts, "")
	})
}

// check proves that lines hold nothing but text, and are as wide as allowed.
func check(t rapid.TB, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("%q holds more than text", line)
		}
		if len(line) > docWidth && strings.Contains(line, " ") {
			t.Errorf("%q has %d bytes", line, len(line))
		}
		if strings.TrimSpace(line) != line {
			t.Errorf("%q has spaces at an end", line)
		}
	}
}

func TestCommentsAreClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := strangeText().Draw(t, "a"), strangeText().Draw(t, "b")
		for _, mode := range []DocMode{DocsFull, DocsStructure, DocsNone} {
			w := writer{mode}
			check(t, w.declaration("X is "+a, text(b), a, b).Lines...)
			field := w.field(text(a), []string{b}, b)
			check(t, field.Lines...)
			if strings.ContainsFunc(field.Note, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("the note %q holds more than text", field.Note)
			}
		}
		check(t, strings.Fields(quoted(a))...)
	})
}

func TestCommentsNeverBeginOrEndWithAnEmptyLine(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		lines := writer{DocsFull}.declaration("X is.", text(strangeText().Draw(t, "description")), strangeText().Draw(t, "more")).Lines
		if lines[0] == "" || lines[len(lines)-1] == "" {
			t.Errorf("%q begins or ends with an empty line", lines)
		}
		if strings.Contains(strings.Join(lines, "\n"), "\n\n\n") {
			t.Errorf("%q has two empty lines together", lines)
		}
	})
}

func TestWrapKeepsEveryWord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := strangeText().Draw(t, "text")
		want := strings.Fields(clean(in))
		if diff := cmp.Diff(want, strings.Fields(strings.Join(wrap(in), " "))); diff != "" {
			t.Errorf("words differ (-in +wrapped):\n%s", diff)
		}
	})
}

func TestDeprecationIsRecognised(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"Deprecated":                        "Deprecated: the schema says so.",
		"deprecated.":                       "Deprecated: the schema says so.",
		"DEPRECATED: use x":                 "Deprecated: use x",
		" Deprecated – use x instead.":      "Deprecated: use x instead.",
		"Deprecated\nsince long":            "Deprecated: since long",
		"\u202eDeprecated use x":            "Deprecated: use x",
		"deprecated, unused.":               "Deprecated: unused.",
		"Deprecatedness is no word":         "",
		"This is deprecated":                "",
		"":                                  "",
		"deprecate":                         "",
		"Deprecated (see\u2028func init())": "Deprecated: (see func init())",
	}
	for description, want := range cases {
		if got := strings.Join(writer{DocsFull}.deprecation(text(description)), "\n"); got != want {
			t.Errorf("%q became %q, want %q", description, got, want)
		}
	}
	if got := (writer{DocsStructure}).deprecation(text("Deprecated: secret")); strings.Join(got, "") != "Deprecated: the schema says so." {
		t.Errorf("without the schema's prose it became %q", got)
	}
}

func TestConstraintsAreShort(t *testing.T) {
	t.Parallel()
	long := &parser.Integer{}
	for i := range 1000 {
		long.Enum = append(long.Enum, parser.Int{Value: int64(i)})
	}
	if got, want := strings.Join(constraints(long), ", "), "0 or 1 or 2 or 3 or 4 or 5 or 6 or 7 or …"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	value := text(strings.Repeat("x", 10_000))
	if got := strings.Join(constraints(&parser.String{Const: &value}), ", "); len(got) > 200 {
		t.Errorf("a constant of 10,000 bytes became a comment of %d", len(got))
	}
}
