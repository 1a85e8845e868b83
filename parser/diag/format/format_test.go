package format_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/diag/format"
)

func TestPrinterForEachName(t *testing.T) {
	t.Parallel()
	starts := map[string]string{
		"text":   "\x1b[1;31merror:",
		"json":   "{\n  \"diagnostics\"",
		"sarif":  "{\n  \"$schema\"",
		"github": "::error ",
	}
	for _, name := range format.Names() {
		printer, err := format.PrinterFor(name, format.Options{Color: true, Version: "v1.0.0"})
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := printer.Print(&b, []diag.Diagnostic{{Code: diag.CodeBadJSON, Message: "x"}}); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(b.String(), starts[name]) {
			t.Errorf("%s: got %q, want it to begin with %q", name, b.String(), starts[name])
		}
	}
}

func TestPrinterForUnknownName(t *testing.T) {
	t.Parallel()
	_, err := format.PrinterFor("xml", format.Options{})
	if err == nil {
		t.Fatal("got no error for xml")
	}
	want := `unknown format "xml", expected one of text, json, sarif, github`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("error differs (-want +got):\n%s", diff)
	}
}
