package lex

// Nullable is a value that may be absent and may be null. The zero Nullable
// is absent. Value counts only in state Present; T is the type that a
// required property has.
type Nullable[T any] struct {
	State State
	Value T
}

// State tells an absent value from null and both from a value (DM-05).
type State uint8

// The three states.
const (
	Absent  State = iota // not there
	Null                 // there, and null
	Present              // there
)

// NullOf returns a Nullable that is null.
func NullOf[T any]() Nullable[T] { return Nullable[T]{State: Null} }

// PresentOf returns a Nullable that holds v.
func PresentOf[T any](v T) Nullable[T] { return Nullable[T]{State: Present, Value: v} }

// Get returns the value and true, or the zero value and false if it is absent
// or null.
func (n Nullable[T]) Get() (T, bool) {
	if n.State != Present {
		var zero T
		return zero, false
	}
	return n.Value, true
}

// IsNull reports whether the value is there and null.
func (n Nullable[T]) IsNull() bool { return n.State == Null }

// IsZero reports whether the value is absent. The omitzero option of
// encoding/json calls it.
func (n Nullable[T]) IsZero() bool { return n.State == Absent }

// MarshalJSON returns the value, or null if there is none. Generated code does
// not need it: there the table tells null from absence.
func (n Nullable[T]) MarshalJSON() ([]byte, error) {
	if n.State != Present {
		return []byte("null"), nil
	}
	return marshalValue(&n.Value)
}

// UnmarshalJSON reads a value or null.
func (n *Nullable[T]) UnmarshalJSON(b []byte) error {
	var v T
	null, err := unmarshalValue(b, &v)
	switch {
	case err != nil:
		*n = Nullable[T]{}
	case null:
		*n = NullOf[T]()
	default:
		*n = PresentOf(v)
	}
	return err
}

// isNullable lets plans recognise the type, whose first field is the state
// and whose second is the value.
func (Nullable[T]) isNullable() {}
