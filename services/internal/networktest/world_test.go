package networktest

import (
	"errors"
	"testing"
	"time"
)

// TestATakedownIsNotMissed has an account that is taken down while nobody says whose it
// is, and its host says that this may have changed. What is remembered of it counts. Where
// that is too old the host is asked for the status once somebody says whose it is.
func TestATakedownIsNotMissed_SN32_ID09(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]string{time.Minute: "accepted; accepted", 25 * time.Hour: "accepted; gap unavailable, resync"} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			onStage(t, 1, func(t *testing.T, s *stage) {
				pds := s.world.Hosts[0]
				s.write(t, s.alice, "before")
				time.Sleep(age)
				s.world.Directory.Down(time.Minute)
				if err := errors.Join(pds.Identity(t.Context(), s.alice), pds.SetStatus(t.Context(), s.alice, "takendown")); err != nil {
					t.Fatal(err)
				}
				time.Sleep(3 * time.Minute)
				if got := s.since(s.alice); got != want {
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
		})
	}
}
