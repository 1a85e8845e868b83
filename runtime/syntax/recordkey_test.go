package syntax_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

func TestRecordKeyTypes_SY14(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text    string
		kind    syntax.RecordKeyKind
		literal syntax.RecordKey
		accepts []syntax.RecordKey
		refuses []syntax.RecordKey
	}{
		{"any", syntax.RecordKeyAny, "", []syntax.RecordKey{"self", "3jzfcijpj2z2a", "a.b.c", "~"}, []syntax.RecordKey{"", "..", "a/b"}},
		{"tid", syntax.RecordKeyTID, "", []syntax.RecordKey{"3jzfcijpj2z2a"}, []syntax.RecordKey{"self", "a.b.c", "3jzfcijpj2z21", ""}},
		{"nsid", syntax.RecordKeyNSID, "", []syntax.RecordKey{"com.example.foo"}, []syntax.RecordKey{"self", "com.example", ""}},
		{"literal:self", syntax.RecordKeyLiteral, "self", []syntax.RecordKey{"self"}, []syntax.RecordKey{"Self", "self2", "literal:self", ""}},
		{"literal:literal:x", syntax.RecordKeyLiteral, "literal:x", []syntax.RecordKey{"literal:x"}, []syntax.RecordKey{"x"}},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			t.Parallel()
			typ, err := syntax.ParseRecordKeyType(c.text)
			if err != nil {
				t.Fatal(err)
			}
			if typ.String() != c.text || typ.Kind() != c.kind || typ.Literal() != c.literal {
				t.Errorf("%q: kind %d, literal %q", typ.String(), typ.Kind(), typ.Literal())
			}
			for _, key := range c.accepts {
				if err := typ.Check(key); err != nil {
					t.Errorf("Check(%q) = %v", key, err)
				}
			}
			for _, key := range c.refuses {
				if typ.Check(key) == nil {
					t.Errorf("Check(%q) accepts", key)
				}
			}
		})
	}
}

func TestRecordKeyTypeErrors_SY14(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":             `invalid record key type "": not any, tid, nsid or literal:KEY (at byte 0)`,
		"self":         `invalid record key type "self": not any, tid, nsid or literal:KEY (at byte 0)`,
		"TID":          `invalid record key type "TID": not any, tid, nsid or literal:KEY (at byte 0)`,
		"literal:":     `invalid record key type "literal:": empty (at byte 8)`,
		"literal:a b":  `invalid record key type "literal:a b": character that no record key has (at byte 9)`,
		"literal:..":   `invalid record key type "literal:..": reserved name (at byte 8)`,
		"literal:self": "",
	} {
		got := ""
		if _, err := syntax.ParseRecordKeyType(text); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("ParseRecordKeyType(%q) (-want +got):\n%s", text, diff)
		}
	}
	literal, err := syntax.ParseRecordKeyType("literal:self")
	if err != nil {
		t.Fatal(err)
	}
	want := `invalid record-key of type literal:self "me": not self (at byte 0)`
	if diff := cmp.Diff(want, literal.Check("me").Error()); diff != "" {
		t.Errorf("Check (-want +got):\n%s", diff)
	}
}

func TestZeroRecordKeyTypeIsAny(t *testing.T) {
	t.Parallel()
	var zero syntax.RecordKeyType
	parsed, err := syntax.ParseRecordKeyType("any")
	if err != nil || zero != parsed {
		t.Errorf("zero %v, parsed %v, %v", zero, parsed, err)
	}
}
