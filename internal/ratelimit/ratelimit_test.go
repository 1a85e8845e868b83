package ratelimit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/ratelimit"
)

// TestTake has uses of two keys at times in seconds, of which three at once may
// happen and one more in ten seconds, and what is to be waited.
func TestTake(t *testing.T) {
	t.Parallel()
	var now time.Time
	start := now
	l := ratelimit.New[string](ratelimit.Rate{Burst: 3, Every: 10 * time.Second}, func() time.Time { return now })
	var got []string
	for _, use := range []struct {
		at  int
		key string
	}{
		{0, "a"}, {0, "a"}, {0, "a"}, {0, "a"}, {0, "b"}, {9, "a"}, {10, "a"}, {10, "a"},
		{100, "a"}, {100, "a"}, {100, "a"}, {100, "a"}, {95, "a"},
	} {
		now = start.Add(time.Duration(use.at) * time.Second)
		got = append(got, use.key+" "+l.Take(use.key).String())
	}
	want := "a 0s, a 0s, a 0s, a 10s, b 0s, a 1s, a 0s, a 10s, a 0s, a 0s, a 0s, a 10s, a 15s"
	if diff := cmp.Diff(want, strings.Join(got, ", ")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKeysAreForgotten has more keys than are remembered.
func TestKeysAreForgotten(t *testing.T) {
	t.Parallel()
	l := ratelimit.New[int](ratelimit.Rate{Burst: 1, Every: time.Hour}, func() time.Time { return time.Time{} })
	for key := range 100_001 {
		if l.Take(key) != 0 {
			t.Fatalf("key %d must wait", key)
		}
	}
	if l.Take(0) != 0 || l.Take(100_000) == 0 {
		t.Error("the oldest key is to be forgotten, and the youngest is not")
	}
}

// TestWaitCountsNothing looks at a bucket again and again before it is used, and behind that.
func TestWaitCountsNothing(t *testing.T) {
	t.Parallel()
	var now time.Time
	l := ratelimit.New[string](ratelimit.Rate{Burst: 1, Every: time.Minute}, func() time.Time { return now })
	if a, b, c := l.Wait("a"), l.Wait("a"), l.Take("a"); a != 0 || b != 0 || c != 0 {
		t.Errorf("%v, %v, %v before it was used", a, b, c)
	}
	now = now.Add(time.Second)
	if a, b := l.Wait("a"), l.Wait("b"); a != 59*time.Second || b != 0 {
		t.Errorf("%v, and %v of another one", a, b)
	}
}
