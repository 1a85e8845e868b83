package syntax_test

import (
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestTIDLayout_SY15(t *testing.T) {
	t.Parallel()
	cases := []struct {
		micros  int64
		clockID uint16
		want    syntax.TID
	}{
		{0, 0, "2222222222222"},
		{0, 1, "2222222222223"},
		{1, 0, "2222222222322"}, // a microsecond is 1024, the third digit from the right
		{syntax.MaxTIDMicros, syntax.MaxTIDClockID, "bzzzzzzzzzzzz"},
	}
	for _, c := range cases {
		got, err := syntax.TIDOf(c.micros, c.clockID)
		if err != nil || got != c.want {
			t.Errorf("TIDOf(%d, %d) = %s, %v; want %s", c.micros, c.clockID, got, err, c.want)
		}
		if got.Micros() != c.micros || got.ClockID() != c.clockID || got.Integer() != uint64(c.micros)<<10|uint64(c.clockID) {
			t.Errorf("%s: %d microseconds, clock %d", got, got.Micros(), got.ClockID())
		}
		if parsed, err := syntax.ParseTID(got.String()); err != nil || parsed != got {
			t.Errorf("ParseTID(%s) = %s, %v", got, parsed, err)
		}
	}
}

func TestTIDParts_SY15(t *testing.T) {
	t.Parallel()
	moment := time.Date(2023, 7, 1, 12, 30, 15, 123_456_000, time.UTC)
	tid, err := syntax.TIDOf(moment.UnixMicro(), 517)
	if err != nil {
		t.Fatal(err)
	}
	if !tid.Time().Equal(moment) || tid.Time().Location() != time.UTC || tid.ClockID() != 517 {
		t.Errorf("%s: %v, clock %d", tid, tid.Time(), tid.ClockID())
	}
	if top := syntax.TID("jzzzzzzzzzzzz"); top.Integer() != 1<<64-1 || top.Micros() != syntax.MaxTIDMicros {
		t.Errorf("%s: %d, %d", top, top.Integer(), top.Micros())
	}
	if none := syntax.TID("3jzf-cij-pj2z-2a"); none.Integer() != 0 || none.Micros() != 0 || none.ClockID() != 0 {
		t.Error("no TID has parts")
	}
}

func TestTIDsSortAsTheirNumbers_SY15(t *testing.T) {
	t.Parallel()
	last := syntax.TID("")
	for micros := int64(0); micros < syntax.MaxTIDMicros/3; micros = micros*3 + 1 {
		tid, err := syntax.TIDOf(micros, 1000)
		if err != nil || tid <= last {
			t.Fatalf("TIDOf(%d) = %s after %s, %v", micros, tid, last, err)
		}
		last = tid
	}
}

func TestTIDOfRefusesWhatDoesNotFit_SY15(t *testing.T) {
	t.Parallel()
	cases := []struct {
		micros  int64
		clockID uint16
	}{{-1, 0}, {syntax.MaxTIDMicros + 1, 0}, {-1 << 63, 0}, {1<<63 - 1, 0}, {0, syntax.MaxTIDClockID + 1}}
	for _, c := range cases {
		if got, err := syntax.TIDOf(c.micros, c.clockID); err == nil || got != "" {
			t.Errorf("TIDOf(%d, %d) = %q, %v", c.micros, c.clockID, got, err)
		}
	}
}
