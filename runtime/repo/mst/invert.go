package mst

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
)

// ErrChange says that a change is not one that led to the tree.
var ErrChange = errors.New("not a change of this tree")

// Invert takes changes back that led to tree, and returns the root of the tree
// before (RE-41). Keys that were deleted are put back first, then it goes by
// the order of keys (RE-43). For a commit of a stranger, tree is a partial one,
// and the root that of the commit before, else the changes are not the truth.
//
// Two changes of one key, one that changes nothing, and one that left another
// value than the tree has, are [ErrChange].
func Invert(ctx context.Context, tree *Tree, changes []Change) (cid.CID, error) {
	ordered, err := normalize(changes)
	if err != nil {
		return cid.CID{}, err
	}
	edit := tree.Edit()
	for _, c := range ordered {
		if err := edit.invert(ctx, c); err != nil {
			return cid.CID{}, err
		}
	}
	if _, err := edit.flush(); err != nil {
		return cid.CID{}, err
	}
	return edit.root.cid, nil
}

// normalize returns changes with deletions first, each part in the order of
// keys.
func normalize(changes []Change) ([]Change, error) {
	ordered := slices.Clone(changes)
	slices.SortFunc(ordered, func(a, b Change) int { return strings.Compare(a.Key, b.Key) })
	for i, c := range ordered {
		switch {
		case i > 0 && c.Key == ordered[i-1].Key:
			return nil, fmt.Errorf("mst: key %q is changed twice (RE-43): %w", c.Key, ErrChange)
		case c.Old == c.New:
			return nil, fmt.Errorf("mst: key %q has the same value before and after: %w", c.Key, ErrChange)
		}
	}
	slices.SortStableFunc(ordered, func(a, b Change) int { return cmp.Compare(deleted(a), deleted(b)) })
	return ordered, nil
}

// deleted returns where a change stands among those that are taken back.
func deleted(c Change) int {
	if c.New.Defined() {
		return 1
	}
	return 0
}

// invert takes a change back.
func (e *Edit) invert(ctx context.Context, c Change) error {
	var (
		found cid.CID
		err   error
	)
	if c.Old.Defined() {
		found, err = e.Put(ctx, c.Key, c.Old)
	} else {
		found, err = e.Delete(ctx, c.Key)
	}
	if err == nil && found != c.New {
		err = fmt.Errorf("mst: key %q has the value %s, not %s (RE-41): %w", c.Key, name(found), name(c.New), ErrChange)
	}
	return err
}

// name returns the text of a value.
func name(c cid.CID) string {
	if !c.Defined() {
		return "none"
	}
	return c.String()
}
