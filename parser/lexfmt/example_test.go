package lexfmt_test

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/lexfmt"
)

func ExampleFormat() {
	src := `{"id": "com.example.mood", "lexicon": 1, "defs": {"main": {"maxLength": 64, "description":
  "How somebody feels, in a word.", "type": "string"}}}`
	report := &diag.Report{}
	text := lexfmt.Format(diag.NewFile("mood.json", []byte(src)), report)
	fmt.Print(string(text))
	// Output:
	// {
	//   "lexicon": 1,
	//   "id": "com.example.mood",
	//   "defs": {
	//     "main": {
	//       "type": "string",
	//       "maxLength": 64,
	//       "description": "How somebody feels, in a word."
	//     }
	//   }
	// }
}
