package diag_test

import (
	"fmt"
	"os"

	"github.com/lexgen/lexgen/parser/diag"
)

// A report is filled while an input is read and printed when all is said.
func Example() {
	file := diag.NewFile("lexicons/post.json", []byte("{\n  \"type\": \"int\"\n}\n"))
	place := diag.Span{File: file, Start: 12, End: 17}

	var report diag.Report
	report.Error(diag.CodeUnknownType, place, `"int" is not a Lexicon type`, diag.Suggest("integer"))
	if err := (diag.Text{}).Print(os.Stdout, report.Diagnostics()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// lexicons/post.json:2:11: error: "int" is not a Lexicon type [unknown-type]
	//  2 |   "type": "int"
	//    |           ^^^^^
	//    = help: did you mean "integer"?
}

func ExampleFile_Position() {
	file := diag.NewFile("a.json", []byte("{\n  \"größe\": 1\n}\n"))
	fmt.Println(file.Position(14), file.Line(2))
	// Output: {2 11}   "größe": 1
}

func ExampleNearest() {
	fmt.Println(diag.Nearest("maxlength", []string{"minLength", "maxLength", "format"}, 1))
	// Output: [maxLength]
}

func ExampleLookup() {
	doc, ok := diag.Lookup(diag.CodeEmptyClosedUnion)
	fmt.Println(ok, doc.Severity, doc.Title)
	// Output: true error a closed union has no members
}
