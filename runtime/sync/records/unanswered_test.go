package records_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
)

// TestAStatusIsAskedForUntilItIsAnswered has an account of which an #account was missed, and
// a relay that does not say how it is when that is noticed: by a commit that is dropped, or
// by a listing. Nothing more comes of the account, and the process may end meanwhile.
func TestAStatusIsAskedForUntilItIsAnswered_SN54a(t *testing.T) {
	t.Parallel()
	for name, restart := range map[string]func(*scene){
		"the same process": func(*scene) {},
		"the next process": func(s *scene) { s.restart(func(records.Store) error { return nil }) },
	} {
		t.Run("a commit, "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := unanswered(t)
				defer func() { s.r.stop() }()
				s.n.says(s.a, false, "deactivated")
				after(time.Minute)
				s.n.set(func() { delete(s.n.status, s.a.did); s.n.mute = true })
				s.n.post(s.a, s.n.create(posts, "dropped", "1"))
				after(3 * time.Hour)
				restart(s)
				s.n.set(func() { s.n.mute = false })
				after(3 * time.Hour)
				s.is("in the end")
			})
		})
		t.Run("a listing, "+name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := unanswered(t)
				defer func() { s.r.stop() }()
				s.n.set(func() { s.n.status[s.a.did] = "takendown"; s.n.mute = true })
				s.n.tell(outdated())
				after(3 * time.Hour)
				restart(s)
				s.n.set(func() { s.n.mute = false })
				after(3 * time.Hour)
				row, err := s.r.Store.Repo(t.Context(), s.a.did)
				if err != nil || row.Active || row.Status != "takendown" {
					t.Errorf("%+v, %v", row, err)
				}
			})
		})
	}
}

// unanswered is an account that is in step, and another one of which something was told.
func unanswered(t *testing.T) *scene {
	t.Helper()
	n, v := newNetwork(t), newView(t)
	s := &scene{n, v, n.join(1, pds, n.some(3)...), v.start(n.options(&records.MemoryStore{}))}
	after(time.Second)
	n.renamed(s.a)
	after(time.Minute)
	s.is("at first")
	return s
}
