package repo

import (
	"context"

	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// Diff returns the operations that lead from the records of old to those of
// next, in the order of their paths. It reads only nodes that the two do not
// share.
func Diff(ctx context.Context, old, next *Repo) ([]Op, error) {
	changes, _, err := mst.Diff(ctx, old.tree, next.tree)
	if err != nil {
		return nil, refused(err)
	}
	ops := make([]Op, len(changes))
	for i, c := range changes {
		ops[i] = Op{Action: ActionUpdate, Path: c.Key, CID: c.New, Prev: c.Old}
		switch {
		case !c.Old.Defined():
			ops[i].Action = ActionCreate
		case !c.New.Defined():
			ops[i].Action = ActionDelete
		}
	}
	return ops, nil
}
