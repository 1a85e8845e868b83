package identity

import (
	"context"
	"fmt"
	"time"

	indigo "github.com/bluesky-social/indigo/atproto/identity"
	indigosyntax "github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// accounts is how many identities are remembered. They are asked for in turn, each
// at a step from the one before, so that none stays at hand.
const (
	accounts = 10_000
	step     = 997
)

// account returns the DID and handle of an account by its number.
func account(i int) (did, handle string) {
	const digits = "abcdefghijklmnopqrstuvwxyz234567"
	id := []byte("aaaaaaaaaaaaaaaaaaaaaaaa")
	for at, rest := len(id)-1, i; rest > 0; at, rest = at-1, rest/len(digits) {
		id[at] = digits[rest%len(digits)]
	}
	return "did:plc:" + string(id), fmt.Sprintf("account%d.example.com", i)
}

// source is what lexgen remembers answers of.
type source map[string]string // DID by handle, and handle by DID

// ResolveDID returns an account.
func (s source) ResolveDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	return &identity.Identity{DID: did, Handle: syntax.Handle(s[string(did)]), PDS: pds}, nil
}

// ResolveHandle returns the DID of an account.
func (s source) ResolveHandle(_ context.Context, handle syntax.Handle) (syntax.DID, error) {
	return syntax.DID(s[string(handle)]), nil
}

// ResolveAuthority returns an error: nobody asks for it.
func (source) ResolveAuthority(context.Context, syntax.NSID) (syntax.DID, error) {
	return "", identity.ErrNotFound
}

const pds = "https://pds.example.com"

// directories returns both directories with all accounts in their memories, after
// they have given the same answers.
func directories() (*identity.Directory, *indigo.CacheDirectory, error) {
	known, mock := source{}, indigo.NewMockDirectory()
	for i := range accounts {
		did, handle := account(i)
		known[did], known[handle] = handle, did
		mock.Insert(indigo.Identity{
			DID: indigosyntax.DID(did), Handle: indigosyntax.Handle(handle), AlsoKnownAs: []string{"at://" + handle},
			Services: map[string]indigo.ServiceEndpoint{"atproto_pds": {Type: identity.TypePDS, URL: pds}},
		})
	}
	own := identity.NewDirectory(known, identity.CacheOptions{})
	their := indigo.NewCacheDirectory(mock, 100_000, 24*time.Hour, 2*time.Minute, 5*time.Minute)
	ctx := context.Background()
	for i := range accounts {
		did, handle := account(i)
		for _, name := range []string{did, handle} {
			if err := sameAnswer(ctx, own, their, name); err != nil {
				return nil, nil, err
			}
		}
	}
	return own, their, nil
}

// sameAnswer proves that both say the same of a name.
func sameAnswer(ctx context.Context, own *identity.Directory, their *indigo.CacheDirectory, name string) error {
	i, err := own.Lookup(ctx, syntax.AtIdentifier(name))
	if err != nil {
		return fmt.Errorf("%s: %s: %w", ours, name, err)
	}
	parsed, err := indigosyntax.ParseAtIdentifier(name)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", theirs, name, err)
	}
	other, err := their.Lookup(ctx, parsed)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", theirs, name, err)
	}
	if string(i.DID) != string(other.DID) || string(i.Handle) != string(other.Handle) || i.PDS != other.PDSEndpoint() {
		return fmt.Errorf("%s leads to %s, %s and %s, and with %s to %s, %s and %s",
			name, i.DID, i.Handle, i.PDS, theirs, other.DID, other.Handle, other.PDSEndpoint())
	}
	return nil
}

// byDID looks up DIDs that are known, with handles that are verified.
func byDID() (report.Comparison, error) {
	own, their, err := directories()
	if err != nil {
		return report.Comparison{}, err
	}
	ctx := context.Background()
	var dids [accounts]string
	for i := range dids {
		dids[i], _ = account(i)
	}
	return compare("look up a DID that is remembered", theirs,
		withoutResult(func(i int) (*identity.Identity, error) { return own.LookupDID(ctx, syntax.DID(dids[i*step%accounts])) }),
		withoutResult(func(i int) (*indigo.Identity, error) {
			return their.LookupDID(ctx, indigosyntax.DID(dids[i*step%accounts]))
		}),
	), nil
}

func withoutResult[T any](work func(int) (T, error)) func(int) error {
	return func(i int) error {
		_, err := work(i)
		return err
	}
}

// byHandle looks up handles that are known.
func byHandle() (report.Comparison, error) {
	own, their, err := directories()
	if err != nil {
		return report.Comparison{}, err
	}
	ctx := context.Background()
	var handles [accounts]string
	for i := range handles {
		_, handles[i] = account(i)
	}
	return compare("look up a handle that is remembered", theirs,
		withoutResult(func(i int) (*identity.Identity, error) {
			return own.LookupHandle(ctx, syntax.Handle(handles[i*step%accounts]))
		}),
		withoutResult(func(i int) (*indigo.Identity, error) {
			return their.LookupHandle(ctx, indigosyntax.Handle(handles[i*step%accounts]))
		}),
	), nil
}
