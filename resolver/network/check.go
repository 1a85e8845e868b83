package network

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Check reports the first error in the text of a schema, which must be that of nsid. It
// is for [lexicon.Options]. That what the schema refers to exists is not checked.
func Check(nsid syntax.NSID, text []byte) error {
	_, err := Parse(string(nsid), nsid, text)
	return err
}

// Parse reads the text of a schema, which must be that of nsid and without errors.
// Diagnostics say name for its path.
func Parse(name string, nsid syntax.NSID, text []byte) (*parser.Document, error) {
	report := &diag.Report{}
	doc := parser.Parse(diag.NewFile(name, text), report)
	for _, d := range report.Diagnostics() {
		if d.Severity == diag.Error {
			return nil, failure(d)
		}
	}
	switch {
	case doc == nil:
		return nil, errors.New("it is no lexicon")
	case doc.ID.Value != string(nsid):
		return nil, fmt.Errorf("it has the id %.317q", doc.ID.Value)
	}
	return doc, nil
}

// failure returns a diagnostic as an error.
func failure(d diag.Diagnostic) error {
	if at, _ := d.Span.Range(); at.Line > 0 {
		return fmt.Errorf("line %d, column %d: %s (%s)", at.Line, at.Column, d.Message, d.Code)
	}
	return fmt.Errorf("%s (%s)", d.Message, d.Code)
}
