package lexicon

import (
	"errors"
	"strings"
	"testing"
)

// TestRecordsOfOtherTypes_LE05 has records that no repository of ours would take.
func TestRecordsOfOtherTypes_LE05(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"$type":"com.example.schema","lexicon":1,"id":"com.example.post","defs":{}}`: `the record has the $type "com.example.schema"`,
		`{"lexicon":1,"id":"com.example.post","defs":{}}`:                              `the record has the $type ""`,
		`{"$type":"com.atproto.lexicon.schema","lexicon":"1","id":"com.example.post"}`: `the record has lexicon: 1,`,
		`{"$type":"com.atproto.lexicon.schema","lexicon":1,"defs":{}}`:                 `the record has the id ""`,
	} {
		data, err := Encode([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		err = NewResolver(Options{}).check(&Lexicon{NSID: "com.example.post", Data: data})
		if !errors.Is(err, ErrRecord) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
	for _, data := range [][]byte{nil, {0xa0, 0}, {0x80}, []byte(strings.Repeat("\x81", 1000))} {
		if err := NewResolver(Options{}).check(&Lexicon{NSID: "com.example.post", Data: data}); !errors.Is(err, ErrRecord) {
			t.Errorf("%x: %v", data, err)
		}
	}
	if err := NewResolver(Options{}).check(&Lexicon{NSID: "com.example.post", Data: make([]byte, 1_000_001)}); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
