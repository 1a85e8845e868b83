package syntax_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// untyped makes a Parse function one that returns what its String gives.
func untyped[T interface{ String() string }](parse func(string) (T, error)) func(string) (string, error) {
	return func(text string) (string, error) {
		v, err := parse(text)
		return v.String(), err
	}
}

// parsers has the Parse function of each format.
func parsers() map[string]func(string) (string, error) {
	return map[string]func(string) (string, error){
		syntax.FormatAtIdentifier: untyped(syntax.ParseAtIdentifier),
		syntax.FormatATURI:        untyped(syntax.ParseATURI),
		syntax.FormatCID:          untyped(syntax.ParseCID),
		syntax.FormatDatetime:     untyped(syntax.ParseDatetime),
		syntax.FormatDID:          untyped(syntax.ParseDID),
		syntax.FormatHandle:       untyped(syntax.ParseHandle),
		syntax.FormatLanguage:     untyped(syntax.ParseLanguage),
		syntax.FormatNSID:         untyped(syntax.ParseNSID),
		syntax.FormatRecordKey:    untyped(syntax.ParseRecordKey),
		syntax.FormatTID:          untyped(syntax.ParseTID),
		syntax.FormatURI:          untyped(syntax.ParseURI),
	}
}

// vectorFiles names the format of each file of vectors, by the start of its
// name.
var vectorFiles = map[string]string{
	"atidentifier": syntax.FormatAtIdentifier,
	"aturi":        syntax.FormatATURI,
	"cid":          syntax.FormatCID,
	"datetime":     syntax.FormatDatetime,
	"did":          syntax.FormatDID,
	"handle":       syntax.FormatHandle,
	"language":     syntax.FormatLanguage,
	"nsid":         syntax.FormatNSID,
	"recordkey":    syntax.FormatRecordKey,
	"tid":          syntax.FormatTID,
	"uri":          syntax.FormatURI,
}

// vectorLines returns the lines of a file that are no comments.
func vectorLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
		return line == "" || strings.HasPrefix(line, "#")
	})
}

func TestInteropVectors_VE01_SY28(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join(shared.Dir(t, "interop", "syntax"), "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(paths) != 24 {
		t.Errorf("%d files, want 24", len(paths))
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			what, kind, _ := strings.Cut(name, "_")
			format, ok := vectorFiles[what]
			if !ok {
				t.Fatalf("no format for file %s", path)
			}
			lines := vectorLines(t, path)
			if len(lines) == 0 {
				t.Fatal("no vectors")
			}
			for _, line := range lines {
				checkVector(t, format, kind, line)
			}
		})
	}
}

func checkVector(t *testing.T, format, kind, line string) {
	t.Helper()
	got, parseErr := parsers()[format](line)
	checkErr := syntax.Check(format, line)
	switch kind {
	case "syntax_valid":
		if parseErr != nil || checkErr != nil || got != line {
			t.Errorf("valid: %q: Parse %v, Check %v", line, parseErr, checkErr)
		}
	case "syntax_invalid":
		if parseErr == nil || checkErr == nil {
			t.Errorf("invalid: %q: Parse %v, Check %v", line, parseErr, checkErr)
		}
	case "parse_invalid": // of the right outline, and yet without meaning
		if parseErr == nil {
			t.Errorf("without meaning: %q: Parse accepts", line)
		}
		if format == syntax.FormatLanguage && checkErr != nil {
			t.Errorf("of the right outline: %q: Check %v", line, checkErr)
		}
	default:
		t.Errorf("unknown kind of file %q", kind)
	}
}

func TestFormats_SY28(t *testing.T) {
	t.Parallel()
	names := syntax.Formats()
	if !slices.IsSorted(names) || len(names) != 11 {
		t.Errorf("Formats = %v", names)
	}
	want := make([]string, 0, len(names))
	for name := range parsers() {
		want = append(want, name)
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("formats (-want +got):\n%s", diff)
	}
	for _, name := range names {
		if !syntax.ValidFormat(name) {
			t.Errorf("ValidFormat(%q) is false", name)
		}
		if syntax.Check(name, " ") == nil {
			t.Errorf("%s accepts a space", name)
		}
	}
	for _, name := range []string{"", "datetimes", "DID", "any"} {
		if syntax.ValidFormat(name) {
			t.Errorf("ValidFormat(%q) is true", name)
		}
		if err := syntax.Check(name, " "); err != nil {
			t.Errorf("unknown format %q constrains: %v", name, err)
		}
	}
}
