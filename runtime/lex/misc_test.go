package lex_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/lex"
)

var (
	_ lex.Record = (*Post)(nil)
	_ lex.List   = Prefs(nil)
	_ lex.Struct = (*PostReply)(nil)
)

func TestReservedKeysAreKept_DM06(t *testing.T) {
	t.Parallel()
	same(t, Video{Extra: lex.Extra{"$future": map[string]any{"$x": true}}}, `{"$future":{"$x":true}}`)
}

func TestStringsAreKeptAsWritten_DM04(t *testing.T) {
	t.Parallel()
	// Composed and decomposed, empty, beyond the basic plane, noncharacters,
	// and the replacement character itself.
	same(t, Opts{Strs: []string{"é", "e\u0301", "", "👨‍👩‍👧", "\uffff\ufdd0", "\ufffd", "\x00"}},
		"{\"strs\":[\"é\",\"e\u0301\",\"\",\"👨‍👩‍👧\",\"\uffff\ufdd0\",\"\ufffd\",\"\\u0000\"]}")
}

// manyFields has more fields than the decoder keeps track of without
// allocating.
type manyFields struct {
	F000, F001, F002, F003, F004, F005, F006, F007, F008, F009, F010, F011, F012, F013, F014, F015, F016, F017, F018, F019 lex.Opt[int64]
	F020, F021, F022, F023, F024, F025, F026, F027, F028, F029, F030, F031, F032, F033, F034, F035, F036, F037, F038, F039 lex.Opt[int64]
	F040, F041, F042, F043, F044, F045, F046, F047, F048, F049, F050, F051, F052, F053, F054, F055, F056, F057, F058, F059 lex.Opt[int64]
	F060, F061, F062, F063, F064, F065, F066, F067, F068, F069, F070, F071, F072, F073, F074, F075, F076, F077, F078, F079 lex.Opt[int64]
	F080, F081, F082, F083, F084, F085, F086, F087, F088, F089, F090, F091, F092, F093, F094, F095, F096, F097, F098, F099 lex.Opt[int64]
	F100, F101, F102, F103, F104, F105, F106, F107, F108, F109, F110, F111, F112, F113, F114, F115, F116, F117, F118, F119 lex.Opt[int64]
	F120, F121, F122, F123, F124, F125, F126, F127, F128, F129                                                             lex.Opt[int64]
	Last                                                                                                                   int64
	Extra                                                                                                                  lex.Extra
}

// The names get longer, so that Last is also the last in canonical order.
var lexTableManyFields = func() *lex.Table {
	t := &lex.Table{Name: "com.example.many"}
	for i := range 130 {
		t.Fields = append(t.Fields, lex.Field{Name: strings.Repeat("f", i+1), Presence: lex.Optional})
	}
	t.Fields = append(t.Fields, lex.Field{Name: strings.Repeat("f", 131)})
	return t
}()

func (*manyFields) LexTable() *lex.Table           { return lexTableManyFields }
func (x manyFields) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *manyFields) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

func TestManyFields(t *testing.T) {
	t.Parallel()
	last := strings.Repeat("f", 131)
	same(t, manyFields{F000: lex.Int(1), F129: lex.Int(2), Last: 3}, `{"f":1,"`+last[:130]+`":2,"`+last+`":3}`)
	var m manyFields
	if err := lex.DecodeJSON([]byte(`{"f":1}`), &m); err == nil || !strings.Contains(err.Error(), "required, but missing") {
		t.Errorf("a missing field beyond the 128th went unnoticed: %v", err)
	}
	if err := lex.DecodeJSON([]byte(`{"`+last+`":1,"`+last+`":1}`), &m); err == nil {
		t.Error("a field beyond the 128th was read twice")
	}
	same(t, manyFields{Extra: lex.Extra{strings.Repeat("f", 132): nil}}, `{"`+last+`":0,"`+last+`f":null}`)
}

func TestObjectsWithoutFields(t *testing.T) {
	t.Parallel()
	same(t, empty{}, `{}`)
	same(t, empty{Extra: lex.Extra{"": "x"}}, `{"":"x"}`)
	var e empty
	decode(t, ` { } `, &e)
	if diff := cmp.Diff(empty{}, e); diff != "" {
		t.Error(diff)
	}
}

type empty struct{ Extra lex.Extra }

var lexTableEmpty = lex.Table{Name: "com.example.empty"}

func (*empty) LexTable() *lex.Table           { return &lexTableEmpty }
func (x empty) MarshalJSON() ([]byte, error)  { return lex.MarshalJSON(&x) }
func (x *empty) UnmarshalJSON(b []byte) error { return lex.DecodeJSON(b, x) }

func TestErrorsOfNamedArrays(t *testing.T) {
	t.Parallel()
	_, err := lex.MarshalJSON(Prefs{&Video{}, &Video{Alt: lex.String("\xff")}})
	wantError(t, err, `lex: $[1].alt: the string is not UTF-8`)
	_, err = lex.MarshalJSON((*Prefs)(nil))
	wantError(t, err, `lex: $: *lex_test.Prefs must be a slice, and not nil`)
	_, err = lex.MarshalJSON(borrowed{})
	wantError(t, err, `lex: $: lex_test.borrowed has the LexArray of lex_test.Tree`)
	wantError(t, lex.DecodeJSON([]byte(`[]`), new(borrowed)), `lex: $: lex_test.borrowed has the LexArray of lex_test.Tree`)
	wantError(t, lex.DecodeJSON([]byte(`[]`), new(noSlice)), `lex: $: *lex_test.noSlice must be a pointer to a slice`)
}

// borrowed has the description of another type.
type borrowed []string

func (borrowed) LexArray() *lex.Array {
	encodeTree()
	return &lexArrayTree
}

// encodeTree makes lexArrayTree that of Tree.
func encodeTree() { _, _ = lex.MarshalJSON(Tree{}) }

// noSlice has the method of a slice.
type noSlice struct{}

func (noSlice) LexArray() *lex.Array { return &lexArrayTree }
