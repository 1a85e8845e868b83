package codec

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared.
const (
	ours    = "lexgen"
	reusing = "lexgen, reused"
	indigo  = "indigo"
)

// Comparisons returns all comparisons of this package. The error says who does
// other work than the others.
func Comparisons() ([]report.Comparison, error) {
	var all []report.Comparison
	for _, group := range []func() ([]report.Comparison, error){cborComparisons, jsonComparisons, cidComparisons} {
		comparisons, err := group()
		if err != nil {
			return nil, err
		}
		all = append(all, comparisons...)
	}
	return all, nil
}

// repeat turns work without a count into what measure wants.
func repeat(name string, work func() error) measure.Variant {
	return measure.Variant{Name: name, Run: func(n int) error {
		for range n {
			if err := work(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// cborWriter is what the types of cbor-gen write with.
type cborWriter interface{ MarshalCBOR(w io.Writer) error }

func writeCBOR(v cborWriter) ([]byte, error) {
	var b bytes.Buffer
	err := v.MarshalCBOR(&b)
	return b.Bytes(), err
}

// encodings are what different ways made of the same value.
type encodings []struct {
	name string
	b    []byte
	err  error
}

// equal returns an error unless all are want.
func (e encodings) equal(want []byte) error {
	var all []error
	for _, one := range e {
		switch {
		case one.err != nil:
			all = append(all, fmt.Errorf("%s: %w", one.name, one.err))
		case !bytes.Equal(one.b, want):
			all = append(all, fmt.Errorf("%s: %x, want %x", one.name, one.b, want))
		}
	}
	return errors.Join(all...)
}
