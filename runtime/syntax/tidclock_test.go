package syntax_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// script is a time source that gives out moments in order, and then the last
// one for ever.
func script(micros ...int64) func() time.Time {
	return func() time.Time {
		now := micros[0]
		if len(micros) > 1 {
			micros = micros[1:]
		}
		return time.UnixMicro(now)
	}
}

func TestTIDClockOnlyGrows_SY16(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name      string
		now, want []int64
	}{
		{"in step", []int64{5, 6, 9}, []int64{5, 6, 9}},
		{"several in a microsecond", []int64{5, 5, 5, 6, 7, 9}, []int64{5, 6, 7, 8, 9, 10}},
		{"step back", []int64{100, 3, 4, 101, 103}, []int64{100, 101, 102, 103, 104}},
		{"before 1970", []int64{-50, -49, 2, 7}, []int64{0, 1, 2, 7}},
		{"leap forward and back", []int64{5, 1 << 50, 6}, []int64{5, 1 << 50, 1<<50 + 1}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clock := syntax.NewTIDClock(syntax.TIDClockOptions{Now: script(c.now...), ClockID: new(uint16(77))})
			var got []int64
			last := syntax.TID("")
			for range c.now {
				tid, err := clock.Next()
				if err != nil || tid <= last || tid.ClockID() != 77 {
					t.Fatalf("Next = %s after %s, %v", tid, last, err)
				}
				got, last = append(got, tid.Micros()), tid
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("microseconds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTIDClockRefusesAfterTheLastTID_SY16(t *testing.T) {
	t.Parallel()
	const top = syntax.MaxTIDMicros
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{Now: script(7, top+1, 8, top, 9)})
	want := []int64{7, -1, 8, top, -1, -1} // -1 is an error
	for _, micros := range want {
		tid, err := clock.Next()
		if (err != nil) != (micros < 0) || err == nil && tid.Micros() != micros {
			t.Errorf("Next = %q (%d), %v; want %d", tid, tid.Micros(), err, micros)
		}
	}
}

func TestTIDClockConcurrently_SY16(t *testing.T) {
	t.Parallel()
	const workers, each = 16, 500
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return time.UnixMicro(1) }})
	all := make([][]syntax.TID, workers)
	var wait sync.WaitGroup
	for i := range all {
		wait.Go(func() {
			for range each {
				tid, err := clock.Next()
				if err != nil {
					t.Error(err)
					return
				}
				all[i] = append(all[i], tid)
			}
		})
	}
	wait.Wait()
	for _, tids := range all {
		if !slices.IsSorted(tids) {
			t.Error("a worker saw the clock go back")
		}
	}
	merged := slices.Concat(all...)
	slices.Sort(merged)
	if got := len(slices.Compact(merged)); got != workers*each {
		t.Errorf("%d different TIDs, want %d", got, workers*each)
	}
}

func TestTIDClockIdentifiers_SY16(t *testing.T) {
	t.Parallel()
	seen := map[uint16]bool{}
	for range 100 {
		clock := syntax.NewTIDClock(syntax.TIDClockOptions{})
		if clock.ClockID() > syntax.MaxTIDClockID {
			t.Errorf("clock identifier %d", clock.ClockID())
		}
		seen[clock.ClockID()] = true
	}
	if len(seen) < 50 { // 100 draws out of 1024 make about 95 different ones
		t.Errorf("%d clock identifiers in 100 clocks", len(seen))
	}
	if got := syntax.NewTIDClock(syntax.TIDClockOptions{ClockID: new(uint16(1024 + 3))}).ClockID(); got != 3 {
		t.Errorf("clock identifier %d, want the low 10 bits", got)
	}
}

func TestTIDClockTellsTheTime_SY16(t *testing.T) {
	t.Parallel()
	before := time.Now().Truncate(time.Microsecond)
	tid, err := syntax.NewTIDClock(syntax.TIDClockOptions{}).Next()
	if err != nil || tid.Time().Before(before) || tid.Time().After(time.Now()) {
		t.Errorf("%s is of %v, %v", tid, tid.Time(), err)
	}
}
