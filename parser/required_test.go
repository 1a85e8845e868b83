package parser_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// TestManyUnknownNamesAreSuggestedForSome has as many required names as there are
// properties, each of which is misspelled: to compare each with all took a minute.
func TestManyUnknownNamesAreSuggestedForSome(t *testing.T) {
	t.Parallel()
	const n = 900
	var required, properties []string
	for i := range n {
		required = append(required, fmt.Sprintf(`"propertty%d"`, i))
		properties = append(properties, fmt.Sprintf(`"property%d":{"type":"string"}`, i))
	}
	text := fmt.Sprintf(`{"lexicon":1,"id":"com.example.a","defs":{"main":{"type":"object","required":[%s],"properties":{%s}}}}`,
		strings.Join(required, ","), strings.Join(properties, ","))
	report := &diag.Report{}
	parser.Parse(diag.NewFile("a.json", []byte(text)), report)
	unknown, suggested := 0, 0
	for _, d := range report.Diagnostics() {
		if d.Code == diag.CodeRequiredUnknownProperty {
			unknown++
			if d.Suggestion != "" {
				suggested++
			}
		}
	}
	if unknown != n || suggested != 20 {
		t.Errorf("%d names are reported, %d with a suggestion, want %d and 20", unknown, suggested, n)
	}
}
