package plc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

func TestStatesToBeWritten_ID26_CR09(t *testing.T) {
	t.Parallel()
	keys := keyring{}
	signing := keys.texts(t, "s")[0]
	for _, c := range []struct {
		rotation string
		kind     error
		reason   string
	}{
		{"a", nil, ""},
		{"a,b,c,d,e", nil, ""},
		{"", plc.ErrLimit, "there are 0 rotation keys, not 1 to 5 (ID-26)"},
		{"a,b,c,d,e,f", plc.ErrLimit, "there are 6 rotation keys, not 1 to 5 (ID-26)"},
		{"a,b,a", plc.ErrMalformed, "rotation key 2 stands there before (ID-26)"},
		{"a,s", plc.ErrMalformed, `rotation key 1 is the verification method "atproto", too: use another key (CR-09)`},
	} {
		state := plc.State{RotationKeys: keys.texts(t, c.rotation), VerificationMethods: map[string]string{"atproto": signing}}
		err := state.CheckStrict()
		if !errors.Is(err, c.kind) || err != nil && !strings.Contains(err.Error(), c.reason) {
			t.Errorf("%q: %v, want %v, %q", c.rotation, err, c.kind, c.reason)
		}
	}
	broken := plc.State{RotationKeys: []string{"did:key:zz"}}
	if err := broken.CheckStrict(); !errors.Is(err, plc.ErrMalformed) {
		t.Error(err)
	}
}
