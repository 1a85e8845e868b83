package lex

import "fmt"

// Opt is a value that may be absent, or null where the schema says so. The
// zero Opt is none. It is comparable, and distinguishes none from the zero
// value of T (DM-05).
type Opt[T comparable] struct {
	value T
	set   bool
}

// Some returns an Opt that holds v.
func Some[T comparable](v T) Opt[T] { return Opt[T]{value: v, set: true} }

// Int returns an Opt that holds v. It saves the conversion of a constant.
func Int(v int64) Opt[int64] { return Some(v) }

// String returns an Opt that holds v.
func String(v string) Opt[string] { return Some(v) }

// Bool returns an Opt that holds v.
func Bool(v bool) Opt[bool] { return Some(v) }

// Get returns the value and true, or the zero value and false if there is
// none.
func (o Opt[T]) Get() (T, bool) { return o.value, o.set }

// Or returns the value, or other if there is none.
func (o Opt[T]) Or(other T) T {
	if o.set {
		return o.value
	}
	return other
}

// IsSome reports whether there is a value.
func (o Opt[T]) IsSome() bool { return o.set }

// IsZero reports whether there is no value. The omitzero option of
// encoding/json calls it.
func (o Opt[T]) IsZero() bool { return !o.set }

// Equal reports whether o and p hold equal values or both hold none. go-cmp
// calls it.
func (o Opt[T]) Equal(p Opt[T]) bool { return o == p }

// String returns the value as fmt prints it, or "none".
func (o Opt[T]) String() string {
	if !o.set {
		return "none"
	}
	return fmt.Sprint(o.value)
}

// GoString returns a Go expression that yields o.
func (o Opt[T]) GoString() string {
	if !o.set {
		return fmt.Sprintf("lex.Opt[%T]{}", o.value)
	}
	return fmt.Sprintf("lex.Some[%T](%#v)", o.value, o.value)
}

// MarshalJSON returns the value, or null if there is none. Generated code does
// not need it: there the table decides between null and absence.
func (o Opt[T]) MarshalJSON() ([]byte, error) {
	if !o.set {
		return []byte("null"), nil
	}
	return marshalValue(&o.value)
}

// UnmarshalJSON reads a value, or none from null.
func (o *Opt[T]) UnmarshalJSON(b []byte) error {
	var v T
	null, err := unmarshalValue(b, &v)
	if err != nil || null {
		*o = Opt[T]{}
		return err
	}
	*o = Some(v)
	return nil
}

// isOpt lets plans recognise the type, whose first field is the value and
// whose second is the flag.
func (Opt[T]) isOpt() {}
