package diag_test

import (
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
)

func TestFilePosition(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, src    string
		offset       int
		line, column int
	}{
		{"empty file", "", 0, 1, 1},
		{"start", "ab", 0, 1, 1},
		{"end of file", "ab", 2, 1, 3},
		{"before the start", "ab", -7, 1, 1},
		{"behind the end", "ab", 99, 1, 3},
		{"second line", "a\nbc", 3, 2, 2},
		{"line feed belongs to its line", "a\nb", 1, 1, 2},
		{"inside of a carriage return and line feed", "a\r\nb", 2, 1, 2},
		{"a carriage return alone is a character", "a\rb", 2, 1, 3},
		{"empty last line", "a\n", 2, 2, 1},
		{"code points", "é日😀x", 9, 1, 4},
		{"inside of a code point", "é日x", 4, 1, 2},
		{"bytes that are not UTF-8 count one each", "\xff\xfe\xfdx", 3, 1, 4},
		{"cut code point before a line feed", "\xe6\x97\nx", 3, 2, 1},
		{"byte-order mark", "\ufeffx", 3, 1, 1},
		{"inside of a byte-order mark", "\ufeffx", 1, 1, 1},
		{"byte-order mark alone", "\ufeff", 3, 1, 1},
		{"byte-order mark in the middle", "a\ufeffx", 4, 1, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := diag.NewFile("x", []byte(test.src)).Position(test.offset)
			if diff := cmp.Diff(diag.Position{Line: test.line, Column: test.column}, got); diff != "" {
				t.Errorf("position differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFileLine(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("a/b.json", []byte("\ufeffone\r\n\ntwo\r\r\nthree\n"))
	var got []string
	for n := range f.Lines() + 2 {
		got = append(got, f.Line(n))
	}
	want := []string{"", "one", "", "two\r", "three", "", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("lines 0 to 6 differ (-want +got):\n%s", diff)
	}
}

// TestFilePositionIsCheapInOneHugeLine would decode 10 GB if each position
// counted its line from the start.
func TestFilePositionIsCheapInOneHugeLine(t *testing.T) {
	t.Parallel()
	const size = 2 << 20
	f := diag.NewFile("x", []byte(strings.Repeat("é", size/2)))
	for i := range 5_000 {
		offset := size - 2*i
		if got, want := f.Position(offset).Column, offset/2+1; got != want {
			t.Fatalf("column of offset %d: got %d, want %d", offset, got, want)
		}
	}
}

func TestFileIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	f := diag.NewFile("x", []byte(strings.Repeat("line\n", 1000)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if got := f.Position(2500); got != (diag.Position{Line: 501, Column: 1}) {
				t.Errorf("got %v, want line 501, column 1", got)
			}
		})
	}
	wg.Wait()
}

// FuzzPosition compares with counting from the start, and demands that positions
// ascend and that lines make up the file.
func FuzzPosition(f *testing.F) {
	for _, src := range []string{
		"", "\n", "a\r\nb", "\ufeff{}", "\xff\xe6\x97\n", "é日😀\r\r\n\u2028x", strings.Repeat("ab\xf0", 3000) + "\nx",
	} {
		f.Add([]byte(src), len(src)/2)
	}
	f.Fuzz(func(t *testing.T, src []byte, offset int) {
		file := diag.NewFile("x", src)
		got := file.Position(offset)
		if diff := cmp.Diff(countPosition(string(src), offset), got); diff != "" {
			t.Errorf("position of %d in %q differs (-want +got):\n%s", offset, src, diff)
		}
		next := file.Position(min(max(offset, -1), len(src)) + 1)
		if next.Line < got.Line || next.Line == got.Line && next.Column < got.Column {
			t.Errorf("position %v stands before %v, which is %v", offset+1, next, got)
		}
		checkLines(t, file)
	})
}

// countPosition is the definition of a position, without an index.
func countPosition(src string, offset int) diag.Position {
	text := strings.TrimPrefix(src, "\ufeff")
	offset = min(max(offset-(len(src)-len(text)), 0), len(text))
	start := strings.LastIndexByte(text[:offset], '\n') + 1
	line, _, found := strings.Cut(text[start:], "\n")
	if found {
		line = strings.TrimSuffix(line, "\r")
	}
	column := 1
	for i := 0; i < min(offset-start, len(line)); column++ {
		_, size := utf8.DecodeRuneInString(line[i:])
		if i += size; i > offset-start {
			break
		}
	}
	return diag.Position{Line: 1 + strings.Count(text[:offset], "\n"), Column: column}
}

func checkLines(t *testing.T, file *diag.File) {
	t.Helper()
	var lines []string
	for n := range file.Lines() {
		lines = append(lines, file.Line(n+1))
	}
	want := strings.Split(strings.TrimPrefix(string(file.Source()), "\ufeff"), "\n")
	for i := range want[:len(want)-1] {
		want[i] = strings.TrimSuffix(want[i], "\r")
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("lines differ (-want +got):\n%s", diff)
	}
}
