package codec_test

import (
	"testing"

	"github.com/lexgen/lexgen/bench/codec"
	"github.com/lexgen/lexgen/bench/fixture"
)

// TestEverybodyDoesTheSameWork runs each way once, after the proofs that come
// with making the comparisons.
func TestEverybodyDoesTheSameWork(t *testing.T) {
	t.Parallel()
	comparisons, err := codec.Comparisons()
	if err != nil {
		t.Fatal(err)
	}
	for _, comparison := range comparisons {
		for _, variant := range comparison.Variants {
			if err := variant.Run(2); err != nil {
				t.Errorf("%s: %s: %v", comparison.Rows[0].Work, variant.Name, err)
			}
		}
	}
}

func TestTheFixturesHaveTheirSizes(t *testing.T) {
	t.Parallel()
	if got := len(fixture.Post()); got != 1361 {
		t.Errorf("the post has %d bytes of JSON", got)
	}
	if got := len(fixture.Like()); got != 228 {
		t.Errorf("the like has %d bytes of JSON", got)
	}
}
