package records_test

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// refuse has the servers of accounts answer with an error when they are asked for a
// repository; with "" they answer well.
func (n *network) refuse(name string) {
	n.set(func() {
		n.getRepo = func(origin string, _ syntax.DID, _ []byte) (io.Reader, error) {
			if origin == relay || name == "" {
				return nil, errAsUsual
			}
			return nil, refusal(name)
		}
	})
}

// slow has them send what there is when they are asked, 20 seconds later.
func (n *network) slow() {
	n.set(func() {
		n.getRepo = func(origin string, _ syntax.DID, file []byte) (io.Reader, error) {
			if origin == relay {
				return nil, errAsUsual
			}
			time.Sleep(20 * time.Second)
			return bytes.NewReader(file), nil
		}
	})
}

// A scene is an account that is followed.
type scene struct {
	n *network
	v *view
	a *account
	r *run
}

// again has it fetched.
func (s *scene) again() {
	if err := s.r.Resync(s.n.t.Context(), s.a.did); err != nil {
		s.n.t.Error(err)
	}
	after(5 * time.Second)
}

// restart ends the process, and begins the next one after something has been done to the
// store.
func (s *scene) restart(do func(records.Store) error) {
	s.r.stop()
	if err := do(s.r.Store); err != nil {
		s.n.t.Error(err)
	}
	s.r = s.v.start(s.r.Options)
}

// is demands that it is in step, and active.
func (s *scene) is(name string) {
	s.n.t.Helper()
	row, err := s.r.Store.Repo(s.n.t.Context(), s.a.did)
	if err != nil || row.State != records.Synchronized || !row.Active {
		s.n.t.Errorf("%s: %+v, %v", name, row, err)
	}
	s.v.mu.Lock()
	told, some := s.v.account[s.a.did]
	s.v.mu.Unlock()
	if some && !told.Active {
		s.n.t.Errorf("%s: the application was told %+v", name, told)
	}
	s.v.equals(s.n, s.a, nil)
}

// How an account may be.
var situations = map[string]func(s *scene){
	"in step":                     func(*scene) {},
	"deactivated":                 func(s *scene) { s.n.says(s.a, false, "deactivated") },
	"deleted":                     func(s *scene) { s.n.says(s.a, false, records.StatusDeleted) },
	"in progress":                 func(s *scene) { s.n.slow(); s.again() },
	"not there":                   func(s *scene) { s.n.refuse("RepoNotFound"); s.again() },
	"refused":                     func(s *scene) { s.n.refuse("RepoTakendown"); s.again() },
	"refused twice":               func(s *scene) { s.n.refuse("RepoTakendown"); s.again(); after(70 * time.Minute) },
	"in progress after a refusal": func(s *scene) { s.n.refuse("RepoDeactivated"); s.again(); s.n.slow(); s.again() },
}

// What may happen to one.
var incidents = map[string]func(s *scene){
	"nothing":     func(*scene) {},
	"active":      func(s *scene) { s.n.says(s.a, true, "") },
	"deactivated": func(s *scene) { s.n.says(s.a, false, "deactivated") },
	"takendown":   func(s *scene) { s.n.says(s.a, false, "takendown") },
	"deleted":     func(s *scene) { s.n.says(s.a, false, records.StatusDeleted) },
	"identity":    func(s *scene) { s.n.renamed(s.a) },
	"commit":      func(s *scene) { s.n.post(s.a, s.n.create(posts, "told", "1")) },
	"sync":        func(s *scene) { s.n.write(s.a, s.n.create(posts, "synced", "1")); s.n.sync(s.a) },
	"requested":   func(s *scene) { s.again() },
	"refused":     func(s *scene) { s.n.refuse("RepoTakendown"); s.again() },
	"moved":       func(s *scene) { s.n.set(func() { s.a.pds = "http://new.example.com" }); s.n.renamed(s.a) },
	"restarted":   func(s *scene) { s.restart(func(records.Store) error { return nil }) },
	"all anew": func(s *scene) {
		s.restart(func(store records.Store) error { return store.Resync(s.n.t.Context(), time.Now()) })
	},
}

// TestNoAccountIsStuck has accounts in all situations, to which something happens, and
// which write something that is told. Once their servers answer well they are in step
// without another word; those of which the relay has said that they are not active, when
// it says that they are again.
func TestNoAccountIsStuck_SN08_SN43_SN54a_SN70_SN72(t *testing.T) {
	t.Parallel()
	for from, begin := range situations {
		for name, happen := range incidents {
			t.Run(from+", "+name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					n, v := newNetwork(t), newView(t)
					s := &scene{n, v, n.join(1, pds, n.some(3)...), v.start(n.options(&records.MemoryStore{}))}
					defer func() { s.r.stop() }()
					n.renamed(s.a)
					after(time.Minute)
					begin(s)
					after(time.Second)
					happen(s)
					after(time.Second)
					n.post(s.a, n.create(posts, "after", "1"))
					after(2 * time.Hour)
					n.refuse("")
					after(3 * time.Hour)
					if n.statusOf(s.a.did) != "" {
						row, err := s.r.Store.Repo(t.Context(), s.a.did)
						if err != nil || row.Active || row.State == records.InProgress {
							t.Errorf("before it is active: %+v, %v", row, err)
						}
						n.says(s.a, true, "")
						after(time.Hour)
					}
					s.is("in the end")
				})
			})
		}
	}
}

// TestWhatIsDroppedBeforeARefusalEnds has an account whose server has refused to send its
// repository, and sends it again: its commits are dropped while that is on its way, and
// the relay does not say how it is.
func TestWhatIsDroppedBeforeARefusalEnds_SN43_SN54a(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		s := &scene{n, v, n.join(1, pds, n.some(3)...), v.start(n.options(&records.MemoryStore{}))}
		defer s.r.stop()
		after(time.Minute)
		n.refuse("RepoSuspended")
		s.again()
		n.set(func() { n.mute = true })
		n.slow()
		after(time.Hour)
		n.post(s.a, n.create(posts, "dropped", "1"))
		after(time.Hour)
		s.is("in the end")
	})
}

// TestTheStatusOfAnotherAccountIsNoAnswer has an account that is not active, and a relay
// that says of another one that it is.
func TestTheStatusOfAnotherAccountIsNoAnswer_SN54a(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n, v := newNetwork(t), newView(t)
		s := &scene{n, v, n.join(1, pds, n.some(3)...), v.start(n.options(&records.MemoryStore{}))}
		defer s.r.stop()
		after(time.Minute)
		n.says(s.a, false, "deactivated")
		after(time.Minute)
		v.says(s.a.did)
		n.set(func() { n.other = didOf(2) })
		n.post(s.a, n.create(posts, "a", "1"))
		after(time.Minute)
		if got := v.says(s.a.did); got != "" {
			t.Errorf("it was believed: %s", got)
		}
		n.set(func() { n.other = s.a.did })
		n.post(s.a, n.create(posts, "b", "1"))
		after(time.Minute)
		s.is("in the end")
	})
}
