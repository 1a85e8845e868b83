package jsontree_test

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

func ExampleParse() {
	file := diag.NewFile("x.json", []byte("{\n  \"b\": 1,\n  \"a\": [true],\n  \"b\": 2\n}"))
	report := &diag.Report{}
	root, whole := jsontree.Parse(file, report)

	object, _ := root.(*jsontree.Object)
	for _, m := range object.Members {
		at := file.Position(m.Value.Span().Start)
		fmt.Printf("%s is a %T in line %d\n", m.Key.Text, m.Value, at.Line)
	}
	for _, d := range report.Diagnostics() {
		fmt.Println(d.Severity, d.Message)
	}
	fmt.Println("whole:", whole)
	// Output:
	// b is a *jsontree.Number in line 2
	// a is a *jsontree.Array in line 3
	// error the object has the key "b" twice
	// whole: true
}
