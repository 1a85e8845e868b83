package repo_test

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/repo"
)

// flips is the flag of `make flips`, which does all of what the tests here do a
// part of.
var flips = flag.Bool("flips", false, "change every bit of the small repository, and 20,000 places of the large one")

// step returns how far apart the bytes are that are tried.
func step() int {
	switch {
	case *flips:
		return 1
	case testing.Short():
		return 41
	default:
		return 5
	}
}

// namesPlaceAndRule matches an error that says which block or path is refused,
// and by which rule.
var namesPlaceAndRule = regexp.MustCompile(`(?s)(block b[a-z2-7]{58}:|record ".+"|offset \d+|no root).*\((RE|SY|SN|DM|LX)-\d+\)$`)

// refusal checks that a changed file is refused with the name of a block and a
// rule, or else that it has the same content. It reports which.
func refusal(t *testing.T, w world, changed []byte, want map[string]string) (refused bool) {
	t.Helper()
	r, err := repo.Load(t.Context(), changed, w.id, repo.VerifyOptions{})
	if err == nil {
		if diff := cmp.Diff(want, content(t, r)); diff != "" {
			t.Errorf("accepted with another content (-want +got):\n%s", diff)
		}
		return false
	}
	if _, ok := errors.AsType[*repo.Error](err); !ok || !namesPlaceAndRule.MatchString(err.Error()) {
		t.Errorf("the error does not name a place and a rule: %v", err)
	}
	return true
}

// TestEveryFlipIsRefused changes each byte of a repository of 100 records.
func TestEveryFlipIsRefused_RE33(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	file, want := w.export(t), content(t, w.open(t))
	masks := []byte{0x01}
	if *flips {
		masks = []byte{0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80}
	}
	count := 0
	for i := 0; i < len(file); i += step() {
		for _, mask := range masks {
			count++
			if !refusal(t, w, flip(file, i, mask), want) {
				t.Errorf("a flip of %#x at byte %d is accepted: no byte of a pre-order export is without meaning", mask, i)
			}
		}
	}
	t.Logf("%d flips in %d bytes", count, len(file))
}

// TestEveryTruncationIsRefused cuts the file after each byte.
func TestEveryTruncationIsRefused_RE32(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	file, want := w.export(t), content(t, w.open(t))
	for i := 0; i < len(file); i += step() {
		if !refusal(t, w, file[:i], want) {
			t.Errorf("accepted after %d of %d bytes", i, len(file))
		}
	}
}

// TestRandomFlipsAreRefused changes random bytes of a repository of 2,000
// records, in the order of the tree and in disorder, or cuts it.
func TestRandomFlipsAreRefused_RE33(t *testing.T) {
	t.Parallel()
	w := filled(t, 2000)
	ordered, want := w.export(t), content(t, w.open(t))
	files := [][]byte{ordered, shuffled(t, ordered, 5)}
	random := rand.New(rand.NewPCG(1, 2))
	count := 60
	if *flips {
		count = 20_000
	}
	for i := range count {
		file := files[i%len(files)]
		place, mask := random.IntN(len(file)), byte(1+random.IntN(255))
		changed := flip(file, place, mask)
		if i%10 == 0 {
			changed = bytes.Clone(file[:place])
		}
		if !refusal(t, w, changed, want) {
			t.Errorf("%d: the change %#x at byte %d is accepted", i, mask, place)
		}
	}
}
