package diag_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
)

func TestReportSortsAndDropsRepetitions(t *testing.T) {
	t.Parallel()
	a, b := diag.NewFile("a.json", []byte("{}")), diag.NewFile("b.json", []byte("{}"))
	at := func(f *diag.File, start int) diag.Span { return diag.Span{File: f, Start: start, End: start + 1} }

	var r, other diag.Report
	r.Error(diag.CodeBadJSON, at(b, 0), "in b")
	r.Error(diag.CodeBadJSON, at(a, 1), "second")
	r.Warning(diag.CodeByteOrderMark, at(a, 0), "warning")
	r.Error(diag.CodeTooDeep, at(a, 0), "z")
	r.Error(diag.CodeBadUTF8, at(a, 0), "y")
	r.Error(diag.CodeBadUTF8, at(a, 0), "x")
	other.Error(diag.CodeSelectionEmpty, nil, "no place")
	other.Error(diag.CodeBadJSON, at(diag.NewFile("b.json", nil), 0), "in b")
	r.Merge(&other)
	r.Merge(nil)

	var got []string
	for _, d := range r.Diagnostics() {
		got = append(got, d.Message)
	}
	want := []string{"no place", "x", "y", "z", "warning", "second", "in b"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("order differs (-want +got):\n%s", diff)
	}
	if got, want := r.Len(), 8; got != want {
		t.Errorf("Len: got %d, want %d", got, want)
	}
}

func TestReportHasErrors(t *testing.T) {
	t.Parallel()
	var r diag.Report
	if r.HasErrors() || r.Len() != 0 || len(r.Diagnostics()) != 0 {
		t.Error("the zero report is not empty")
	}
	r.Warning(diag.CodeByteOrderMark, nil, "x")
	if r.HasErrors() {
		t.Error("a warning counts as an error")
	}
	r.Error(diag.CodeBadJSON, nil, "x")
	if !r.HasErrors() {
		t.Error("an error does not count")
	}
}

func TestReportOptions(t *testing.T) {
	t.Parallel()
	span := diag.Span{Start: 1, End: 2}
	var r diag.Report
	r.Warning(diag.CodeUnknownType, span, "x",
		diag.WithNote(span, "place"), diag.WithNote(nil, "plain"),
		diag.Suggest("y"), diag.Suggest(""), diag.Help("z"))
	want := []diag.Diagnostic{{
		Code:       diag.CodeUnknownType,
		Severity:   diag.Warning,
		Span:       span,
		Message:    "x",
		Notes:      []diag.Note{{Span: span, Text: "place"}, {Text: "plain"}},
		Suggestion: "y",
		Help:       "z",
	}}
	if diff := cmp.Diff(want, r.Diagnostics()); diff != "" {
		t.Errorf("diagnostic differs (-want +got):\n%s", diff)
	}
}
