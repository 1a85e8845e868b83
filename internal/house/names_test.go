package house

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCarried_ReadsIDsFromNames(t *testing.T) {
	t.Parallel()
	cases := map[string][]string{
		"TestHandle_ZZ05_ZZ06": {"ZZ-05", "ZZ-06"},
		"TestZZ05Handle":       {"ZZ-05"},
		"TestProxy_ZZ54a":      {"ZZ-54a"},
		"TestSHA256":           nil,
		"TestP256AndK256":      nil,
		"TestPlain":            nil,
	}
	for name, want := range cases {
		if diff := cmp.Diff(want, carried(name)); diff != "" {
			t.Errorf("%s: IDs (-want +got):\n%s", name, diff)
		}
	}
}

func TestBestProof_PrefersTheMostParticularTest(t *testing.T) {
	t.Parallel()
	names := []string{"ExampleA_ZZ05", "FuzzA_ZZ05", "TestA_ZZ05_ZZ06", "TestB_ZZ05"}
	if got, want := bestProof(names), "TestB_ZZ05"; got != want {
		t.Errorf("best proof: got %s, want %s", got, want)
	}
	if got := bestProof(nil); got != "" {
		t.Errorf("best of none: got %s", got)
	}
}

func TestHolds_AsksForEveryNamedProof(t *testing.T) {
	t.Parallel()
	proofs := []string{"TestA", "TestB"}
	cases := []struct {
		state, argument string
		want            bool
	}{
		{"test", "TestA", true},
		{"test", "TestA TestB", true},
		{"test", "TestA TestGone", false},
		{"later", "runtime/lex", false},
		{"n/a", "nothing to prove", true},
	}
	for _, c := range cases {
		if got := holds(requirement{state: c.state, argument: c.argument}, proofs); got != c.want {
			t.Errorf("%s %s: got %t, want %t", c.state, c.argument, got, c.want)
		}
	}
}

func TestAnchorOf_SpellsHeadingsAsLinksDo(t *testing.T) {
	t.Parallel()
	if got, want := anchorOf("What `lexgen gen` does, and why"), "what-lexgen-gen-does-and-why"; got != want {
		t.Errorf("anchor: got %s, want %s", got, want)
	}
}
