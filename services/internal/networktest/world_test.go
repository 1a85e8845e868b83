package networktest

import (
	"errors"
	"testing"
	"time"
)

// TestATakedownIsNotMissed has an account that is taken down while nobody says whose it
// is: once somebody does, its host is asked for the status.
func TestATakedownIsNotMissed_SN32(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		pds := s.world.Hosts[0]
		s.write(t, s.alice, "before")
		s.world.Directory.Down(time.Minute)
		if err := errors.Join(pds.Identity(t.Context(), s.alice), pds.SetStatus(t.Context(), s.alice, "takendown")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Minute)
		if got := s.since(s.alice); got != "accepted; gap unavailable, resync" {
			t.Error(got)
		}
		agree(t, s.follower, s.alice)
		if err := pds.SetStatus(t.Context(), s.alice, ""); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if got := s.since(s.alice); got != "accepted; ignored unchanged" {
			t.Error(got)
		}
		agree(t, s.follower, s.alice)
	})
}
