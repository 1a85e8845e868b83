package plc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// within is at every limit and within the size of an operation.
func within(t *testing.T) *plc.Update {
	t.Helper()
	keys := keyring{}
	op := &plc.Update{State: plc.State{
		RotationKeys: keys.texts(t, "a,a,a,a,a,b,b,pc,pc,pd"), VerificationMethods: map[string]string{}, Services: map[string]plc.Service{},
	}, Sig: strings.Repeat("s", 300)}
	for i := range 10 {
		op.VerificationMethods[fmt.Sprint("key", i)] = "did:key:z1"
		op.AlsoKnownAs = append(op.AlsoKnownAs, fmt.Sprint("at://", i))
		op.Services[fmt.Sprint("service", i)] = plc.Service{}
	}
	return op
}

// TestLimits changes what is at every limit: at the limit it is taken, and beyond
// it is not.
func TestLimits_ID23_ID26_ID27_ID28(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("\U0001f600", 16) // 32 code units of UTF-16
	for name, c := range map[string]struct {
		change func(op *plc.Update)
		want   error
	}{
		"at the limits":         {func(*plc.Update) {}, nil},
		"no rotation keys":      {func(op *plc.Update) { op.RotationKeys = nil }, nil},
		"rotation keys":         {func(op *plc.Update) { op.RotationKeys = append(op.RotationKeys, op.RotationKeys[0]) }, plc.ErrLimit},
		"another rotation key":  {func(op *plc.Update) { op.RotationKeys[3] = "did:key:z1" }, plc.ErrMalformed},
		"methods":               {func(op *plc.Update) { op.VerificationMethods["more"] = "did:key:z1" }, plc.ErrLimit},
		"method, long":          {func(op *plc.Update) { op.VerificationMethods["key0"] = "did:key:z" + strings.Repeat("1", 247) }, nil},
		"method, too long":      {func(op *plc.Update) { op.VerificationMethods["key0"] = "did:key:z" + strings.Repeat("1", 248) }, plc.ErrLimit},
		"method of base 64":     {func(op *plc.Update) { op.VerificationMethods["key0"] = "did:key:mAA" }, plc.ErrMalformed},
		"method of no digits":   {func(op *plc.Update) { op.VerificationMethods["key0"] = "did:key:z" }, plc.ErrMalformed},
		"method with a 0":       {func(op *plc.Update) { op.VerificationMethods["key0"] = "did:key:z10" }, plc.ErrMalformed},
		"method is no did:key":  {func(op *plc.Update) { op.VerificationMethods["key0"] = "z11" }, plc.ErrMalformed},
		"method name, long":     {func(op *plc.Update) { renameMethod(op, strings.Repeat("n", 32)) }, nil},
		"method name, too long": {func(op *plc.Update) { renameMethod(op, strings.Repeat("n", 33)) }, plc.ErrLimit},
		"method name, wide":     {func(op *plc.Update) { renameMethod(op, wide) }, nil},
		"method name, too wide": {func(op *plc.Update) { renameMethod(op, wide+"n") }, plc.ErrLimit},
		"aliases":               {func(op *plc.Update) { op.AlsoKnownAs = append(op.AlsoKnownAs, "at://more") }, plc.ErrLimit},
		"alias, twice":          {func(op *plc.Update) { op.AlsoKnownAs[9] = op.AlsoKnownAs[0] }, plc.ErrMalformed},
		"alias, long":           {func(op *plc.Update) { op.AlsoKnownAs[9] = strings.Repeat("a", 258) }, nil},
		"alias, too long":       {func(op *plc.Update) { op.AlsoKnownAs[9] = strings.Repeat("a", 259) }, plc.ErrLimit},
		"services":              {func(op *plc.Update) { op.Services["more"] = plc.Service{} }, plc.ErrLimit},
		"service name": {func(op *plc.Update) {
			delete(op.Services, "service0")
			op.Services[strings.Repeat("n", 33)] = plc.Service{}
		}, plc.ErrLimit},
		"service, long": {func(op *plc.Update) {
			op.Services["service0"] = plc.Service{Type: strings.Repeat("t", 256), Endpoint: strings.Repeat("e", 512)}
		}, nil},
		"type, too long":     {func(op *plc.Update) { op.Services["service0"] = plc.Service{Type: strings.Repeat("t", 257)} }, plc.ErrLimit},
		"endpoint, too long": {func(op *plc.Update) { op.Services["service0"] = plc.Service{Endpoint: strings.Repeat("e", 513)} }, plc.ErrLimit},
		"size":               {func(op *plc.Update) { op.Sig += strings.Repeat("s", 4000-len(plc.Bytes(op))) }, nil},
		"too large":          {func(op *plc.Update) { op.Sig += strings.Repeat("s", 4001-len(plc.Bytes(op))) }, plc.ErrLimit},
	} {
		op := within(t)
		c.change(op)
		if err := plc.CheckLimits(op); !errors.Is(err, c.want) || err != nil && len(err.Error()) > 400 {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if err := plc.CheckLimits(&plc.Create{}); !errors.Is(err, plc.ErrMalformed) {
		t.Errorf("the old form: %v", err)
	}
	if err := plc.CheckLimits(&plc.Tombstone{}); err != nil {
		t.Errorf("a tombstone: %v", err)
	}
}

func renameMethod(op *plc.Update, name string) {
	delete(op.VerificationMethods, "key0")
	op.VerificationMethods[name] = "did:key:z1"
}
