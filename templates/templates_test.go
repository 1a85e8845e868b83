package templates

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVisibleLeavesNothingToATerminal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"größe, 日本\n\tx": "größe, 日本\n\tx",
		"\x1b[31m":       "<U+001B>[31m",
		"a\rb":           "a<U+000D>b",
		"\u202eabc":      "<U+202E>abc",
		"\x00\x7f\u009b": "<U+0000><U+007F><U+009B>",
		"\xff\ufffd":     "<FF>\ufffd",
		"":               "",
	} {
		if got := Visible(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestVisibleLineIsOneLine(t *testing.T) {
	t.Parallel()
	if got, want := VisibleLine("a\tb\r\n::c"), "a<U+0009>b<U+000D><U+000A>::c"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestExplainPrintsThePage(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	page := Page{
		Code: "some-code", Severity: "error", Title: "a title", Text: "One.\n\nTwo.",
		Examples: []Example{
			{Heading: "Example", Path: "a\x1b.json", Data: "{\r\n\x1b" + strings.Repeat("ä", 200) + "\n}\n"},
			{Heading: "Mended", Path: "a.json", Data: "{}"},
		},
	}
	if err := Explain(&b, page); err != nil {
		t.Fatal(err)
	}
	want := `some-code (error): a title

One.

Two.

Example, a<U+001B>.json:

    {
    <U+001B>` + strings.Repeat("ä", 99) + `...
    }

Mended, a.json:

    {}
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
}

func TestCodesPrintsALineForEach(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	pages := []Page{{Code: "a", Severity: "error", Title: "one"}, {Code: "longer-code", Severity: "warning", Title: "two"}}
	if err := Codes(&b, pages); err != nil {
		t.Fatal(err)
	}
	want := "a                          error    one\n" +
		"longer-code                warning  two\n"
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	t.Parallel()
	if err := Explain(broken{}, Page{}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
	if err := Codes(broken{}, []Page{{}}); !errors.Is(err, errBroken) {
		t.Errorf("got %v", err)
	}
}

func TestLayoutsNameTheExitStatuses(t *testing.T) {
	t.Parallel()
	if !strings.Contains(Usage(), `index .Annotations "`+ExitKey+`"`) {
		t.Errorf("the layout of usage does not read the annotation %q", ExitKey)
	}
	if !strings.Contains(Help(), ".UsageString") {
		t.Error("the layout of help does not end with the usage")
	}
}
