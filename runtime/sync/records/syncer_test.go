package records_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/sync/records"
)

// TestAViewIsInStep has accounts that are listed, whose records come first, and then
// what they write.
func TestAViewIsInStep_SN43_SN44(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		for i := range 5 {
			n.join(i, "http://pds.example.com", n.some(20*i)...)
		}
		r := v.start(n.options(&records.MemoryStore{}))
		defer r.stop()
		after(10 * time.Second)
		for i := range 5 {
			v.equals(n, n.accounts[didOf(i)], nil)
			v.says(didOf(i))
		}
		a := n.accounts[didOf(1)]
		n.post(a, n.create(likes, "a", "1"), repo.Delete(posts, "key00000"), repo.UpdateData(posts, "key00001", record(t, posts, "new")))
		late := n.join(9, "http://other.example.com", n.some(1)...)
		n.tell(late.last)
		after(time.Second)
		if got := v.says(a.did); got != "create com.example.feed.like/a live, delete com.example.feed.post/key00000, update com.example.feed.post/key00001 live" {
			t.Error(got)
		}
		if got := v.says(late.did); got != "create com.example.feed.post/key00000 live" {
			t.Error(got)
		}
		v.equals(n, a, nil)
		after(10 * time.Second) // what was listed before the first event is listed again
		p, err := r.Progress(t.Context())
		if err != nil || p.Accounts[records.Synchronized] != 6 || len(p.Accounts) != 1 || !p.Done || p.Listed != 11 || p.Added != 5 || p.Waiting != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		if v.failures() > 5 { // the relay has no repositories
			t.Errorf("%d failures", v.failures())
		}
	})
}
