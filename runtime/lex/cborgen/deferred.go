package cborgen

import (
	"errors"
	"fmt"

	cbg "github.com/whyrusleeping/cbor-gen"

	"github.com/lexgen/lexgen/runtime/lex"
)

// FromDeferred decodes what d holds into the value that into points to, under
// the rules of [lex.DecodeCBOR]; the value has memory of its own. It is an
// error if d is nil or holds nothing.
func FromDeferred(d *cbg.Deferred, into any) error {
	if d == nil || len(d.Raw) == 0 {
		return errors.New("decode deferred CBOR: there is none")
	}
	if err := lex.DecodeCBOR(d.Raw, into); err != nil {
		return fmt.Errorf("decode deferred CBOR: %w", err)
	}
	return nil
}

// ToDeferred encodes v, which is anything that [lex.AppendCBOR] takes.
func ToDeferred(v any) (*cbg.Deferred, error) {
	raw, err := lex.AppendCBOR(nil, v)
	if err != nil {
		return nil, fmt.Errorf("encode deferred CBOR: %w", err)
	}
	return &cbg.Deferred{Raw: raw}, nil
}
