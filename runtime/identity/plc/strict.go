package plc

import "slices"

// MaxOwnRotationKeys is how many rotation keys the specification allows (ID-26).
const MaxOwnRotationKeys = 5

// CheckStrict says whether a state is one to be written, by the specification and
// not by what directories take: it is within the limits of [CheckLimits], has one
// to five rotation keys that differ (ID-26), and none of them is a verification
// method, too, so that who signs data cannot change the identity (CR-09). Errors
// are [ErrLimit] and [ErrMalformed].
func (s *State) CheckStrict() error {
	if err := checkState(s); err != nil {
		return err
	}
	if n := len(s.RotationKeys); n == 0 || n > MaxOwnRotationKeys {
		return failf(ErrLimit, "there are %d rotation keys, not 1 to %d (ID-26)", n, MaxOwnRotationKeys)
	}
	for i, key := range s.RotationKeys {
		if slices.Contains(s.RotationKeys[:i], key) {
			return failf(ErrMalformed, "rotation key %d stands there before (ID-26)", i)
		}
		for _, name := range sortedKeys(s.VerificationMethods) {
			if s.VerificationMethods[name] == key {
				return failf(ErrMalformed, "rotation key %d is the verification method %q, too: use another key (CR-09)", i, name)
			}
		}
	}
	return nil
}
