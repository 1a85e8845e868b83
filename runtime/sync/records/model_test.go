package records_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A step is something that happens to one of a few accounts. What it does is in steps.
type step struct {
	What    string
	Account int
	N       int
}

// A history is a network, and an application that follows it, over crashes.
type history struct {
	t        *testing.T
	n        *network
	v        *view
	store    *failing
	opts     records.Options
	accounts []*account
	inactive map[*account]bool
	run      *run
	crashes  int
	problems recorder
}

// recorder notes what is wrong, for a test that is to be shrunk.
type recorder struct {
	testing.TB

	mu  stdsync.Mutex
	all []string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all = append(r.all, fmt.Sprintf(format, args...))
}

func (*recorder) Helper() {}

// failing is a store that fails at a change, before or after it was made.
type failing struct {
	records.Store

	mu     stdsync.Mutex
	in     int // changes until it fails; 0 for never
	after  bool
	broken bool
}

var errDisk = errors.New("the disk is full")

func (f *failing) Change(ctx context.Context, c *records.Change) error {
	f.mu.Lock()
	fails := f.in == 1
	f.in = max(0, f.in-1)
	f.broken = f.broken || fails
	broken, late := f.broken, f.after
	f.mu.Unlock()
	if broken && (!fails || !late) {
		return errDisk
	}
	err := f.Store.Change(ctx, c)
	if fails && err == nil {
		err = errDisk
	}
	return err
}

var steps = map[string]func(h *history, a *account, n int){
	"post": func(h *history, a *account, n int) { h.n.post(a, h.writes(a, n)...) },
	"lose": func(h *history, a *account, n int) { h.n.write(a, h.writes(a, n)...) },
	"repeat": func(h *history, _ *account, n int) {
		h.n.mu.Lock()
		var m lex.Object
		if len(h.n.events) > 0 {
			m = h.n.events[n%len(h.n.events)]
		}
		h.n.mu.Unlock()
		if e, ok := m.(*commitEvent); ok {
			h.n.tell(e)
		}
	},
	"new key": func(h *history, a *account, n int) {
		h.n.mu.Lock()
		a.sign(keyFrom(h.t, byte(1+n%200)))
		h.n.mu.Unlock()
		if n%2 == 0 {
			h.n.renamed(a)
		}
		h.n.post(a)
	},
	"move": func(h *history, a *account, n int) {
		h.n.mu.Lock()
		a.pds = fmt.Sprintf("http://pds%d.example.com", n%3)
		h.n.mu.Unlock()
		h.n.renamed(a)
	},
	"sync":     func(h *history, a *account, _ int) { h.n.sync(a) },
	"identity": func(h *history, a *account, _ int) { h.n.renamed(a) },
	"faults":   func(h *history, _ *account, n int) { h.faults(n) },
	"wait":     func(_ *history, _ *account, n int) { after(time.Duration(n) * 300 * time.Millisecond) },
	"crash":    func(h *history, _ *account, _ int) { h.crash() },
	"disk": func(h *history, _ *account, n int) {
		h.store.mu.Lock()
		defer h.store.mu.Unlock()
		h.store.in, h.store.after = 1+n%8, n%2 == 0
	},
	"inactive": func(h *history, a *account, _ int) {
		h.n.says(a, h.inactive[a], "")
		h.inactive[a] = !h.inactive[a]
	},
}

// writes are a few that a repository can do.
func (h *history) writes(a *account, n int) []repo.Write {
	has := h.n.has(a, nil)
	var writes []repo.Write
	for i := range 1 + n%4 {
		collection := []syntax.NSID{posts, likes}[(n/7+i)%2]
		key := syntax.RecordKey(fmt.Sprintf("k%d", (n/3+i*5)%12))
		data := record(h.t, collection, fmt.Sprint(n))
		switch {
		case has[string(collection)+"/"+string(key)] == "":
			writes = append(writes, repo.CreateData(collection, key, data))
		case n%3 == 0:
			writes = append(writes, repo.Delete(collection, key))
		default:
			writes = append(writes, repo.UpdateData(collection, key, data))
		}
		has[string(collection)+"/"+string(key)] = ""
		if i > 0 && (n/3+i*5)%12 == (n/3)%12 {
			return writes[:i]
		}
	}
	return writes
}

// faults has servers misbehave from now on, in one of some ways.
func (h *history) faults(n int) {
	h.n.mu.Lock()
	defer h.n.mu.Unlock()
	h.n.getRepo = func(_ string, did syntax.DID, file []byte) (io.Reader, error) {
		if file == nil {
			return nil, errAsUsual
		}
		switch n % 7 {
		case 0:
			return nil, errAsUsual
		case 1:
			return nil, refusal("InternalServerError")
		case 2:
			return bytes.NewReader(file[:len(file)/2]), nil
		case 3:
			return bytes.NewReader(forged(h.t, did, keyFrom(h.t, 250), time.Now())), nil
		case 4: // the relay has it, too
			return bytes.NewReader(file), nil
		case 5:
			return nil, refusal("RepoNotFound")
		}
		time.Sleep(5 * time.Second) // it is out of date when it comes
		return bytes.NewReader(file), nil
	}
}

// start opens what the store has kept.
func (h *history) start() {
	h.store.mu.Lock()
	h.store.in, h.store.broken = 0, false
	h.store.mu.Unlock()
	h.run = h.v.start(h.opts)
	after(time.Millisecond) // it follows the stream
}

// crash ends the process, and starts it again.
func (h *history) crash() {
	h.crashes++
	h.store.mu.Lock()
	h.store.broken = true // nothing more is written
	h.store.mu.Unlock()
	h.run.stop()
	h.start()
}

// play plays a history, and returns what is wrong in the end.
func play(t *testing.T, plan []step) (wrong []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		after(time.Hour)
		h := &history{t: t, n: newNetwork(t), inactive: map[*account]bool{}, store: &failing{Store: &records.MemoryStore{}}}
		h.problems.TB = t
		h.v = newView(&h.problems)
		h.opts = h.n.options(h.store)
		h.opts.Observer = h.v
		h.opts.Limits = records.Limits{FirstEvent: 1, Queued: 5, Pause: time.Second, MaxPause: 10 * time.Second, AccountEvery: time.Second}
		for i := range 3 {
			h.accounts = append(h.accounts, h.n.join(i, "http://pds0.example.com", h.n.some(i*3)...))
		}
		h.start()
		h.n.renamed(h.accounts[0]) // with the first event it knows where to go on
		after(time.Millisecond)
		for _, s := range plan {
			a := h.accounts[s.Account]
			if h.inactive[a] && slices.Contains([]string{"post", "lose", "new key", "sync"}, s.What) {
				continue // it writes nothing then
			}
			steps[s.What](h, a, s.N)
		}
		h.faults(0)
		for _, a := range h.accounts {
			if h.inactive[a] {
				h.n.says(a, true, "")
			}
			h.n.post(a)
		}
		h.crash() // a disk that was full ends the run
		after(time.Hour)
		for _, a := range h.accounts {
			h.v.equals(h.n, a, nil)
		}
		counts, err := h.store.Counts(t.Context())
		if err != nil || counts[records.Synchronized] != 3 {
			h.problems.Errorf("%v, %v", counts, err)
		}
		h.run.stop()
		if refs, err := h.store.Waiting(t.Context(), 0, 10); len(refs) > 0 || err != nil {
			h.problems.Errorf("events that are not acknowledged: %v, %v", refs, err)
		}
		wrong = h.problems.all
	})
	return wrong
}

// TestTheViewIsTheNetwork plays random histories, with events that are lost and repeated,
// keys that change, accounts that move, servers that misbehave, disks that are full and
// processes that end anywhere. In the end what the application was told adds up to what
// the accounts have. Each event has come, those of one account in their order.
func TestTheViewIsTheNetwork_SN36_SN41_SN43(t *testing.T) {
	t.Parallel()
	names := []string{
		"post", "post", "post", "post", "lose", "repeat", "new key", "move", "sync", "identity", "faults", "wait", "wait", "wait", "crash", "disk", "inactive",
	}
	plans := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{rapid.SampledFrom(names).Draw(t, "what"), rapid.IntRange(0, 2).Draw(t, "account"), rapid.IntRange(0, 99).Draw(t, "n")}
	}), 0, 40)
	rapid.Check(t, func(rt *rapid.T) {
		plan := plans.Draw(rt, "plan")
		if wrong := play(t, plan); len(wrong) > 0 {
			rt.Fatalf("%s", strings.Join(wrong, "\n"))
		}
	})
}
