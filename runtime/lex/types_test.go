package lex_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

func TestTypesFindTheGoType(t *testing.T) {
	t.Parallel()
	types := lex.NewTypes((*Post)(nil), (*Video)(nil))
	if diff := cmp.Diff([]string{"com.example.post", "com.example.video"}, types.Names()); diff != "" {
		t.Error(diff)
	}
	o, ok := types.New("com.example.video")
	if video, is := o.(*Video); !ok || !is || video == nil {
		t.Errorf("New gives %T, %t", o, ok)
	}
	if o, ok := types.New("com.example.images"); ok {
		t.Errorf("New gives %T for what is not listed", o)
	}
	for text, want := range map[string]lex.Object{
		`{"alt":"a","$type":"com.example.video"}`: &Video{Alt: lex.String("a")},
		`{"alt":"a","$type":"x.y.z"}`:             &lex.UnknownObject{Type: "x.y.z", Fields: lex.Extra{"alt": "a"}},
	} {
		got, err := types.DecodeJSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		b, err := lex.MarshalCBOR(&lex.UnknownObject{Type: want.LexType(), Fields: lex.Extra{"alt": "a"}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err = types.DecodeCBOR(b); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%x: %s", b, diff)
		}
	}
	_, err := types.DecodeJSON([]byte(`{}`))
	wantError(t, err, "lex: $: a member of a union needs $type (offset 0)")
	_, err = types.DecodeCBOR([]byte{0xa0})
	wantError(t, err, "lex: $: a member of a union needs $type (offset 0)")
}

func TestTypesMakeObjectsTyped(t *testing.T) {
	t.Parallel()
	types := lex.NewTypes((*Video)(nil))
	got, err := types.Typed(&lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": "a"}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(lex.Object(&Video{Alt: lex.String("a")}), got); diff != "" {
		t.Error(diff)
	}
	other := &lex.UnknownObject{Type: "x.y.z"}
	if got, err := types.Typed(other); err != nil || got != lex.Object(other) {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = types.Typed(&lex.UnknownObject{Type: "com.example.video", Fields: lex.Extra{"alt": int64(1)}})
	wantError(t, err, "lex: $.alt: expected a string, found a number (offset 7)")
	_, err = types.Typed(nil)
	wantError(t, err, "lex: $: required, but nil")
}

func TestTypesRefuseTwoOfOneName(t *testing.T) {
	t.Parallel()
	types := lex.NewTypes((*Video)(nil), (*Video)(nil))
	const want = "lex: $: the union lists com.example.video twice"
	_, err := types.DecodeJSON([]byte(`{}`))
	wantError(t, err, want)
	_, err = types.Typed(&Video{})
	wantError(t, err, want)
	if _, ok := types.New("com.example.video"); ok {
		t.Error("New works nevertheless")
	}
}
