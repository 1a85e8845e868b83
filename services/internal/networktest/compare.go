package networktest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Compare holds what a system believes of an account against what its host has: the
// same status, and, of an active account, the same records.
func Compare(ctx context.Context, s System, a *Account) error {
	view := s.View(a.DID, a.Home)
	switch {
	case !view.Known:
		return fmt.Errorf("%s at %s: it is not known", a.DID, a.Home.Name)
	case view.Active != a.Active():
		return fmt.Errorf("%s at %s: active is %t, and its status is %q", a.DID, a.Home.Name, view.Active, a.Status())
	case !a.Active():
		return nil
	}
	is, err := a.Records(ctx)
	if err != nil {
		return err
	}
	if maps.Equal(is, view.Records) {
		return nil
	}
	var all []error
	for _, path := range slices.Sorted(maps.Keys(is)) {
		if view.Records[path] != is[path] {
			all = append(all, fmt.Errorf("%s/%s: it is %s, and believed to be %s", a.DID, path, is[path], view.Records[path]))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(view.Records)) {
		if _, ok := is[path]; !ok {
			all = append(all, fmt.Errorf("%s/%s: there is none, and it is believed to be %s", a.DID, path, view.Records[path]))
		}
	}
	return errors.Join(all...)
}

// Records returns the CIDs of all records of an account, by path.
func (a *Account) Records(ctx context.Context) (map[string]cid.CID, error) {
	r, err := a.Repo(ctx)
	if err != nil {
		return nil, err
	}
	all := map[string]cid.CID{}
	for entry, err := range r.Entries(ctx, Posts) {
		if err != nil {
			return nil, err
		}
		all[entry.Key] = entry.Value
	}
	return all, nil
}
