package parser_test

import (
	"fmt"
	"os"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

func ExampleParse() {
	file := diag.NewFile("com/example/post.json", []byte(`{
  "lexicon": 1,
  "id": "com.example.post",
  "defs": {
    "main": {
      "type": "object",
      "required": ["text"],
      "properties": {
        "text": {"type": "string", "maxlength": 300}
      }
    }
  }
}`))
	report := &diag.Report{}
	document := parser.Parse(file, report)

	main, _ := document.Main().Type.(*parser.Object)
	for _, property := range main.Properties {
		fmt.Printf("%s: %T, required: %t\n", property.Name.Value, property.Type, property.Required)
	}
	if err := (diag.Text{}).Print(os.Stdout, report.Diagnostics()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// text: *parser.String, required: true
	// com/example/post.json:9:36: warning: a string has no attribute "maxlength" [unknown-attribute]
	//  9 |         "text": {"type": "string", "maxlength": 300}
	//    |                                    ^^^^^^^^^^^
	//    = help: did you mean "maxLength"?
}
