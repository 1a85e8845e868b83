package lint_test

import (
	"context"
	"fmt"
	"testing/fstest"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/lint"
)

func ExampleRun() {
	const lexicon = `{
  "lexicon": 1,
  "id": "com.example.photo",
  "defs": {
    "main": {
      "type": "object",
      "properties": {"image": {"type": "blob", "accept": ["image/*", "image/png"]}}
    }
  }
}
`
	files := fstest.MapFS{"com/example/photo.json": {Data: []byte(lexicon)}}
	problems := &diag.Report{}
	set, err := resolver.Load(context.Background(), []resolver.Source{resolver.FS("lexicons", files)}, problems, resolver.LoadOptions{Strict: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	result := lint.Run(resolver.Link(set, problems), problems, lint.Options{})
	for _, f := range result.Findings {
		at, _ := f.Span.Range()
		fmt.Printf("%d:%d: %s [%s]\n", at.Line, at.Column, f.Message, f.Code)
	}
	for _, f := range result.Fixed() {
		fmt.Printf("%s", f.Text)
	}
	// Output:
	// 7:70: "image/png" is covered by "image/*" [covered-media-type]
	// {
	//   "lexicon": 1,
	//   "id": "com.example.photo",
	//   "defs": {
	//     "main": {
	//       "type": "object",
	//       "properties": {"image": {"type": "blob", "accept": ["image/*"]}}
	//     }
	//   }
	// }
}
