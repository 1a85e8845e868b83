package main

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/lexgen/lexgen/internal/lexicontest"
)

// networkKey is under which a script has its network.
type networkKey struct{}

// scriptNetwork is the network of a script, nil before it is needed.
type scriptNetwork struct {
	t *testing.T
	*lexicontest.Script
}

// lexnet starts a network on loopback for the rest of the script, where it is called for
// the first time, and changes it: see lexicontest.Script. $DNS and $PLC are its DNS server
// and its directory of did:plc.
func lexnet(ts *testscript.TestScript, neg bool, args []string) {
	n, ok := ts.Value(networkKey{}).(*scriptNetwork)
	if !ok || neg || len(args) < 2 {
		ts.Fatalf("usage: lexnet COMMAND ARG...")
	}
	if n.Script == nil {
		n.Script = lexicontest.NewScript(lexicontest.New(n.t))
		ts.Setenv("DNS", n.DNS)
		ts.Setenv("PLC", n.Directory)
	}
	ts.Check(n.Run(args, ts.ReadFile))
}
