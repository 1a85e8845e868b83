package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/examples/notes/notes"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/lex"
)

var noon = time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC)

func TestRunPrintsWhatTheDocumentationShows(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(&out, noon); err != nil {
		t.Fatal(err)
	}
	golden.File(t, "testdata/output.txt", out.String())
}

func TestNoteSurvivesJSON(t *testing.T) {
	t.Parallel()
	want := newNote(noon)
	text, err := lex.MarshalJSON(want)
	if err != nil {
		t.Fatal(err)
	}
	got := &notes.Note{}
	if err := lex.DecodeJSON(text, got); err != nil {
		t.Fatal(err)
	}
	// Generated values need no options: Opt, Link and the like have Equal.
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("note changed (-want +got):\n%s", diff)
	}
}
