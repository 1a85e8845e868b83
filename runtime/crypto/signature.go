package crypto

import "strings"

// malleability says what is done with a signature whose s is in the upper half
// of its range, which anyone can make of one whose s is in the lower half.
type malleability int

const (
	strict malleability = iota
	malleable
)

const signatureWhat = "signature"

// zeroScalar is the number zero in the form of r and s.
var zeroScalar = strings.Repeat("\x00", scalarSize)

// checkSignature returns sig if r and s have the right size and range. Nothing
// in here is secret.
func (s *suite) checkSignature(sig []byte, m malleability) ([SignatureSize]byte, error) {
	var none [SignatureSize]byte
	if len(sig) != SignatureSize {
		hint := ""
		if looksDER(sig) {
			hint = " (it looks like DER)"
		}
		return none, malformedf(signatureWhat, "%d bytes, not %d%s", len(sig), SignatureSize, hint)
	}
	if err := s.checkRange("r", sig[:scalarSize]); err != nil {
		return none, err
	}
	if err := s.checkRange("s", sig[scalarSize:]); err != nil {
		return none, err
	}
	if m == strict && string(sig[scalarSize:]) > s.halfOrder {
		return none, &Error{What: signatureWhat, Reason: "s is in the upper half of its range", Err: ErrHighS}
	}
	return [SignatureSize]byte(sig), nil
}

// checkRange checks that n is at least 1 and below the order.
func (s *suite) checkRange(name string, n []byte) error {
	switch {
	case string(n) == zeroScalar:
		return malformedf(signatureWhat, "%s is zero", name)
	case string(n) >= s.order:
		return malformedf(signatureWhat, "%s is not below the order of the curve", name)
	}
	return nil
}
