package network_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestRecordsOfUnknownCollections_LE09 is what a server of accounts does with a record
// whose schema it has never seen: it resolves that, and holds the record against it.
func TestRecordsOfUnknownCollections_LE09(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	n.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz").Publish(
		`{"lexicon": 1, "id": "com.example.post", "defs": {"main": {"type": "record", "key": "tid", "record": {"type": "object", "required": ["text"],
			"properties": {"text": {"type": "string", "maxLength": 5}, "tag": {"type": "ref", "ref": "com.example.tag"}}}}}}`,
		`{"lexicon": 1, "id": "com.example.tag", "defs": {"main": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}}}`)
	resolver := lexicon.NewResolver(lexicon.Options{
		Directory: n.Identities(identity.CacheOptions{}), Client: &http.Client{}, Attempts: 1, Check: network.Check,
	})
	validate := func(record map[string]any) string {
		nsid, _ := record["$type"].(string)
		schemas, err := network.Schemas(context.Background(), resolver, syntax.NSID(nsid))
		if err != nil {
			return "unknown: " + err.Error()
		}
		return fmt.Sprint(schemas.Record(nsid, record, "3jui7kd54zh2y"))
	}
	for _, c := range []struct {
		record map[string]any
		want   string
	}{
		{map[string]any{"$type": "com.example.post", "text": "short"}, "<nil>"},
		{map[string]any{"$type": "com.example.post", "text": "far too long"}, "$.text"},
		{map[string]any{"$type": "com.example.post", "text": "a", "tag": map[string]any{}}, "$.tag.name"},
		{map[string]any{"$type": "com.example.none"}, "unknown: lexicon com.example.none: the authority"},
	} {
		if got := validate(c.record); !strings.Contains(got, c.want) {
			t.Errorf("%v: %s, want %s", c.record, got, c.want)
		}
	}
}
