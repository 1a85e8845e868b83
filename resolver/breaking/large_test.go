package breaking_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/resolver/breaking"
)

// entries is how many entries the lists have.
const entries = 1_000

// listed returns texts with the numbers up to that, joined by commas.
func listed(format string) string {
	var b strings.Builder
	for i := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestLargeListsAreComparedAsSmallOnes compares versions that have long lists of
// everything, with none in common, as an attack on the time of a run would.
func TestLargeListsAreComparedAsSmallOnes(t *testing.T) {
	t.Parallel()
	object := func(name string) string {
		return post("com.example.post", `{"type":"object","required":[`+listed(`"`+name+`%d"`)+`],"properties":{`+listed(`"`+name+`%d":{"type":"boolean"}`)+`}}`)
	}
	nullable := func(list string) string {
		return post("com.example.post", `{"type":"object",`+list+`"properties":{`+listed(`"p%d":{"type":"boolean"}`)+`}}`)
	}
	text := func(list, name string) string {
		return post("com.example.post", `{"type":"string","`+list+`":[`+listed(`"`+name+`%d"`)+`]}`)
	}
	number := func(name string) string {
		return post("com.example.post", `{"type":"integer","enum":[`+listed(name+`%d`)+`]}`)
	}
	blob := func(name string) string {
		return post("com.example.post", `{"type":"blob","accept":[`+listed(`"image/`+name+`%d"`)+`]}`)
	}
	union := func(name string) string {
		return post("com.example.post", `{"type":"union","refs":[`+listed(`"com.example.defs#`+name+`%d"`)+`]}`)
	}
	members := `{"lexicon":1,"id":"com.example.defs","defs":{` + listed(`"a%d":{"type":"object","properties":{}}`) + `,` + listed(`"b%d":{"type":"object","properties":{}}`) + `}}`
	failing := func(name string) string {
		return `{"lexicon":1,"id":"com.example.get","defs":{"main":{"type":"query","errors":[` + listed(`{"name":"`+name+`%d"}`) + `]}}}`
	}
	chain := func(last string) string {
		var links strings.Builder
		for i := range entries {
			fmt.Fprintf(&links, `"d%d":{"type":"object","properties":{"next":{"type":"ref","ref":"#d%d"}}},`, i, i+1)
		}
		return `{"lexicon":1,"id":"com.example.chain","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{"next":{"type":"ref","ref":"#d0"}}}},` +
			links.String() + fmt.Sprintf(`"d%d":{"type":"object","properties":{"n":%s}}}}`, entries, last)
	}
	for _, c := range []struct {
		name    string
		old, is []string
		want    int
	}{
		{"properties", []string{object("a")}, []string{object("b")}, 2 * entries},
		{"required", []string{nullable("")}, []string{nullable(`"required":[` + listed(`"p%d"`) + `],"nullable":[` + listed(`"p%d"`) + `],`)}, 2 * entries},
		{"enum", []string{text("enum", "a")}, []string{text("enum", "b")}, 1},
		{"enum of numbers", []string{number("1")}, []string{number("2")}, 1},
		{"known values", []string{text("knownValues", "a")}, []string{text("knownValues", "b")}, 1},
		{"media types", []string{blob("a")}, []string{blob("b")}, 1},
		{"members", []string{union("a"), members}, []string{union("b"), members}, 2 * entries},
		{"errors", []string{failing("A")}, []string{failing("B")}, 2 * entries},
		{"definitions", []string{chain(`{"type":"integer"}`)}, []string{chain(`{"type":"boolean"}`)}, 1},
	} {
		if found := compared(t, breaking.Options{}, c.old, c.is).Findings; len(found) != c.want {
			t.Errorf("%s: %d findings, want %d", c.name, len(found), c.want)
		}
	}
}
