package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// pds is the reference PDS, running until the test ends.
type pds struct {
	t   *testing.T
	plc directory
	url string // such as http://localhost:2583
	// admin is signed in as the operator.
	admin *xrpc.Client
}

// startPDS runs @atproto/pds with empty databases. Its accounts are in a directory of
// did:plc, and it announces itself to relays, which are URLs.
func startPDS(t *testing.T, plc directory, relays ...string) pds {
	t.Helper()
	node(t)
	compiled := filepath.Join("node", "node_modules", "better-sqlite3", "build", "Release", "better_sqlite3.node")
	if _, err := os.Stat(compiled); err != nil {
		shared.Missing(t, "e2e", err.Error()+": make e2e compiles it")
	}
	server := start(t, "pds-server.mjs", append([]string{t.TempDir(), plc.url()}, relays...)...)
	url := server.line()
	return pds{t, plc, url, xrpc.NewClient(url, xrpc.WithCredentials(xrpc.AdminPassword(server.line())))}
}

// client returns one that nobody has signed in with.
func (p pds) client() *xrpc.Client { return xrpc.NewClient(p.url) }

// pdsAccount is an account of the PDS.
type pdsAccount struct {
	did      syntax.DID
	handle   syntax.Handle
	password string          // an app password
	client   *xrpc.Client    // signed in with the account's own password
	access   atclient.Secret // token
}

// account makes an account with a handle below .test.
func (p pds) account(handle syntax.Handle) pdsAccount {
	t := p.t
	t.Helper()
	const password = "correct horse battery staple"
	made, err := comatproto.ServerCreateAccount.Call(t.Context(), p.client(), &comatproto.ServerCreateAccountInput{
		Handle: handle, Email: lex.String(string(handle) + "@example.com"), Password: lex.String(password),
	})
	if err != nil {
		t.Fatal(err)
	}
	session, err := atclient.Login(t.Context(), p.client(), string(handle), password)
	if err != nil {
		t.Fatal(err)
	}
	a := pdsAccount{did: made.DID, handle: handle, client: session.Client(), access: session.Tokens().Access}
	app, err := comatproto.ServerCreateAppPassword.Call(t.Context(), a.client, &comatproto.ServerCreateAppPasswordInput{Name: "lexgen"})
	if err != nil {
		t.Fatal(err)
	}
	a.password = app.Password
	return a
}
