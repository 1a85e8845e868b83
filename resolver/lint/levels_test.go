package lint_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

func TestLevelsHaveNames(t *testing.T) {
	t.Parallel()
	for i, name := range lint.LevelNames() {
		level, err := lint.ParseLevel(name)
		if err != nil || level != lint.Level(i) || level.String() != name {
			t.Errorf("%s: %v, %v", name, level, err)
		}
	}
	if _, err := lint.ParseLevel("fatal"); err == nil || !strings.Contains(err.Error(), "off, warning, error") {
		t.Errorf("fatal: %v", err)
	}
}

func TestErrorsOfTheLanguageCannotBeLowered(t *testing.T) {
	t.Parallel()
	levels := lint.Levels{}
	for _, c := range []struct {
		code  diag.Code
		level lint.Level
		fine  bool
	}{
		{diag.CodeUnboundedString, lint.Error, true},
		{diag.CodeValueLimit, lint.Off, true},
		{diag.CodeUnknownAttribute, lint.Off, true},
		{diag.CodePathMismatch, lint.Warning, true},
		{diag.CodeMissingLexicon, lint.Error, true},
		{diag.CodeMissingLexicon, lint.Warning, false},
		{diag.CodeInvalidData, lint.Error, false},
		{diag.CodeTypeChanged, lint.Error, false},
		{"nonsense", lint.Off, false},
	} {
		if err := levels.Set(c.code, c.level); (err == nil) != c.fine {
			t.Errorf("%s %s: %v", c.code, c.level, err)
		}
	}
}

// TestLevelsDecide sets levels of a rule that is on, of one that is off, and of
// what the parser finds.
func TestLevelsDecide(t *testing.T) {
	t.Parallel()
	source := folder(map[string][]byte{"com/example/mood.json": []byte(`{"lexicon": 1, "id": "com.example.mood", "defs": {
		"main": {"type": "string", "description": "A mood.", "maxLength": 4, "maxlength": 4, "enum": ["good", "outstanding"]}}}`)})
	for _, c := range []struct {
		levels lint.Levels
		strict bool
		want   string
	}{
		{nil, false, "warning unknown-attribute, warning value-limit"},
		{nil, true, "warning unknown-attribute, warning closed-enum, warning value-limit"},
		{lint.Levels{diag.CodeClosedEnum: lint.Error}, false, "warning unknown-attribute, error closed-enum, warning value-limit"},
		{lint.Levels{diag.CodeClosedEnum: lint.Off}, true, "warning unknown-attribute, warning value-limit"},
		{lint.Levels{diag.CodeUnknownAttribute: lint.Off, diag.CodeValueLimit: lint.Error}, false, "error value-limit"},
		{lint.Levels{diag.CodeUnknownAttribute: lint.Error, diag.CodeValueLimit: lint.Off}, false, "error unknown-attribute"},
	} {
		var got []string
		for _, f := range check(t, source, lint.Options{Levels: c.levels, Strict: c.strict}).Findings {
			got = append(got, f.Severity.String()+" "+string(f.Code))
		}
		if got := strings.Join(got, ", "); got != c.want {
			t.Errorf("%v, strict %t: %s, want %s", c.levels, c.strict, got, c.want)
		}
	}
}

// TestOnlyCoveredFilesAreLookedAt leaves out findings and problems of a file that
// is there for references alone.
func TestOnlyCoveredFilesAreLookedAt(t *testing.T) {
	t.Parallel()
	text := func(id, ref string) []byte {
		return []byte(`{"lexicon": 1, "id": "` + id + `", "odd": 1, "defs": {"main": {"type": "object", "description": "A.", "properties": {
			"a-b": {"type": "ref", "ref": "` + ref + `"}}}}}`)
	}
	source := folder(map[string][]byte{"com/example/a.json": text("com.example.a", "com.example.b"), "com/example/b.json": text("com.example.b", "com.example.c")})
	result := check(t, source, lint.Options{Covers: func(path string) bool { return path == "in/com/example/a.json" }})
	if got := strings.Join(codesOf(result.Findings), " "); got != "unknown-attribute unportable-name" || len(result.Findings) != 2 || result.Lexicons != 1 {
		t.Errorf("%d lexicons, found %s", result.Lexicons, got)
	}
}

// TestAProblemWithoutAPlaceStays keeps what no file is to blame for.
func TestAProblemWithoutAPlaceStays(t *testing.T) {
	t.Parallel()
	problems := &diag.Report{}
	problems.Warning(diag.CodeUnknownFormat, nil, "somewhere")
	set, err := resolver.Load(t.Context(), nil, problems, resolver.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	result := lint.Run(resolver.Link(set, problems), problems, lint.Options{Covers: func(string) bool { return false }})
	if len(result.Findings) != 1 || len(result.Fixed()) != 0 {
		t.Fatalf("found %v", result.Findings)
	}
	baseline := lint.ReadBaseline(diag.NewFile("b.json", []byte(`{"accepted": [{"rule": "unknown-format", "at": "x", "reason": "y"}]}`)), problems)
	baseline.Accept(result, problems)
	if len(result.Accepted) != 0 {
		t.Error("accepted")
	}
}
