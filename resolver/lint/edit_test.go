package lint

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// TestRemovedPartIsGoneAndNothingElse removes an item of any array, and a member
// of any object, however they are laid out.
func TestRemovedPartIsGoneAndNothingElse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		space := rapid.StringOfN(rapid.SampledFrom([]rune(" \t\r\n")), 0, 4, -1)
		n := rapid.IntRange(1, 5).Draw(t, "n")
		gone := rapid.IntRange(0, n-1).Draw(t, "gone")
		isObject := rapid.Bool().Draw(t, "object")
		var parts, want []string
		for i := range n {
			part := rapid.SampledFrom([]string{`"a,]"`, `1`, `{"x":[2]}`, `[]`}).Draw(t, "part")
			if isObject {
				part = `"k` + string(rune('0'+i)) + `"` + space.Draw(t, "s") + ":" + part
			}
			parts = append(parts, space.Draw(t, "s")+part+space.Draw(t, "s"))
			if i != gone {
				want = append(want, part)
			}
		}
		brackets := "[]"
		if isObject {
			brackets = "{}"
		}
		text := brackets[:1] + strings.Join(parts, ",") + brackets[1:]
		got := remove(text, gone)
		if !json.Valid([]byte(got)) {
			t.Fatalf("%q became %q", text, got)
		}
		if diff := cmp.Diff(compact(brackets[:1]+strings.Join(want, ",")+brackets[1:]), compact(got)); diff != "" {
			t.Errorf("%q became %q (-want +got):\n%s", text, got, diff)
		}
	})
}

// remove removes the part with an index from an array or object.
func remove(text string, i int) string {
	file := diag.NewFile("x.json", []byte(text))
	root, _ := jsontree.Parse(file, &diag.Report{})
	var edit Edit
	switch v := root.(type) {
	case *jsontree.Array:
		edit = removeItem(v, i)
	case *jsontree.Object:
		edit = removeMember(v, i)
	}
	return string(apply(file, []Edit{edit}))
}

// compact leaves out white space; no text here has any.
func compact(text string) string {
	return strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(text)
}

func TestLayoutAroundARemovedPartStays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"[1, 2, 3]", "[1, 3]"},
		{"[\n  1,\n  2,\n  3\n]", "[\n  1,\n  3\n]"},
	} {
		if diff := cmp.Diff(c.want, remove(c.text, 1)); diff != "" {
			t.Errorf("the second of %q (-want +got):\n%s", c.text, diff)
		}
	}
	if diff := cmp.Diff("{\n  \"b\": 2\n}", remove("{\n  \"a\": 1,\n  \"b\": 2\n}", 0)); diff != "" {
		t.Errorf("the first member (-want +got):\n%s", diff)
	}
}

// TestEditsThatTouchWait inserts edits between, beside and over each other.
func TestEditsThatTouchWait(t *testing.T) {
	t.Parallel()
	file := diag.NewFile("x.json", []byte("0123456789"))
	edit := func(start, end int) []Edit {
		return []Edit{{Span: diag.Span{File: file, Start: start, End: end}, Text: "_"}}
	}
	list, ok := insert(edit(2, 4), edit(6, 8))
	if !ok {
		t.Fatal("edits apart from each other are refused")
	}
	for _, c := range []struct {
		start, end int
		want       bool
	}{{0, 2, true}, {4, 6, true}, {8, 10, true}, {2, 4, false}, {3, 5, false}, {1, 3, false}, {5, 7, false}, {0, 10, false}} {
		if _, ok := insert(append([]Edit{}, list...), edit(c.start, c.end)); ok != c.want {
			t.Errorf("%d-%d fits: %t, want %t", c.start, c.end, ok, c.want)
		}
	}
	if got := string(apply(file, list)); got != "01_45_89" {
		t.Errorf("applied: %q", got)
	}
}

func TestReplacedTextIsJSON(t *testing.T) {
	t.Parallel()
	file := diag.NewFile("x.json", []byte(`["a"]`))
	at := diag.Span{File: file, Start: 1, End: 4}
	if got := string(apply(file, []Edit{replaceText(at, "q\"<\u2028")})); !json.Valid([]byte(got)) {
		t.Errorf("became %s", got)
	}
}
