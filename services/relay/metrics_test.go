package relay_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	stdsync "sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/lex"
)

// documentedMetrics are the names in the table of docs/relay.md.
func documentedMetrics(t *testing.T) (all []string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(shared.ModuleRoot(), "docs", "relay.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile("`((?:relay|fanout|go|process)_[a-z_]+)`").FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// measured returns the sum of all values of a metric, and whether there are any.
func (w *world) measured(name string) (sum float64, found bool) {
	w.t.Helper()
	for line := range strings.Lines(w.metrics()) {
		rest, is := strings.CutPrefix(line, name)
		if is && (rest[0] == '{' || rest[0] == ' ') {
			value, err := strconv.ParseFloat(strings.TrimSpace(rest[strings.LastIndexByte(rest, ' '):]), 64)
			if err != nil {
				w.t.Fatal(err)
			}
			sum, found = sum+value, true
		}
	}
	return sum, found
}

// subscribed follows all that is kept, and calls each with every event, until that returns
// false; then it leaves.
func (w *world) subscribed(each func() bool) {
	params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(0)}
	for _, err := range comatproto.SyncSubscribeRepos.Subscribe(w.t.Context(), w.client, params) {
		if err != nil || !each() {
			return
		}
	}
}

// TestMetricsAreAsDocumented looks at all metrics that docs/relay.md names, after traffic that
// moves each of them, and at whether it names all of ours.
func TestMetricsAreAsDocumented(t *testing.T) {
	t.Parallel()
	w := inMemory(t, manyEvents)
	h := w.follow(home)
	a, bob := h.account(t, "alice"), h.account(t, "bob")
	a.sendsPost()
	w.passes("commit alice key0000")
	w.status(a, "active")
	w.end()
	w.start() // what was before is read from the store
	w.until("it is followed", func() bool { return w.relay.Host(home).Connected })
	w.subscribed(func() bool { return false })
	a.post() // which is missing
	a.sendsPost()
	w.passes("sync alice")
	h.sends(t, edited(bob.post(), func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks[len(e.Blocks)-1] ^= 1 }))
	stalled, end := make(chan struct{}), make(chan struct{})
	var wait stdsync.WaitGroup
	defer wait.Wait()
	defer close(end)
	wait.Go(func() { // this one takes no more than one event
		w.subscribed(func() bool { close(stalled); <-end; return false })
	})
	<-stalled
	w.until("it is behind", func() bool {
		old := a.named("")
		w.clock.Add(2 * time.Second)
		h.sends(t, old)
		w.passes("identity alice")
		lag, _ := w.measured("fanout_lag_max")
		return lag > 0
	})
	names := documentedMetrics(t)
	if len(names) < 15 {
		t.Fatal(names)
	}
	for _, name := range names {
		w.until(name+" has moved", func() bool { sum, found := w.measured(name); return found && sum > 0 })
	}
	for line := range strings.Lines(w.metrics()) {
		name := line[:strings.IndexAny(line, "{ ")]
		if (strings.HasPrefix(name, "relay_") || strings.HasPrefix(name, "fanout_")) && !slices.Contains(names, name) {
			t.Errorf("%s is not documented", name)
		}
	}
}
