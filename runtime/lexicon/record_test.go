package lexicon

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
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

// TestTextIsBoundedWhileItIsWritten has records whose text is hundreds of times as long
// as they are, as each line begins with the depth that it is at.
func TestTextIsBoundedWhileItIsWritten(t *testing.T) { //nolint:paralleltest // counts what all goroutines allocate
	const depth = 120
	lists := strings.Repeat("["+strings.Repeat("0,", 99_999)+"0],", 8) + "[" + strings.Repeat("{},", 99_999) + "{}]"
	array := strings.Repeat("[", depth) + lists + strings.Repeat("]", depth)
	object := strings.Repeat(`{"a":`, depth) + "[" + lists + "]" + strings.Repeat("}", depth)
	for name, deep := range map[string]string{"arrays": array, "objects": object} {
		data, err := Encode([]byte(`{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.post","defs":{},"deep":` + deep + `}`))
		if err != nil || len(data) > repo.MaxRecord {
			t.Fatalf("%s: %d bytes, %v", name, len(data), err)
		}
		l := &Lexicon{NSID: "com.example.post", DID: "did:web:example.com", Data: data}
		unchecked := NewResolver(Options{Check: func(syntax.NSID, []byte) error { return nil }})
		for what, text := range map[string]func() error{
			"Text":  func() error { _, err := l.Text(); return err },
			"check": func() error { return unchecked.check(l) },
		} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := text()
			runtime.ReadMemStats(&after)
			if e, ok := errors.AsType[*Error](err); !ok || !errors.Is(err, ErrTooLarge) || e.Help == "" || !strings.Contains(e.Reason, "16777216") {
				t.Errorf("%s of %s: %v", what, name, err)
			}
			if got := after.TotalAlloc - before.TotalAlloc; got > 400<<20 {
				t.Errorf("%s of %s: %d MiB were allocated for it", what, name, got>>20)
			}
		}
	}
}
