package identity_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// window is how long a directory that is down is not asked.
const window = 5 * time.Second

// TestTenThousandNamesOfADeadDirectory: what strangers make up is not asked of a
// directory that is down, but for one probe in each window. As soon as it is back,
// all of it is.
func TestTenThousandNamesOfADeadDirectory(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() { n.down, n.documents[string(alice)] = true, says(documentOf(alice, "alice.org")) })
	_, d, clock := n.limited(t, func(*identity.ResolverOptions) {})
	ids := invented(10_000)
	notAsked := func() (count int) {
		for i, r := range d.LookupAll(t.Context(), ids...) {
			if !errors.Is(r.Err, identity.ErrUnavailable) {
				t.Fatalf("%s: %v", ids[i], r.Err)
			}
			if errors.Is(r.Err, identity.ErrDown) {
				count++
			}
		}
		return count
	}
	// Five tell that it is down, while the 16 of LookupAll ask side by side.
	down, first := notAsked(), n.cost().connections
	if first < 5 || first > 5+15 || down != len(ids)-first {
		t.Errorf("%d connections, and %d not asked", first, down)
	}
	for probes := 1; probes <= 3; probes++ {
		clock.add(window)
		if notAsked(); n.cost().connections != first+probes {
			t.Errorf("%d connections after %d windows, want %d", n.cost().connections, probes, first+probes)
		}
	}
	n.set(func() { n.down = false })
	if _, err := d.LookupDID(t.Context(), alice); !errors.Is(err, identity.ErrDown) {
		t.Error(err)
	}
	clock.add(window)
	if _, err := d.LookupDID(t.Context(), alice); err != nil {
		t.Error(err)
	}
	for _, r := range d.LookupAll(t.Context(), ids[5000:5500]...) {
		if !errors.Is(r.Err, identity.ErrNotFound) {
			t.Error(r.Err)
		}
	}
}

// TestWhatTellsThatADirectoryIsDown asks over and over, and then once more: is the
// directory asked?
func TestWhatTellsThatADirectoryIsDown(t *testing.T) {
	t.Parallel()
	const refused, gone, impatient = -1, -2, -3 // the connection, the directory meanwhile, and who asks
	for name, c := range map[string]struct {
		answers []int // statuses
		down    bool
	}{
		"five in a row":           {[]int{refused, refused, refused, refused, refused}, true},
		"five that break off":     {[]int{gone, gone, gone, gone, gone}, true},
		"five of both":            {[]int{gone, refused, gone, refused, gone}, true},
		"four in a row":           {[]int{refused, refused, refused, refused}, false},
		"an answer between":       {[]int{refused, refused, refused, refused, 200, refused, refused, refused, refused}, false},
		"no such DID between":     {[]int{refused, refused, refused, refused, 404, refused, refused, refused, refused}, false},
		"answers, though faults":  {[]int{500, 502, 503, 429, 500, 503}, false},
		"who asks does not wait":  {[]int{impatient, impatient, impatient, impatient, impatient, impatient}, false},
		"nor counts as an answer": {[]int{refused, refused, refused, refused, impatient, refused}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNetwork(t)
			r, _, _ := n.limited(t, func(*identity.ResolverOptions) {})
			for _, answer := range c.answers {
				handler := fails(answer)
				switch answer {
				case http.StatusOK:
					handler = says(documentOf(alice, "alice.org"))
				case gone, refused:
					handler = breaksOff("")
				}
				n.set(func() { n.down, n.documents[string(alice)] = answer == refused, handler })
				ctx, cancel := context.WithCancel(t.Context())
				if answer == impatient {
					cancel()
				}
				if _, err := r.ResolveDID(ctx, alice); errors.Is(err, identity.ErrDown) || (err == nil) != (answer == http.StatusOK) {
					t.Fatal(err)
				}
				cancel()
			}
			n.set(func() { n.down, n.documents[string(alice)] = false, says(documentOf(alice, "alice.org")) })
			before := n.cost().requests
			_, err := r.ResolveDID(t.Context(), alice)
			if down := errors.Is(err, identity.ErrDown); down != c.down || down == (err == nil) || (n.cost().requests == before) != c.down {
				t.Errorf("%v after %d requests", err, n.cost().requests-before)
			}
			if c.down && !errors.Is(err, identity.ErrUnavailable) {
				t.Error(err)
			}
		})
	}
}

// TestAProbeThatFailsEndsNothing: a directory that stays down is probed in the next
// window again, by its logs, too.
func TestAProbeThatFailsEndsNothing(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	n.set(func() { n.down = true })
	r, _, clock := n.limited(t, func(o *identity.ResolverOptions) { o.Trust = identity.TrustLogs })
	for i := range 100 { // 50 s
		_, err := r.ResolveDID(t.Context(), syntax.DID(invented(100)[i]))
		if probed := i < 5 || (i-4)%10 == 0; !errors.Is(err, identity.ErrUnavailable) || errors.Is(err, identity.ErrDown) == probed {
			t.Errorf("question %d: %v", i, err)
		}
		if i >= 4 {
			clock.add(window / 10)
		}
	}
	if got := n.cost().connections; got != 5+9 {
		t.Errorf("%d connections", got)
	}
}
