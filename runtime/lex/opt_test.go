package lex_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestOpt_DM05(t *testing.T) {
	t.Parallel()
	var none lex.Opt[int64]
	zero := lex.Int(0)
	if v, ok := zero.Get(); v != 0 || !ok || !zero.IsSome() || zero.IsZero() || zero.Or(7) != 0 {
		t.Error("zero is taken for none")
	}
	if _, ok := none.Get(); ok || none.IsSome() || !none.IsZero() || none.Or(7) != 7 {
		t.Error("none is taken for a value")
	}
	if none.Equal(zero) || !zero.Equal(lex.Some(int64(0))) || !cmp.Equal(zero, lex.Int(0)) || cmp.Equal(zero, none) {
		t.Error("Equal is wrong")
	}
	got := fmt.Sprintf("%v %v %#v %#v", none, lex.String("x"), lex.Bool(true), lex.Opt[string]{})
	if want := `none x lex.Some[bool](true) lex.Opt[string]{}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOptAndNullableText_DM05(t *testing.T) {
	t.Parallel()
	var opt lex.Opt[string]
	for text, want := range map[string]lex.Opt[string]{`null`: {}, "\tnull\n": {}, `""`: lex.String("")} {
		if err := opt.UnmarshalJSON([]byte(text)); err != nil || opt != want {
			t.Errorf("%s: got %#v, %v", text, opt, err)
		}
	}
	for _, text := range []string{`1`, `nullx`, `null 1`, ``, `"\ud800"`} {
		if err := opt.UnmarshalJSON([]byte(text)); err == nil || opt.IsSome() {
			t.Errorf("%s: got %#v, %v", text, opt, err)
		}
	}
	var n lex.Nullable[lex.Object]
	if err := n.UnmarshalJSON([]byte(`{"$type":"x"}`)); err != nil || n.Value.LexType() != "x" {
		t.Errorf("got %#v, %v", n, err)
	}
	if err := n.UnmarshalJSON([]byte(`null`)); err != nil || !n.IsNull() || n.IsZero() {
		t.Errorf("got %#v, %v", n, err)
	}
	if err := n.UnmarshalJSON([]byte(`1`)); err == nil || !n.IsZero() {
		t.Errorf("got %#v, %v", n, err)
	}
	if _, ok := n.Get(); ok {
		t.Error("an absent value was got")
	}
	if _, err := (lex.Some(1.5)).MarshalJSON(); err == nil {
		t.Error("a float was written")
	}
	if v, ok := lex.PresentOf("x").Get(); v != "x" || !ok {
		t.Error("a value was not got")
	}
}
