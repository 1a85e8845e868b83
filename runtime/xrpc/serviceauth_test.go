package xrpc_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/auth"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// oneKey is everybody's.
type oneKey struct{ *crypto.PublicKey }

func (k oneKey) Key(context.Context, syntax.DID, string, bool) (*crypto.PublicKey, error) {
	return k.PublicKey, nil
}

func TestServicesCallServices_XR40_XR42_XR44(t *testing.T) {
	t.Parallel()
	key, err := crypto.ParsePrivateKeyHex(crypto.P256, strings.Repeat("17", 32))
	if err != nil {
		t.Fatal(err)
	}
	verifier := &auth.Verifier{Keys: oneKey{key.PublicKey()}, Audiences: []string{"did:web:b.test#x"}, Now: time.Now, Replay: auth.NewMemoryReplay(100, time.Now)}
	issuer := auth.NewIssuer("did:web:a.test", key, "did:web:b.test#x")
	elsewhere := auth.NewIssuer("did:web:a.test", key, "did:web:c.test#x")
	for name, c := range map[string]struct {
		credentials xrpc.Credentials
		anonymous   bool
		want        string
	}{
		"a token":             {xrpc.ServiceToken(issuer), false, "did:web:a.test"},
		"nobody":              {nil, true, "nobody"},
		"nobody, refused":     {nil, false, `com.atproto.server.describeServer: MissingJwt (401): "a service token is required"`},
		"for another service": {xrpc.ServiceToken(elsewhere), false, `com.atproto.server.describeServer: BadJwtAudience (401): "the token is for another service"`},
		"no service token":    {xrpc.AdminPassword("x"), false, `com.atproto.server.describeServer: BadJwt (401): "the authorization must be Bearer and a service token"`},
		"no token at all":     {xrpc.BearerToken("x"), true, `com.atproto.server.describeServer: BadJwt (401): "the token cannot be read"`},
	} {
		server := xrpc.NewServer(xrpc.WithAuth(xrpc.ServiceAuth(verifier, c.anonymous)))
		got := "nobody"
		comatproto.ServerDescribeServer.Handle(server, func(_ context.Context, r *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
			if token, ok := r.Caller.(*auth.Token); ok {
				got = string(token.Issuer)
			}
			return &comatproto.ServerDescribeServerOutput{DID: "did:web:b.test", AvailableUserDomains: []string{}}, nil
		})
		client := xrpctest.NewClient(t, server)
		if c.credentials != nil {
			client = client.With(xrpc.WithCredentials(c.credentials))
		}
		for range 2 { // each call has a token of its own
			if _, err := comatproto.ServerDescribeServer.Call(t.Context(), client, nil); err != nil {
				got = err.Error()
				if e := new(xrpc.Error); !errors.As(err, &e) {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
		if got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}
