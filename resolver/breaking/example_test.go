package breaking_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// A shorter bound breaks records that are stored, and asks for a new major
// version.
func ExampleCompare() {
	graph := func(maxLength int) *resolver.Graph {
		files := fstest.MapFS{"song.json": {Data: fmt.Appendf(nil, `{"lexicon": 1, "id": "com.example.song", "defs": {"main": {
			"type": "record", "key": "tid", "record": {"type": "object", "properties": {
				"title": {"type": "string", "maxLength": %d}}}}}}`, maxLength)}}
		report := &diag.Report{}
		set, err := resolver.Load(context.Background(), []resolver.Source{resolver.FS("lexicons", files)}, report, resolver.LoadOptions{})
		if err != nil {
			fmt.Println(err)
			return nil
		}
		return resolver.Link(set, report)
	}
	found := breaking.Compare(graph(300), graph(200), breaking.Options{})
	for _, f := range found.Findings {
		fmt.Printf("%s: %s\n", f.Verdict, f.Message())
	}
	fmt.Println(found.Advice())
	// Output:
	// breaking: com.example.song .title: maxLength was 300 and is 200: stored records may be invalid now (LE-01, LE-04)
	// major
}
