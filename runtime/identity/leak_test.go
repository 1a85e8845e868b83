package identity_test

import (
	"context"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ours returns how many goroutines are in package identity.
func ours() int {
	stacks := make([]byte, 16<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	count := 0
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "/runtime/identity.") {
			count++
		}
	}
	return count
}

// TestNoGoroutineIsLeft: where nobody answers, questions are on their way after all
// who asked have given up, and none after Close. A resolver leaves none by itself.
//
//nolint:paralleltest // goroutines of other tests would count
func TestNoGoroutineIsLeft(t *testing.T) {
	n := newNetwork(t)
	n.set(func() {
		n.rcodes["_atproto.carol.org"] = -1
		n.hosts["carol.org"], n.hosts["bob.org"], n.documents[string(alice)] = silent, silent, silent
	})
	r := n.newResolver(syntax.Production)
	d := identity.NewDirectory(r, identity.CacheOptions{})
	ids := []syntax.AtIdentifier{"carol.org", syntax.AtIdentifier(bob), syntax.AtIdentifier(alice)}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, id := range ids {
		all.Go(func() { _, _ = d.Lookup(ctx, id) })
	}
	for n.count("carol.org") == 0 || n.count("bob.org") == 0 || n.count(string(alice)) == 0 {
		runtime.Gosched()
	}
	cancel()
	all.Wait()
	if ours() == 0 {
		t.Error("no question is on its way, so that this proves nothing")
	}
	d.Close()
	if count := ours(); count > 0 {
		t.Errorf("%d goroutines are left after Close", count)
	}
	if _, err := r.ResolveHandle(ctx, "carol.org"); err == nil || ours() > 0 {
		t.Errorf("%v, and %d goroutines are left by a resolver", err, ours())
	}
}
