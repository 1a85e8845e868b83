package lexicon_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const (
	alice syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	bob   syntax.DID = "did:plc:44ybard66vv44zksje25o7dz"
)

// post is the text of a schema.
const post = `{"lexicon": 1, "id": "com.example.post", "defs": {"main": {"type": "record", "key": "tid",
	"record": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "maxLength": 300}}}}}}`

// options are those of a resolver in a network on loopback.
func options(n *lexicontest.Network) lexicon.Options {
	return lexicon.Options{
		Directory: n.Identities(identity.CacheOptions{}), Client: &http.Client{Timeout: 10 * time.Second}, Attempts: 1, Check: network.Check,
	}
}

// TestResolve_LE05_LE06_LE09 resolves a schema from the DNS to the proof.
func TestResolve_LE05_LE06_LE09(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	account := n.Account(alice)
	published := account.Publish(post)
	r := lexicon.NewResolver(options(n))
	got, err := r.Resolve(t.Context(), "com.example.post")
	if err != nil {
		t.Fatal(err)
	}
	if got.NSID != "com.example.post" || got.DID != alice || got.CID != published[0] ||
		got.URI() != "at://"+syntax.ATURI(alice)+"/com.atproto.lexicon.schema/com.example.post" {
		t.Errorf("resolved %+v", got)
	}
	text, err := got.Text()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := lexicon.CIDOf(text); err != nil || again != got.CID {
		t.Errorf("the text has the CID %v, %v, and the record %v", again, err, got.CID)
	}
}

// TestNoPattern_LE11 has an authority of the empty pattern, which stands for nothing.
func TestNoPattern_LE11(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	n.Account(alice).Publish(post)
	opts := options(n)
	opts.Authorities = map[syntax.NSIDPattern]syntax.DID{"": bob}
	if did, err := lexicon.NewResolver(opts).Authority(t.Context(), "com.example.post"); did != alice || err != nil {
		t.Errorf("the authority is %q: %v", did, err)
	}
}
