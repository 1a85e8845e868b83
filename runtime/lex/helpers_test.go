package lex_test

import (
	"errors"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

const (
	rawCID  = "bafkreiccldh766hwcnuxnf2wh6jgzepf2nlu2lvcllt63eww5p6chi4ity"
	dataCID = "bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a"
)

func link(t testing.TB, s string) lex.Link {
	t.Helper()
	c, err := cid.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return lex.Link{CID: c}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	b, err := lex.MarshalJSON(v)
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return string(b)
}

func decode(t testing.TB, text string, v any) {
	t.Helper()
	if err := lex.DecodeJSON([]byte(text), v); err != nil {
		t.Fatalf("decode %s: %v", text, err)
	}
}

// wantError fails unless err is a *lex.Error with that text.
func wantError(t testing.TB, err error, text string) {
	t.Helper()
	var e *lex.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an error", err)
	}
	if e.Error() != text {
		t.Errorf("got  %s\nwant %s", e, text)
	}
}
