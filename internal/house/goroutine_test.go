package house

import (
	"go/ast"
	"testing"
)

func TestGoroutinesStartInKnownPlaces(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(s *source) bool { return !s.isTest() },
		find:    goStatements,
		advice:  "let the caller decide about concurrency, or allow the file here with the reason",
		allow: []allowance{
			{"runtime/identity/handle.go", "the DNS and a server are asked side by side; both end with the context"},
			{"runtime/identity/cache.go", "one question for all who wait, some of whom may give up; it is bounded by a timeout"},
			{"runtime/identity/directory.go", "a batch with a bounded number of workers, for which the caller waits"},
			{"api/atclient/session.go", "one renewal for all who wait, some of whom may give up; the client bounds it"},
			{"runtime/xrpc/streamserver.go", "one that reads and one that writes for each stream, for which its handler waits"},
			{"runtime/xrpc/connection.go", "one that closes the connection of a stream when that ends, for which the stream waits"},
			{"runtime/sync/lanes.go", "one for each account with events, whose number is bounded, for which the consumer waits"},
			{"bench/fanout", "servers and sockets of the benchmark, which end with it"},
			{"runtime/sync/records/syncer.go", "the tasks of a syncer, whose number is bounded, for which Run waits"},
			{"runtime/sync/records/resync.go", "the resyncs that have room, whose number is bounded, for which Run waits"},
			{"runtime/sync/records/webhook.go", "a bounded number of requests, for which Run waits"},
			{"runtime/sync/records/channel.go", "one that reads and one that watches the time for each client, for which its handler waits"},
			{"examples/follow/main.go", "the syncer, for which the program waits"},
			{"bench/xrpc/plan.go", "servers of the benchmark, which end with it"},
			{"runtime/xrpc/xrpctest", "a server in memory, which ends with the test"},
			{"resolver/network/collect.go", "a bounded number of workers that resolve schemas, for which the caller waits"},
			{"resolver/parallel.go", "files are parsed side by side, one owner each, and the function waits for all"},
			{"services/relay/relay.go", "hosts that are followed, and what stores accounts, for all of which Run waits"},
			{"services/internal/atpd/serve.go", "the daemon's tasks and its HTTP server, for which serve waits"},
			{"services/fanout/feed.go", "one that reads the store for a subscriber, which waits for it"},
			{"services/fanout/subscriber.go", "one that listens to each subscriber, for which its handler waits"},
			{"internal/lexicontest", "the DNS server of a network for tests, which ends with the test"},
			{"services/plc/store/storetest", "tests of stores that many use at once"},
			{"runtime/sync/logtest", "a test of logs that many open at once, for which it waits"},
			{"services/internal/networktest", "servers and followers of a simulated network, which end with the test's bubble"},
			{"services/internal/plctest/wait.go", "what a test waits for, which it gives up after a while"},
		},
		trips: "package p\nfunc f() { go f() }\n",
	}.check(t)
}

// goStatements finds go statements and calls of the Go method of a wait group.
func goStatements(s *source) []finding {
	var found []finding
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			found = append(found, finding{n.Pos(), "go statement"})
		case *ast.CallExpr:
			if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Go" && len(n.Args) == 1 {
				found = append(found, finding{n.Pos(), "call of Go"})
			}
		}
		return true
	})
	return found
}
