package lexfmt_test

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/lexfmt"
)

// TestGolden shows for each choice of the layout and the order what becomes of
// a file, or why it is left alone.
func TestGolden(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		r := &diag.Report{}
		for _, name := range slices.Sorted(maps.Keys(c.In)) {
			if text := lexfmt.Format(diag.NewFile(name, []byte(c.In[name])), r); text != nil {
				c.Output(name, string(text))
				checkFormatted(t, text)
			}
		}
		if r.Len() > 0 {
			var told bytes.Buffer
			if err := (diag.Text{}).Print(&told, r.Diagnostics()); err != nil {
				t.Fatal(err)
			}
			c.Output("diagnostics.txt", told.String())
		}
	})
}

// checkFormatted checks that formatting changes nothing.
func checkFormatted(t *testing.T, text []byte) {
	t.Helper()
	r := &diag.Report{}
	if again := lexfmt.Format(diag.NewFile("again.json", text), r); !bytes.Equal(text, again) || r.Len() > 0 {
		t.Errorf("formatted again, with %d diagnostics:\n%s\nbecame\n%s", r.Len(), text, again)
	}
}

func TestByteOrderMarkAndCarriageReturnsGo(t *testing.T) {
	t.Parallel()
	r := &diag.Report{}
	src := "\ufeff{\r\n\"lexicon\": 1,\r\n\r\n\"id\": \"com.example.a\"\r\n}\r\n"
	got := lexfmt.Format(diag.NewFile("a.json", []byte(src)), r)
	want := "{\n  \"lexicon\": 1,\n\n  \"id\": \"com.example.a\"\n}\n"
	if string(got) != want || r.Len() > 0 {
		t.Errorf("got %q and %d diagnostics, want %q", got, r.Len(), want)
	}
}

func TestALineHoldsExactlyItsWidth(t *testing.T) {
	t.Parallel()
	line := func(text string) string {
		return `  "x": { "description": "` + text + `" }`
	}
	for _, c := range []struct {
		text string
		fits bool
	}{
		{strings.Repeat("x", lexfmt.Width-len(line(""))), true},
		{strings.Repeat("x", lexfmt.Width-len(line(""))+1), false},
		{strings.Repeat("ü", lexfmt.Width-len(line(""))), true}, // code points count, not bytes
	} {
		src := "{\n  \"lexicon\": 1,\n" + line(c.text) + "\n}\n"
		got := lexfmt.Format(diag.NewFile("a.json", []byte(src)), &diag.Report{})
		if fits := string(got) == src; fits != c.fits {
			t.Errorf("%d bytes: on one line is %t, want %t:\n%s", len(c.text), fits, c.fits, got)
		}
	}
}

func TestLimitsAreThoseOfTheReader(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"deep":   `{"lexicon":1,"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}`,
		"values": `{"lexicon":1,"x":[0` + strings.Repeat(",0", 1<<15) + `]}`,
		"bytes":  `{"lexicon":1,"x":"` + strings.Repeat("x", 16<<20) + `"}`,
	} {
		r := &diag.Report{}
		if text := lexfmt.Format(diag.NewFile("a.json", []byte(src)), r); text != nil || !r.HasErrors() {
			t.Errorf("%s: %d bytes were formatted", name, len(text))
		}
	}
}
