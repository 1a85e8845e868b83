package atclient

import (
	"context"
	"fmt"
	"iter"
	"reflect"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Pages calls a query again and again with the cursor of its last output, until there
// is none. params, which is not changed, says where to begin. An error ends the
// loop, and so does a cursor that comes a second time in a row, which would never end.
//
// The parameters and the output must have a text called cursor.
func Pages[P, O lex.Struct](ctx context.Context, c *xrpc.Client, q *xrpc.Query[P, O], params P, opts ...xrpc.CallOption) iter.Seq2[O, error] {
	return func(yield func(O, error) bool) {
		params := copyOf(params)
		last, _ := lex.StringOf(params, "cursor")
		for {
			page, err := q.Call(ctx, c, params, opts...)
			if err != nil {
				yield(page, err)
				return
			}
			if !yield(page, nil) {
				return
			}
			next, ok := lex.StringOf(page, "cursor")
			switch {
			case !ok || next == "":
				return
			case next == last:
				yield(*new(O), fmt.Errorf("atclient: %s gives the cursor %.100q again", q.NSID, next))
				return
			case !lex.SetString(params, "cursor", next):
				yield(*new(O), fmt.Errorf("atclient: %s has no parameter cursor", q.NSID))
				return
			}
			last = next
		}
	}
}

// copyOf returns a pointer to a copy of what p points to, or to a new one if it is
// nil.
func copyOf[T any](p T) T {
	c := newOf[T]()
	if v := reflect.ValueOf(p); !v.IsNil() {
		reflect.ValueOf(c).Elem().Set(v.Elem())
	}
	return c
}

// newOf returns a new variable of the type that T points to.
func newOf[T any]() T {
	p, _ := reflect.TypeAssert[T](reflect.New(reflect.TypeFor[T]().Elem()))
	return p
}
