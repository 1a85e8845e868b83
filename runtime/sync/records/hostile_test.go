package records_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// trickle sends a byte a second.
type trickle struct{ io.Reader }

func (r trickle) Read(b []byte) (int, error) {
	time.Sleep(time.Second)
	return r.Reader.Read(b[:1])
}

// cutOff sends a part, and then the connection breaks.
type cutOff struct {
	io.Reader

	left int
}

func (r *cutOff) Read(b []byte) (int, error) {
	if r.left == 0 {
		return 0, errors.New("cut")
	}
	n, err := r.Reader.Read(b[:min(len(b), r.left)])
	r.left -= n
	return n, err
}

// forged returns a repository of an account with other records, that a key has signed at
// a time.
func forged(t *testing.T, did syntax.DID, key *crypto.PrivateKey, at time.Time) []byte {
	t.Helper()
	store := blockstore.NewMemory()
	w := repo.NewWriter(store, key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return at }})})
	change, err := w.Init(context.Background(), did, repo.CreateData(posts, "forged", record(t, posts, "forged")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(context.Background(), store, change.Commit)
	var b bytes.Buffer
	if err == nil {
		err = r.Export(context.Background(), &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// counting is a store that counts how often somebody looks for work.
type counting struct {
	records.Store

	turns atomic.Int64
}

func (c *counting) NextHost(ctx context.Context, after string) (string, bool, error) {
	c.turns.Add(1)
	return c.Store.NextHost(ctx, after)
}

func (c *counting) Due(ctx context.Context, host string) (syntax.DID, time.Time, error) {
	c.turns.Add(1)
	return c.Store.Due(ctx, host)
}

// TestHostileRepositoriesAreRefused has a server that answers in all wrong ways. Each
// answer is refused for its reason, nothing of it that is not so is told, it is asked for
// again after growing pauses, and when the server answers well all is in step.
func TestHostileRepositoriesAreRefused_SN33_SN35_SN38_SN42(t *testing.T) {
	t.Parallel()
	type answer func(t *testing.T, a *account, file []byte) (io.Reader, error)
	for name, c := range map[string]struct {
		want   string
		limits records.Limits
		answer answer
	}{
		"another key": {"signature", records.Limits{}, func(t *testing.T, a *account, _ []byte) (io.Reader, error) {
			t.Helper()
			return bytes.NewReader(forged(t, a.did, keyFrom(t, 200), time.Now())), nil
		}},
		"an old version": {"old-rev", records.Limits{}, func(t *testing.T, a *account, _ []byte) (io.Reader, error) {
			t.Helper()
			return bytes.NewReader(forged(t, a.did, a.key, time.Now().Add(-24*time.Hour))), nil
		}},
		"a version of the future": {"future-rev", records.Limits{}, func(t *testing.T, a *account, _ []byte) (io.Reader, error) {
			t.Helper()
			return bytes.NewReader(forged(t, a.did, a.key, time.Now().Add(time.Hour))), nil
		}},
		"another account": {"mismatch", records.Limits{}, func(t *testing.T, a *account, _ []byte) (io.Reader, error) {
			t.Helper()
			return bytes.NewReader(forged(t, didOf(7), a.key, time.Now())), nil
		}},
		"too large": {"oversize", records.Limits{Repo: 1 << 20}, func(_ *testing.T, _ *account, file []byte) (io.Reader, error) {
			blocks := file[1+int(file[0]):] // behind the header
			return io.MultiReader(bytes.NewReader(file), bytes.NewReader(bytes.Repeat(blocks, 2<<20/len(blocks)))), nil
		}},
		"slow": {"slow", records.Limits{Time: time.Minute}, func(_ *testing.T, _ *account, file []byte) (io.Reader, error) {
			return io.MultiReader(bytes.NewReader(file[:6000]), trickle{bytes.NewReader(file[6000:])}), nil
		}},
		"too short": {"malformed", records.Limits{}, func(_ *testing.T, _ *account, file []byte) (io.Reader, error) {
			return bytes.NewReader(file[:len(file)/2]), nil
		}},
		"cut": {"unavailable|malformed", records.Limits{}, func(_ *testing.T, _ *account, file []byte) (io.Reader, error) {
			return &cutOff{bytes.NewReader(file), len(file) / 2}, nil
		}},
		"nothing": {"malformed", records.Limits{}, func(*testing.T, *account, []byte) (io.Reader, error) { return strings.NewReader(""), nil }},
		"a bit": {"malformed", records.Limits{}, func(_ *testing.T, _ *account, file []byte) (io.Reader, error) {
			file = bytes.Clone(file)
			file[len(file)*2/3] ^= 1
			return bytes.NewReader(file), nil
		}},
		"an error":       {"unavailable", records.Limits{}, func(*testing.T, *account, []byte) (io.Reader, error) { return nil, refusal("InternalServerError") }},
		"too many":       {"unavailable", records.Limits{}, func(*testing.T, *account, []byte) (io.Reader, error) { return nil, refusal("RateLimitExceeded") }},
		"no such method": {"not-found", records.Limits{}, func(*testing.T, *account, []byte) (io.Reader, error) { return nil, refusal("XRPCNotSupported") }},
	} {
		synctest.Test(t, func(t *testing.T) {
			after(48 * time.Hour)
			n, v := newNetwork(t), newView(t)
			a := n.join(1, pds, n.some(60)...)
			store := &counting{Store: &records.MemoryStore{}}
			opts := n.options(store)
			opts.Backfill, opts.Limits = records.NoBackfill, c.limits
			n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
				if origin == relay {
					return nil, errAsUsual
				}
				return c.answer(t, a, file)
			}
			r := v.start(opts)
			defer r.stop()
			after(time.Second)
			n.post(a, n.create(posts, "told", "1"))
			after(3 * time.Hour)
			v.onlyTrouble(c.want, name)
			if turns := store.turns.Load(); turns > 1000 {
				t.Errorf("%s: it was looked for work %d times", name, turns)
			}
			v.onlyTruth(n.has(a, nil), a.did)
			n.mu.Lock()
			n.getRepo = nil
			n.mu.Unlock()
			after(2 * time.Hour)
			v.equals(n, a, nil)
		})
	}
}

// onlyTrouble demands that fetches of three hours have failed for reasons, which are
// separated by |, and not too often.
func (v *view) onlyTrouble(reasons, name string) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, line := range v.trouble {
		host, reason, _ := strings.Cut(line, " ")
		if line != relay+" not-found" && (host != pds || !slices.Contains(strings.Split(reasons, "|"), reason)) {
			v.t.Errorf("%s: %s", name, line)
		}
	}
	if attempts := len(v.trouble) / 2; attempts < 5 || attempts > 15 { // at the relay, and at the server
		v.t.Errorf("%s: %d attempts in three hours", name, attempts)
	}
}

// onlyTruth demands that nothing was told that an account does not have.
func (v *view) onlyTruth(has map[string]string, did syntax.DID) {
	v.t.Helper()
	v.mu.Lock()
	defer v.mu.Unlock()
	for path, id := range v.records[did] {
		if has[path] != id {
			v.t.Errorf("%s was told", path)
		}
	}
}

// TestAWrongKeyIsLookedUpAgain has a repository that is signed with a key which the
// directory has not told yet.
func TestAWrongKeyIsLookedUpAgain_SN33(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		opts := n.options(&records.MemoryStore{})
		old := keyFrom(t, 150)
		remembered := &stale{network: n, key: old}
		opts.Directory = remembered
		r := v.start(opts)
		defer r.stop()
		after(time.Minute)
		v.equals(n, a, nil)
		if remembered.refreshed != 1 {
			t.Errorf("it was looked up %d times", remembered.refreshed)
		}
	})
}
