package lexicon_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lexicon"
)

// TestTextIsThatOfTheOtherInstaller has a record of ours, the text that version 0.3.12 of
// @atproto/lex writes of it, and the CID that its lex-cbor 0.0.16 gives it. What is
// read from the text has the CID of the record.
func TestTextIsThatOfTheOtherInstaller_LE05(t *testing.T) {
	t.Parallel()
	const (
		record = `{"lexicon":1,"id":"com.example.foo","$type":"com.atproto.lexicon.schema","description":"x<>&é\u2028\u007f/","extra":{"b":1,"a":[1]},
			"defs":{"main":{"type":"record","key":"tid","zzz":1,"record":{"type":"object","required":["b"],"properties":{
			"b":{"type":"string","maxLength":10,"default":"x"},"aa":{"type":"ref","ref":"#x"},"10":{"type":"integer"},"2":{"type":"boolean"}}}},
			"x":{"type":"token"}}}`
		name = "bafyreihnkyrutlike2a4kubi4nize5gxna7luretpclikipn53yisuvs2m"
		want = `{
  "id": "com.example.foo",
  "defs": {
    "x": {
      "type": "token"
    },
    "main": {
      "key": "tid",
      "zzz": 1,
      "type": "record",
      "record": {
        "type": "object",
        "required": [
          "b"
        ],
        "properties": {
          "2": {
            "type": "boolean"
          },
          "10": {
            "type": "integer"
          },
          "b": {
            "type": "string",
            "default": "x",
            "maxLength": 10
          },
          "aa": {
            "ref": "#x",
            "type": "ref"
          }
        }
      }
    }
  },
  "$type": "com.atproto.lexicon.schema",
  "extra": {
    "a": [
      1
    ],
    "b": 1
  },
  "lexicon": 1,
  "description": "x<>&é` + "\u2028\u007f" + `/"
}
`
	)
	data, err := lexicon.Encode([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	if got := cid.Sum(cid.DagCBOR, data).String(); got != name {
		t.Errorf("the record has the CID %s, want %s", got, name)
	}
	text, err := (&lexicon.Lexicon{NSID: "com.example.foo", Data: data}).Text()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if got, err := lexicon.CIDOf(text); err != nil || got.String() != name {
		t.Errorf("the text has the CID %v, %v, want %s", got, err, name)
	}
}

// FuzzText demands that the text of a record leads back to the record.
func FuzzText(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":[],"b":{},"c":null,"d":true,"e":-1}`, `{"4294967295":1,"4294967294":2,"01":3,"0":4}`, `{"\u0000\t\"\\":"\u001f\n\u2029"}`,
		`{"l":{"$link":"bafyreihnkyrutlike2a4kubi4nize5gxna7luretpclikipn53yisuvs2m"},"b":{"$bytes":"AAEC"}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		data, err := lexicon.Encode(text)
		if err != nil {
			return
		}
		again, err := (&lexicon.Lexicon{Data: data}).Text()
		if errors.Is(err, lexicon.ErrTooLarge) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lexicon.CIDOf(again); err != nil || got != cid.Sum(cid.DagCBOR, data) {
			t.Errorf("%s became %s: %v, %v", text, again, got, err)
		}
	})
}

// TestNamesThatAreArrayIndexesComeFirst has the greatest array index of JavaScript, and
// numbers that are none: of these the short come before the long.
func TestNamesThatAreArrayIndexesComeFirst_LE05(t *testing.T) {
	t.Parallel()
	data, err := lexicon.Encode([]byte(`{"a":0,"04":0,"4294967295":0,"4294967294":0,"4294967296":0,"7":0,"bbbbbbbbbb":0,"+7":0}`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&lexicon.Lexicon{Data: data}).Text()
	const want = `{
  "7": 0,
  "4294967294": 0,
  "a": 0,
  "+7": 0,
  "04": 0,
  "4294967295": 0,
  "4294967296": 0,
  "bbbbbbbbbb": 0
}
`
	if err != nil || string(got) != want {
		t.Errorf("%v:\n%s", err, cmp.Diff(want, string(got)))
	}
}
