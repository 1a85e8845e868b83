package networktest

import (
	"context"
	"maps"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestMistakesAreFound proves that a simulation can fail: systems with one mistake each
// do not agree with the hosts, with one of three seeds at the latest.
func TestMistakesAreFound(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(*Follower) System{
		"it forgets a record":                  func(f *Follower) System { return forgetful{f} },
		"it believes that all are active":      func(f *Follower) System { return credulous{f} },
		"identities are looked up once":        func(f *Follower) System { f.Directory = &frozen{Directory: f.Directory}; return f },
		"what it knew of accounts is not kept": func(f *Follower) System { return amnesiac{f} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range 3 {
				_, err := Try(t, Chance(seed), Plan{}, func(w *World, trace *Trace) (System, func(), error) {
					f := NewFollower(w, trace)
					return mistake(f), f.Close, nil
				})
				if err != nil {
					return
				}
			}
			t.Error("nobody has seen it")
		})
	}
}

type forgetful struct{ *Follower }

func (f forgetful) View(did syntax.DID, host *Host) View {
	v := f.Follower.View(did, host)
	v.Records = maps.Clone(v.Records)
	for path := range v.Records {
		delete(v.Records, path)
		break
	}
	return v
}

type credulous struct{ *Follower }

func (f credulous) View(did syntax.DID, host *Host) View {
	v := f.Follower.View(did, host)
	v.Active = true
	return v
}

// frozen is a directory that is never told to forget.
type frozen struct{ events.Directory }

func (frozen) Purge(syntax.AtIdentifier) {}

func (f frozen) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return f.Directory.LookupUnnamed(ctx, did, false)
}

// amnesiac forgets its tables when it is killed, and keeps its cursors.
type amnesiac struct{ *Follower }

func (a amnesiac) Run(ctx context.Context) error {
	for _, v := range a.views {
		v.mu.Lock()
		v.folds = map[syntax.DID]*fold{}
		v.mu.Unlock()
	}
	return a.Follower.Run(ctx)
}
