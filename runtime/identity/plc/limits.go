package plc

import (
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// What directories take (ID-26, ID-27, ID-28). Lengths of text are in UTF-16
// code units.
const (
	MaxOperation       = 4000 // bytes of DAG-CBOR
	MaxEntries         = 10   // rotation keys, verification methods, aliases and services, each
	MaxDIDKey          = 256
	MaxAlias           = 258
	MaxName            = 32 // of a verification method or service
	MaxServiceType     = 256
	MaxServiceEndpoint = 512
)

// CheckLimits says whether a directory takes an operation as a new one, as far
// as its size and form go: older operations may be beyond these limits and still
// be valid. A [*Create] is never taken (ID-23). Errors are [ErrLimit] and
// [ErrMalformed].
func CheckLimits(op Operation) error {
	if n := len(Bytes(op)); n > MaxOperation {
		return failf(ErrLimit, "the operation has %d bytes as DAG-CBOR, more than %d (ID-28)", n, MaxOperation)
	}
	switch op := op.(type) {
	case *Create:
		return failf(ErrMalformed, "operations of type %q are not taken any more (ID-23)", typeCreate)
	case *Update:
		return checkState(&op.State)
	default:
		return nil
	}
}

func checkState(s *State) error {
	for _, err := range []error{checkRotationKeys(s), checkMethods(s), checkAliases(s), checkServices(s)} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRotationKeys takes duplicates, and none at all, as the reference does
// (ID-26).
func checkRotationKeys(s *State) error {
	if err := checkCount(keyRotationKeys, len(s.RotationKeys)); err != nil {
		return err
	}
	for i, text := range s.RotationKeys {
		if _, err := crypto.ParseDIDKey(text); err != nil {
			return failf(ErrMalformed, "rotation key %d: %v (ID-26)", i, err)
		}
	}
	return nil
}

func checkMethods(s *State) error {
	if err := checkCount(keyVerificationMethods, len(s.VerificationMethods)); err != nil {
		return err
	}
	for _, name := range sortedKeys(s.VerificationMethods) {
		text := s.VerificationMethods[name]
		if err := checkLength("the name of a verification method", name, MaxName); err != nil {
			return err
		}
		if err := checkLength("the key of a verification method", text, MaxDIDKey); err != nil {
			return err
		}
		if !isDIDKey(text) {
			return failf(ErrMalformed, "verification method %q is no did:key (ID-27)", name)
		}
	}
	return nil
}

// isDIDKey reports whether a text has the form of a did:key, whatever kind of
// key that is.
func isDIDKey(text string) bool {
	digits, ok := strings.CutPrefix(text, didKeyPrefix+"z")
	const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
	return ok && digits != "" && strings.Trim(digits, base58) == ""
}

func checkAliases(s *State) error {
	if err := checkCount(keyAlsoKnownAs, len(s.AlsoKnownAs)); err != nil {
		return err
	}
	for i, alias := range s.AlsoKnownAs {
		if err := checkLength("an entry of alsoKnownAs", alias, MaxAlias); err != nil {
			return err
		}
		if slices.Contains(s.AlsoKnownAs[:i], alias) {
			return failf(ErrMalformed, "%q stands twice in alsoKnownAs (ID-28)", alias)
		}
	}
	return nil
}

func checkServices(s *State) error {
	if err := checkCount(keyServices, len(s.Services)); err != nil {
		return err
	}
	for _, name := range sortedKeys(s.Services) {
		service := s.Services[name]
		if err := checkLength("the name of a service", name, MaxName); err != nil {
			return err
		}
		if err := checkLength("the type of a service", service.Type, MaxServiceType); err != nil {
			return err
		}
		if err := checkLength("the endpoint of a service", service.Endpoint, MaxServiceEndpoint); err != nil {
			return err
		}
	}
	return nil
}

func checkCount(member string, n int) error {
	if n > MaxEntries {
		return failf(ErrLimit, "member %q has %d entries, more than %d (ID-28)", member, n, MaxEntries)
	}
	return nil
}

// checkLength counts as the reference does, in UTF-16 code units.
func checkLength(what, text string, limit int) error {
	n := 0
	for _, r := range text {
		n++
		if r > 0xffff {
			n++
		}
	}
	if n > limit {
		return failf(ErrLimit, "%s has a length of %d, more than %d (ID-28)", what, n, limit)
	}
	return nil
}
