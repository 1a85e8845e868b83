package parser_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// nestedObjects is n objects in each other, with inner in the last.
func nestedObjects(n int, inner string) string {
	return strings.Repeat(`{"type":"object","properties":{"n":`, n) + inner + strings.Repeat(`}}`, n)
}

func TestMistakesAreFoundAtAnyDepth(t *testing.T) {
	t.Parallel()
	for depth := range 60 {
		schema := file(`"main":` + nestedObjects(depth+1, `{"type":"float"}`))
		var r diag.Report
		parser.Parse(diag.NewFile("test.json", []byte(schema)), &r)
		var found []string
		for _, d := range r.Diagnostics() {
			if d.Code != diag.CodeInlineObject {
				found = append(found, fmt.Sprintf("%s %s", d.Code, schema[d.Span.Start:d.Span.End]))
			}
		}
		if diff := cmp.Diff([]string{`unknown-type "float"`}, found); diff != "" {
			t.Errorf("depth %d (-want +got):\n%s", depth, diff)
		}
	}
}

func TestLongKeysAreShownAsTheyAre(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long", 30)
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"string","` + long + `":1}`): only(diag.CodeUnknownAttribute),
		file(`"` + long + `":{"type":"float"}`):        only(diag.CodeUnknownDefinition),
		file(`"` + long + `":{"type":"token"}`):        nil,
		file(`"` + long + `-":{"type":"token"}`):       only(diag.CodeInvalidDefinitionName),
		file(`"1` + long + `":{"type":"token"}`):       only(diag.CodeInvalidDefinitionName),
	})
	var r diag.Report
	parser.Parse(diag.NewFile("test.json", []byte(property(`{"type":"string","`+long+`":1}`))), &r)
	if text := r.Diagnostics()[0].Message; !strings.Contains(text, long[:60]) {
		t.Errorf("the message does not name the key: %s", text)
	}
}

// A quiet machine needs a hundredth of the deadline; with a cost that grows with
// the cube of the depth, or with the length of keys times their number, it
// would not do.
func TestDeepAndLongSchemasCostLittle(t *testing.T) {
	t.Parallel()
	deep := nestedObjects(59, `{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}}}`)
	defs := make([]string, 30)
	for i := range defs {
		defs[i] = fmt.Sprintf(`"d%d":%s`, i, deep)
	}
	many := make([]string, 3000)
	for i := range many {
		many[i] = fmt.Sprintf(`"p%d":{"type":"object"}`, i)
	}
	long := `{"type":"object","properties":{"` + strings.Repeat("k", 200_000) + `":{"type":"object","properties":{` + strings.Join(many, ",") + `}}}}`
	for name, schema := range map[string]string{"deep": file(strings.Join(defs, ",")), "long": file(`"main":` + long)} {
		start := time.Now()
		parser.Parse(diag.NewFile("test.json", []byte(schema)), &diag.Report{})
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("%s: %d bytes took %v", name, len(schema), took)
		}
	}
}
