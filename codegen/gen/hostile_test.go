package gen_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/shared"
)

// hostileCase is one line of expect.tsv.
type hostileCase struct{ name, verdict string }

func hostileCases(t testing.TB) []hostileCase {
	t.Helper()
	file, err := os.Open(filepath.Join(shared.Dir(t, "hostile"), "expect.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r := csv.NewReader(file)
	r.Comma = '\t'
	r.LazyQuotes = true
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var cases []hostileCase
	for _, row := range rows[1:] {
		cases = append(cases, hostileCase{row[0], row[1]})
	}
	return cases
}

// TestHostileLexiconsCompileOrAreRefused runs every case of the hostile corpus:
// what should compile does, in one module, and what should not is refused. The
// golden file holds every message, merge and renaming.
func TestHostileLexiconsCompileOrAreRefused(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/hostile")
	var report strings.Builder
	for _, c := range hostileCases(t) {
		folder := "c" + strings.ReplaceAll(c.name, "-", "")
		o := pipeline(t, ir.Options{Module: m.Path + "/" + folder}, corpus(t, c.name, "hostile", c.name))
		refused := o.program == nil
		if want := strings.Contains(c.verdict, "refused"); refused != want {
			t.Errorf("%s: refused is %t, expected: %s", c.name, refused, c.verdict)
		}
		report.WriteString("== " + c.name + ": " + c.verdict + "\n")
		report.WriteString(firstLines(t, o.report))
		if refused {
			continue
		}
		report.WriteString(explained(o.program))
		m.WriteAll(t, folder, o.files)
	}
	m.Go(t, "", "build", "./...")
	m.Go(t, "", "vet", "./...")
	golden.File(t, "testdata/hostile.txt", report.String())
}

// explained says what the layout and the names had to decide.
func explained(p *ir.Program) string {
	var b strings.Builder
	for _, merge := range p.Merges {
		b.WriteString("merged " + strings.Join(merge.Prefixes, " and ") + " into " + merge.Into.Name + "\n")
		for _, ref := range merge.Because {
			span := ref.At.Span()
			pos := span.File.Position(span.Start)
			fmt.Fprintf(&b, "    because %s refers to %s at %s:%d:%d\n", ref.From, ref.To, span.File.Path(), pos.Line, pos.Column)
		}
	}
	for _, r := range p.Renames {
		b.WriteString("renamed " + r.ID + ": " + r.Wanted + " is " + r.Occupant + ", so it is " + r.Got + "\n")
	}
	return b.String()
}
