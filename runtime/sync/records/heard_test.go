package records_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// missing has an account miss something of each of the accounts.
func (n *network) missing(accounts []*account, key string) {
	for _, a := range accounts {
		n.write(a, n.create(posts, key+"-missed", "1"))
		n.post(a, n.create(posts, key, "1"))
	}
}

// TestAHostThatIsHeardAgainIsAsked has a host that does not answer for hours, so that it is
// asked once an hour, and then something is written there.
func TestAHostThatIsHeardAgainIsAsked_SN42_SN43(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		a := n.join(1, pds, n.some(2)...)
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		n.refuse("UpstreamFailure")
		n.missing([]*account{a}, "a")
		after(6 * time.Hour)
		n.refuse("")
		asked := n.fetches(pds)
		after(10 * time.Minute)
		if got := n.fetches(pds); got != asked {
			t.Fatalf("it was asked %d times without a reason", got-asked)
		}
		n.post(a, n.create(posts, "again", "1"))
		after(time.Second)
		v.equals(n, a, nil)
	})
}

// TestAHostThatDoesNotAnswerIsHeard has hosts that pass on what is written all the time, and
// do not send repositories: one says so, and one lets who asks wait.
func TestAHostThatDoesNotAnswerIsHeard_SN42_SN72(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		const dead, slow = "http://dead.example.com", "http://slow.example.com"
		var accounts []*account
		for i := range 8 {
			accounts = append(accounts, n.join(i, []string{dead, slow}[i%2], n.some(1)...))
		}
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(time.Minute)
		n.set(func() {
			n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
				switch origin {
				case dead:
					return nil, refusal("UpstreamFailure")
				case slow:
					time.Sleep(2 * time.Minute)
					return bytes.NewReader(file), nil
				}
				return nil, errAsUsual
			}
		})
		n.missing(accounts, "a")
		after(6 * time.Hour)
		before := [...]int{n.fetches(dead), n.fetches(slow)}
		for i := range 120 {
			for _, a := range accounts {
				n.post(a, n.create(posts, fmt.Sprintf("b%d", i), "1"))
			}
			after(5 * time.Second)
		}
		if d, s := n.fetches(dead)-before[0], n.fetches(slow)-before[1]; d < 10 || d > 61 || s > 4 {
			t.Errorf("in ten minutes: %d and %d fetches", d, s)
		}
		n.refuse("")
		after(2 * time.Hour)
		for _, a := range accounts {
			v.equals(n, a, nil)
		}
	})
}
