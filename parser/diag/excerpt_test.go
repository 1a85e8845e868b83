package diag

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wholeLine makes the excerpt from all cells of a line.
func wholeLine(span Span, mark string) excerpt {
	f := span.File
	low, high := f.lineRange(1)
	start := min(max(span.Start, low), high)
	lead, trail := cells(f.src, low, start, math.MaxInt), cells(f.src, start, high, math.MaxInt)
	lead, cutLead := fitLead(lead, width(trail))
	trail, cutTrail := fit(trail, excerptWidth-width(lead))
	return excerpt{
		line:      1,
		text:      clipIf(cutLead) + text(lead) + text(trail) + clipIf(cutTrail),
		underline: clipBlank(cutLead) + strings.Repeat(" ", width(lead)) + underline(trail, min(max(span.End, start), high), mark),
	}
}

// TestExcerptIsThatOfTheWholeLine has lines of clusters of many sizes, so that what
// is looked at begins and ends anywhere.
func TestExcerptIsThatOfTheWholeLine(t *testing.T) {
	t.Parallel()
	pieces := []string{"a", " ", "\t", "é", "e\u0301\u0302", "世", "👩\u200d👩", "🇩🇪", "\u202e", "\xff", "\u200b", strings.Repeat("x", 90), strings.Repeat("\u0301", 9), "aa" + strings.Repeat("\u0301", 6)}
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(rapid.SampledFrom(pieces), 1, 3).Draw(t, "some") // so that some lines are narrow for their bytes
		line := strings.Join(rapid.SliceOfN(rapid.SampledFrom(some), 1, 400).Draw(t, "line"), "")
		line = strings.Repeat(line, rapid.IntRange(1, 40).Draw(t, "times"))
		if len(line) > excerptReach {
			line = line[:excerptReach]
		}
		start := len(line) - rapid.IntRange(0, len(line)).Draw(t, "behind")
		span := Span{File: NewFile("x", []byte(line)), Start: start, End: rapid.IntRange(start, len(line)).Draw(t, "end")}
		if got, want := excerptOf(span, "^"), wholeLine(span, "^"); got != want {
			t.Errorf("got  %q\n     %q\nwant %q\n     %q", got.text, got.underline, want.text, want.underline)
		}
	})
}

// TestExcerptLooksAtLittle counts the cells that are made of a line of a megabyte,
// since a file may have thousands of diagnostics in one line.
func TestExcerptLooksAtLittle(t *testing.T) {
	t.Parallel()
	for _, piece := range []string{"x", `"a": 1, `, `{"type": "世界"}, `} {
		src := bytes.Repeat([]byte(piece), 1<<20/len(piece))
		middle := len(src) / 2 / len(piece) * len(piece)
		lead, _ := leadCells(src, 0, middle)
		trail := cells(src, middle, middle+excerptReach, excerptWidth)
		if n := len(lead) + len(trail); n < excerptWidth || n > 4*excerptWidth {
			t.Errorf("%q: %d cells", piece, n)
		}
	}
}
