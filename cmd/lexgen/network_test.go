package main

import (
	"net/http"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// scriptNetwork is a network on loopback of a script, and its accounts by DID.
type scriptNetwork struct {
	*lexicontest.Network // nil before it is needed

	t        *testing.T
	accounts map[string]*lexicontest.Account
}

// networkKey is under which a script has its network.
type networkKey struct{}

// lexnet starts a network for the rest of the script, where it is called for the first
// time, and changes it. $DNS and $PLC are its DNS server and directory.
//
//	lexnet publish DID FILE...      an account publishes lexicons, and is their authority
//	lexnet unpublish DID NSID...    and deletes them
//	lexnet txt NAME [TEXT...]       the TXT records of a name
//	lexnet rekey DID                another key signs from now on than the document has
//	lexnet down DID                 the server answers with errors
//	lexnet up DID                   and no longer
func lexnet(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: lexnet publish|unpublish|txt|rekey|down|up ...")
	}
	n, ok := ts.Value(networkKey{}).(*scriptNetwork)
	if !ok {
		ts.Fatalf("lexnet has no network")
	}
	if n.Network == nil {
		n.start(ts)
	}
	switch args[0] {
	case "publish":
		var texts []string
		for _, name := range args[2:] {
			texts = append(texts, ts.ReadFile(name))
		}
		n.account(args[1]).Publish(texts...)
	case "unpublish":
		for _, nsid := range args[2:] {
			n.account(args[1]).Unpublish(syntax.NSID(nsid))
		}
	case "txt":
		n.Set(args[1], args[2:]...)
	case "rekey":
		n.account(args[1]).SetKey(n.Key())
	case "down":
		n.account(args[1]).Intercept(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusInternalServerError) })
		})
	case "up":
		n.account(args[1]).Intercept(nil)
	default:
		ts.Fatalf("lexnet cannot %s", args[0])
	}
}

func (n *scriptNetwork) start(ts *testscript.TestScript) {
	n.Network = lexicontest.New(n.t)
	ts.Setenv("DNS", n.DNS)
	ts.Setenv("PLC", n.Directory)
}

func (n *scriptNetwork) account(did string) *lexicontest.Account {
	if n.accounts[did] == nil {
		n.accounts[did] = n.Account(syntax.DID(did))
	}
	return n.accounts[did]
}
