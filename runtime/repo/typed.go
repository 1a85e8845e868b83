package repo

import (
	"context"
	"iter"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// recordPointer is *T, where T is the generated struct of a record.
type recordPointer[T any] interface {
	*T
	lex.Record
}

// A TypedRecord is a record as a generated type.
type TypedRecord[T any] struct {
	Key   syntax.RecordKey
	CID   cid.CID
	Value *T
}

// GetRecord returns the record of the collection of T under a key:
//
//	profile, err := repo.GetRecord[appbsky.ActorProfile](ctx, r, "self")
//
// The errors are those of [Repo.Get], and [ErrRecord] if the data does not fit
// the type.
func GetRecord[T any, P recordPointer[T]](ctx context.Context, r *Repo, key syntax.RecordKey) (TypedRecord[T], error) {
	record, err := r.Get(ctx, collectionOf[T, P](), key)
	if err != nil {
		return TypedRecord[T]{}, err
	}
	return typed[T](record)
}

// Records yields the records of the collection of T in the order of their keys.
// A pair whose error is [ErrRecord] is about one record that does not fit the
// type, whose key and CID it has; the ones that follow it can still be had
// (DM-24). Any other pair with an error is the last one.
func Records[T any, P recordPointer[T]](ctx context.Context, r *Repo) iter.Seq2[TypedRecord[T], error] {
	return func(yield func(TypedRecord[T], error) bool) {
		for record, err := range r.Records(ctx, collectionOf[T, P]()) {
			if err != nil {
				yield(TypedRecord[T]{}, err)
				return
			}
			if !yield(typed[T](record)) {
				return
			}
		}
	}
}

func collectionOf[T any, P recordPointer[T]]() syntax.NSID {
	return syntax.NSID(P(nil).LexType())
}

func typed[T any](record Record) (TypedRecord[T], error) {
	t := TypedRecord[T]{Key: record.Key(), CID: record.CID, Value: new(T)}
	if err := record.Decode(t.Value); err != nil {
		t.Value = nil
		return t, err
	}
	return t, nil
}
