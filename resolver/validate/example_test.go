package validate_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
)

// A record is held against a lexicon that no code was generated for.
func ExampleSchemas_Record() {
	files := fstest.MapFS{"song.json": {Data: []byte(`{"lexicon": 1, "id": "com.example.song", "defs": {"main": {
		"type": "record", "key": "tid", "record": {"type": "object", "required": ["title"], "properties": {
			"title": {"type": "string", "maxGraphemes": 5}}}}}}`)}}
	report := &diag.Report{}
	set, err := resolver.Load(context.Background(), []resolver.Source{resolver.FS("lexicons", files)}, report, resolver.LoadOptions{})
	if err != nil || report.HasErrors() {
		fmt.Println(err, report.Diagnostics())
		return
	}
	schemas := validate.New(resolver.Link(set, report))
	record := map[string]any{"$type": "com.example.song", "title": "far too long"}
	fmt.Println(schemas.Record("com.example.song", record, "3jui7kd54zh2y"))
	// Output:
	// lex: $.title: 12 graphemes, more than the maximum of 5
}
