package lexfmt

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// tally says what became of the files of a corpus.
type tally struct {
	Unchanged int // already in canonical form
	Laid      int // of the others, those whose keys alone are put in order
	Changed   int // in their layout, too
	LeftAlone int // no lexicon, or no JSON
}

// TestCorporaKeepTheirContent formats every file that there is. Formatting it
// again changes nothing, and neither the JSON nor the document has changed.
func TestCorporaKeepTheirContent(t *testing.T) {
	t.Parallel()
	for corpus, want := range map[string]tally{
		"lexicons/official":  {Unchanged: 261, Laid: 141},
		"lexicons/community": {Unchanged: 459, Laid: 375, Changed: 339},
		"hostile":            {Changed: 56, LeftAlone: 2},
	} {
		t.Run(corpus, func(t *testing.T) {
			t.Parallel()
			var got tally
			eachFile(t, shared.Dir(t, strings.Split(corpus, "/")...), func(f *diag.File) { got.count(t, f) })
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("files (-want +got):\n%s", diff)
			}
		})
	}
}

func eachFile(t *testing.T, dir string, visit func(*diag.File)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".json" {
			return err
		}
		src, err := os.ReadFile(path)
		visit(diag.NewFile(path, src))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (n *tally) count(t *testing.T, f *diag.File) {
	t.Helper()
	text := Format(f, &diag.Report{})
	switch {
	case text == nil:
		n.LeftAlone++
		return
	case bytes.Equal(text, f.Source()):
		n.Unchanged++
		return
	case bytes.Equal(laid(t, f), f.Source()):
		n.Laid++
	default:
		n.Changed++
	}
	formatted := diag.NewFile(f.Path(), text)
	if again := Format(formatted, &diag.Report{}); !bytes.Equal(text, again) {
		t.Errorf("%s: formatting it again (-once +twice):\n%s", f.Path(), cmp.Diff(string(text), string(again)))
	}
	if diff := cmp.Diff(content(t, f, keywords), content(t, formatted, keywords)); diff != "" {
		t.Errorf("%s: content (-before +after):\n%s", f.Path(), diff)
	}
	if diff := cmp.Diff(definitions(f), definitions(formatted)); diff != "" {
		t.Errorf("%s: definitions (-before +after):\n%s", f.Path(), diff)
	}
}

// laid is the text with its keys in the order of the file.
func laid(t *testing.T, f *diag.File) []byte {
	t.Helper()
	b := builder{src: f.Source()}
	return appendText(nil, b.value(tree(t, f), data))
}

func tree(t *testing.T, f *diag.File) jsontree.Value {
	t.Helper()
	r := &diag.Report{}
	root, _ := jsontree.Parse(f, r)
	if r.HasErrors() {
		t.Fatalf("%s: %s", f.Path(), r.Diagnostics()[0].Message)
	}
	return root
}

// content lists every scalar behind the way to it: texts as they are written,
// members with their number where their order has to stay, and keywords sorted.
func content(t *testing.T, f *diag.File, r role) []string {
	t.Helper()
	lines := contentOf(nil, "", tree(t, f), f.Source(), r)
	slices.Sort(lines)
	return lines
}

func contentOf(lines []string, way string, v jsontree.Value, src []byte, r role) []string {
	switch v := v.(type) {
	case *jsontree.Object:
		lines = append(lines, way+" is an object")
		number := 0
		for _, m := range v.Members {
			key := m.Key.Text
			if r != keywords || rank(key) == len(order) {
				number++
				key = fmt.Sprintf("%d:%s", number, written(m.Key, src))
			}
			lines = contentOf(lines, way+"/"+key, m.Value, src, r.below(m.Key.Text))
		}
		return lines
	case *jsontree.Array:
		lines = append(lines, way+" is an array")
		for i, item := range v.Items {
			lines = contentOf(lines, fmt.Sprintf("%s/%d", way, i), item, src, r)
		}
		return lines
	default:
		return append(lines, way+" "+written(v, src))
	}
}

func written(v diag.Spanner, src []byte) string {
	at := v.Span()
	return string(src[at.Start:at.End])
}

// definitions lists what the parser reads, in order, with what it says.
func definitions(f *diag.File) []string {
	r := &diag.Report{}
	d := parser.Parse(f, r)
	if d == nil {
		return nil
	}
	list := []string{d.ID.Value, d.Description.Value}
	for _, def := range d.Defs {
		list = append(list, def.Name.Value)
	}
	for _, skipped := range d.Skipped {
		list = append(list, "skipped "+skipped.Value)
	}
	var problems []string
	for _, d := range r.Diagnostics() {
		if d.Code != diag.CodeByteOrderMark {
			problems = append(problems, string(d.Code)+" "+d.Message)
		}
	}
	slices.Sort(problems) // keywords may have changed places
	return append(list, problems...)
}

// TestTheLayoutIsThatOfTheOfficialLexicons holds the layout alone, without the
// order of keys, against the files as they are published.
func TestTheLayoutIsThatOfTheOfficialLexicons(t *testing.T) {
	t.Parallel()
	total := 0
	eachFile(t, shared.Dir(t, "lexicons", "official"), func(f *diag.File) {
		total++
		if diff := cmp.Diff(string(f.Source()), string(laid(t, f))); diff != "" {
			t.Errorf("%s (-published +formatted):\n%s", f.Path(), diff)
		}
	})
	if total != 402 {
		t.Errorf("%d files, want 402", total)
	}
}
