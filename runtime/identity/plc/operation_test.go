package plc_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// TestACloneSharesNothing changes everything in a copy.
func TestACloneSharesNothing(t *testing.T) {
	t.Parallel()
	state := func() *plc.State {
		return &plc.State{
			RotationKeys: []string{"a"}, VerificationMethods: map[string]string{"k": "v"}, AlsoKnownAs: []string{"at://x"},
			Services: map[string]plc.Service{"s": {Type: "t", Endpoint: "e"}},
		}
	}
	original := state()
	c := original.Clone()
	if diff := cmp.Diff(*original, c); diff != "" {
		t.Errorf("a copy differs: %s", diff)
	}
	c.RotationKeys[0], c.VerificationMethods["k"], c.AlsoKnownAs[0], c.Services["s"] = "b", "b", "b", plc.Service{}
	if diff := cmp.Diff(state(), original); diff != "" {
		t.Errorf("the original has changed: %s", diff)
	}
}
