package breaking_test

import (
	"net/url"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/resolver/breaking"
	"github.com/lexgen/lexgen/resolver/validate"
)

// ofNone is a type of which there is no text.
const ofNone = `{"type":"array","items":{"type":"string"},"maxLength":0}`

// parameterTypes are types of a parameter. Any of which there is a text becomes any
// other.
var parameterTypes = []string{
	`{"type":"boolean"}`,
	`{"type":"boolean","const":true}`,
	`{"type":"integer"}`,
	`{"type":"integer","enum":[1,20]}`,
	`{"type":"string"}`,
	`{"type":"string","maxLength":1}`,
	`{"type":"string","maxLength":4}`,
	`{"type":"string","minLength":2,"maxLength":19}`,
	`{"type":"string","maxGraphemes":20}`,
	`{"type":"string","maxGraphemes":19}`,
	`{"type":"string","enum":["true","20"]}`,
	`{"type":"string","format":"did"}`,
	`{"type":"array","items":{"type":"string"}}`,
	`{"type":"array","items":{"type":"string"},"minLength":2}`,
	ofNone,
	`{"type":"array","items":{"type":"string","maxLength":4}}`,
	`{"type":"array","items":{"type":"integer"}}`,
	`{"type":"array","items":{"type":"boolean"}}`,
}

// TestParametersAreTexts sends what the old version takes in a URL to the new one:
// a parameter whose type is another one breaks if and only if a text is refused.
func TestParametersAreTexts_LE01_LX24_LX25(t *testing.T) {
	t.Parallel()
	texts := []string{"", "true", "false", "1", "20", "7", "-9223372036854775808", "a", "ab:", "\u00fc \u00fc", "did:plc:ewvi7nxzyoun6zhxrhs64oiz"}
	versions := make([]version, len(parameterTypes))
	for i, typ := range parameterTypes {
		versions[i] = load(t, "v", named([]string{`{"lexicon":1,"id":"com.example.get","defs":{"main":{"type":"query","parameters":` +
			`{"type":"params","properties":{"p":` + typ + `}}}}}`})).sound(t)
	}
	for i, old := range versions {
		if parameterTypes[i] == ofNone {
			continue // nothing is sent
		}
		for j, is := range versions {
			report := breaking.Compare(old.graph, is.graph, breaking.Options{})
			broken, _ := report.Count(breaking.Breaking)
			refused, sent := refusedText(t, old, is, texts)
			if refused != (broken > 0) {
				t.Errorf("%s => %s: %d changes break, and a text is refused: %v %q", parameterTypes[i], parameterTypes[j], broken, refused, sent)
			}
		}
	}
}

// refusedText looks for texts, one or two, that one version sends and the other
// refuses.
func refusedText(t *testing.T, old, is version, texts []string) (bool, []string) {
	t.Helper()
	from, to := endpointOf(t, old), endpointOf(t, is)
	var lists [][]string
	for _, text := range texts {
		lists = append(lists, []string{text}, []string{text, text})
	}
	for _, list := range lists {
		sent, err := from.ReadParams(url.Values{"p": slices.Clone(list)})
		if err != nil {
			continue
		}
		if _, err := to.ReadParams(sent); err != nil {
			return true, list
		}
	}
	return false, nil
}

func endpointOf(t *testing.T, v version) *validate.Endpoint {
	t.Helper()
	e, ok := v.schemas.Endpoint("com.example.get")
	if !ok {
		t.Fatal("no endpoint")
	}
	return e
}
