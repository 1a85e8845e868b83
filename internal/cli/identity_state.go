package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// stateFlags are the flags that say what a DID is to stand for.
type stateFlags struct {
	handle, pds, signingKey string
	aliases                 []string
	rotationKeys            []string
	addKeys, removeKeys     []string
	services, methods       []string
}

func (f *stateFlags) define(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.handle, "handle", "", "the `HANDLE` of the account")
	s.StringVar(&f.pds, "pds", "", "the `URL` of the account's server")
	s.StringVar(&f.signingKey, "signing-key", "", "the `DIDKEY` that signs the repository")
	s.StringArrayVar(&f.rotationKeys, "rotation-key", nil, "a `DIDKEY` that may change the DID (repeatable: all of them, the highest authority first)")
	s.StringArrayVar(&f.services, "service", nil, "a service, as `NAME=TYPE,URL`; NAME= removes it (repeatable)")
	s.StringArrayVar(&f.methods, "verification-method", nil, "a key for something else, as `NAME=DIDKEY`; NAME= removes it (repeatable)")
	s.StringArrayVar(&f.aliases, "also-known-as", nil, "another name as a `URI` (repeatable: all of them, in place of --handle)")
}

// defineEdits declares the flags that edit the rotation keys of a state.
func (f *stateFlags) defineEdits(c *cobra.Command) {
	s := c.Flags()
	s.StringArrayVar(&f.addKeys, "add-rotation-key", nil, "put a `DIDKEY` before the rotation keys (repeatable: the first one has the highest authority)")
	s.StringArrayVar(&f.removeKeys, "remove-rotation-key", nil, "take a `DIDKEY` away from the rotation keys (repeatable)")
}

// apply returns the state with what the flags say.
func (f *stateFlags) apply(old *plc.State, development bool) (plc.State, error) {
	s := old.Clone()
	if s.VerificationMethods == nil {
		s.VerificationMethods = map[string]string{}
	}
	if s.Services == nil {
		s.Services = map[string]plc.Service{}
	}
	err := errors.Join(f.applyNames(&s), f.applyPDS(&s, development), f.applyServices(&s), f.applyMethods(&s), f.applyRotationKeys(&s))
	return s, err
}

func (f *stateFlags) applyNames(s *plc.State) error {
	if len(f.aliases) > 0 {
		if f.handle != "" {
			return misuse("--handle and --also-known-as exclude each other: the latter has all names, the handle as %sHANDLE", handlePrefix)
		}
		s.AlsoKnownAs = f.aliases
		return nil
	}
	if f.handle == "" {
		return nil
	}
	handle, err := syntax.ParseHandle(strings.TrimPrefix(f.handle, "@"))
	if err != nil {
		return misuse("--handle: %w", err)
	}
	alias := handlePrefix + string(handle.Normalize())
	if at := slices.IndexFunc(s.AlsoKnownAs, func(alias string) bool { return strings.HasPrefix(alias, handlePrefix) }); at >= 0 {
		s.AlsoKnownAs[at] = alias
		return nil
	}
	s.AlsoKnownAs = slices.Insert(s.AlsoKnownAs, 0, alias)
	return nil
}

func (f *stateFlags) applyPDS(s *plc.State, development bool) error {
	if f.pds == "" {
		return nil
	}
	origin, err := originOf(f.pds, development)
	if err != nil {
		return misuse("--pds: %w", err)
	}
	s.Services[identity.FragmentPDS] = plc.Service{Type: identity.TypePDS, Endpoint: origin}
	return nil
}

func (f *stateFlags) applyServices(s *plc.State) error {
	for _, text := range f.services {
		name, value, ok := strings.Cut(text, "=")
		typ, endpoint, both := strings.Cut(value, ",")
		switch {
		case !ok || name == "" || value != "" && (!both || typ == "" || endpoint == ""):
			return misuse("--service %q: want NAME=TYPE,URL, or NAME= to remove it", text)
		case value != "":
			s.Services[name] = plc.Service{Type: typ, Endpoint: endpoint}
		default:
			if _, ok := s.Services[name]; !ok {
				return misuse("--service %s: there is none to remove", text)
			}
			delete(s.Services, name)
		}
	}
	return nil
}

func (f *stateFlags) applyMethods(s *plc.State) error {
	methods := f.methods
	if f.signingKey != "" {
		if _, err := crypto.ParseDIDKey(f.signingKey); err != nil {
			return misuse("--signing-key: %w", err)
		}
		methods = append([]string{identity.FragmentKey + "=" + f.signingKey}, methods...)
	}
	for _, text := range methods {
		name, key, ok := strings.Cut(text, "=")
		switch {
		case !ok || name == "":
			return misuse("--verification-method %q: want NAME=DIDKEY, or NAME= to remove it", text)
		case key != "":
			s.VerificationMethods[name] = key
		default:
			if _, ok := s.VerificationMethods[name]; !ok {
				return misuse("--verification-method %s: there is none to remove", text)
			}
			delete(s.VerificationMethods, name)
		}
	}
	return nil
}

func (f *stateFlags) applyRotationKeys(s *plc.State) error {
	if len(f.rotationKeys) > 0 {
		if len(f.addKeys)+len(f.removeKeys) > 0 {
			return misuse("--rotation-key has all of them, and excludes --add-rotation-key and --remove-rotation-key")
		}
		s.RotationKeys = slices.Clone(f.rotationKeys)
	}
	for _, key := range f.removeKeys {
		at := slices.Index(s.RotationKeys, key)
		if at < 0 {
			return misuse("--remove-rotation-key: %s is no rotation key", key)
		}
		s.RotationKeys = slices.Delete(s.RotationKeys, at, at+1)
	}
	s.RotationKeys = slices.Concat(f.addKeys, s.RotationKeys)
	for _, key := range s.RotationKeys {
		if _, err := crypto.ParseDIDKey(key); err != nil {
			return misuse("rotation key %s: %w", key, err)
		}
	}
	return nil
}

// lacks lists what a state lacks to be that of an account (ID-07, ID-40).
func lacks(s *plc.State) []string {
	var lacking []string
	if !slices.ContainsFunc(s.AlsoKnownAs, func(alias string) bool { return strings.HasPrefix(alias, handlePrefix) }) {
		lacking = append(lacking, "handle")
	}
	if s.Services[identity.FragmentPDS].Type != identity.TypePDS {
		lacking = append(lacking, "PDS")
	}
	if _, err := crypto.ParseDIDKey(s.VerificationMethods[identity.FragmentKey]); err != nil {
		lacking = append(lacking, "signing key")
	}
	for i, what := range lacking {
		lacking[i] = fmt.Sprintf("no %s", what)
	}
	return lacking
}
