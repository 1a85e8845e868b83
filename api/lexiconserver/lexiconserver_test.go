package lexiconserver_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/api/lexiconserver"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

const post = `{"lexicon": 1, "id": "com.example.post", "description": "a post", "defs": {"main": {"type": "token"}}}`

// TestResolveLexicon_LE09 asks a server through a client, both generated, for a schema
// in a network on loopback.
func TestResolveLexicon_LE09(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	account := n.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	published := account.Publish(post)
	n.Fail("_lexicon.broken.example", dns.RcodeServerFailure)
	server := xrpc.NewServer()
	lexiconserver.Handle(server, lexicon.NewResolver(lexicon.Options{
		Directory: n.Identities(identity.CacheOptions{}), Client: &http.Client{Timeout: 10 * time.Second}, Attempts: 1, Check: network.Check,
	}))
	client := xrpctest.NewClient(t, server, xrpc.WithAttempts(1))
	got, err := comatproto.LexiconResolveLexicon.Call(t.Context(), client, &comatproto.LexiconResolveLexiconParams{NSID: "com.example.post"})
	if err != nil {
		t.Fatal(err)
	}
	const uri = "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.atproto.lexicon.schema/com.example.post"
	if got.CID != syntax.CID(published[0].String()) || got.URI != uri {
		t.Errorf("answered with %s %s", got.CID, got.URI)
	}
	if again, err := lex.CID(got.Schema); err != nil || again != published[0] {
		t.Errorf("the schema in the answer has the CID %v, %v; %v was published", again, err, published[0])
	}
	for nsid, want := range map[string]struct {
		name   xrpc.ErrorName
		reason string
	}{
		"com.example.other":   {comatproto.LexiconResolveLexiconErrLexiconNotFound, "proves it"},
		"org.nobody.post":     {comatproto.LexiconResolveLexiconErrLexiconNotFound, "no TXT record of _lexicon.nobody.org"},
		"example.broken.post": {xrpc.ErrUpstreamFailure, "the DNS does not answer"},
	} {
		_, err := comatproto.LexiconResolveLexicon.Call(t.Context(), client, &comatproto.LexiconResolveLexiconParams{NSID: syntax.NSID(nsid)})
		if !errors.Is(err, want.name) || !strings.Contains(err.Error(), want.reason) {
			t.Errorf("%s: %v, want %s: %s", nsid, err, want.name, want.reason)
		}
	}
}
