package gen_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/gotest"
)

// aCard is a record that refers to a view type of somebody else, who has no
// code for CBOR: no record of their own reaches that type.
const aCard = `"main": {"type": "record", "key": "tid", "record": {"type": "object", "required": ["owner", "createdAt"], "properties": {
	"owner": {"type": "ref", "ref": "app.bsky.actor.defs#profileView"},
	"seen": {"type": "ref", "ref": "app.bsky.actor.defs#profileView"},
	"guests": {"type": "array", "items": {"type": "ref", "ref": "app.bsky.actor.defs#profileView"}},
	"about": {"type": "union", "refs": ["app.bsky.actor.defs#profileView", "#note"]},
	"createdAt": {"type": "string", "format": "datetime"}
}}}, "note": {"type": "object", "required": ["by"], "properties": {"by": {"type": "ref", "ref": "app.bsky.actor.defs#profileView"}}}`

// TestForeignRecordWithAViewTypeSurvives_DM05_DM08_DM09_DM26 generates a record
// in a module of its own, against the view types of api/, and sends values of
// it through both formats byte for byte.
func TestForeignRecordWithAViewTypeSurvives_DM05_DM08_DM09_DM26(t *testing.T) {
	t.Parallel()
	for _, c := range cborModes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := gotest.NewModule(t, "example.com/cards")
			imports := map[string]string{
				"app.bsky":        apiPath + "appbsky",
				"chat.bsky":       apiPath + "chatbsky",
				"com.atproto":     apiPath + "comatproto",
				"com.germnetwork": apiPath + "comgermnetwork",
				"site.standard":   apiPath + "sitestandard",
				"tools.ozone":     apiPath + "toolsozone",
			}
			o := pipeline(t, ir.Options{Module: m.Path, CBOR: c.mode, Imports: imports}, texts{"com.example.card": aCard}, official(t))
			if o.program == nil {
				t.Fatalf("nothing was generated:\n%s", firstLines(t, o.report))
			}
			m.WriteAll(t, ".", o.files)
			var text strings.Builder
			for _, file := range o.files {
				if strings.HasPrefix(file.Path, "comexample/") {
					text.Write(file.Data)
				}
			}
			for _, part := range []string{`"` + apiPath + `appbsky"`, "*appbsky.ActorDefsProfileView", "LexAppendCBOR"} {
				if !strings.Contains(text.String(), part) {
					t.Errorf("the generated code has no %s", part)
				}
			}
			if doc := m.Go(t, "", "doc", apiPath+"appbsky", "ActorDefsProfileView"); !strings.Contains(doc, "LexTable") || strings.Contains(doc, "LexAppendCBOR") {
				t.Errorf("the view type is not one that has a table alone:\n%s", doc)
			}
			m.Go(t, "", "vet", "./...")
			roundTrip(t, m, o)
		})
	}
}
