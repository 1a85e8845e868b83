package lexicon

import (
	"errors"
	"runtime"
	"strings"
	"testing"

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

// TestDeepRecordsAreBounded_SN05 has a record whose text is some 200 times as long, as each of
// its values is indented: it is refused before that was made.
func TestDeepRecordsAreBounded_SN05(t *testing.T) { //nolint:paralleltest // it looks at all memory
	const depth, lists, count = 100, 7, 130_000
	list := "[" + strings.TrimSuffix(strings.Repeat("0,", count), ",") + "]"
	deep := strings.Repeat("[", depth) + strings.TrimSuffix(strings.Repeat(list+",", lists), ",") + strings.Repeat("]", depth)
	data, err := Encode([]byte(`{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.post","defs":{},"x":` + deep + `}`))
	if err != nil {
		t.Fatal(err)
	}
	l := &Lexicon{NSID: "com.example.post", Data: data}
	checked := false
	r := NewResolver(Options{Check: func(syntax.NSID, []byte) error { checked = true; return nil }})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err = r.check(l)
	_, failed := l.Text()
	runtime.ReadMemStats(&after)
	if !errors.Is(err, ErrTooLarge) || !errors.Is(failed, ErrTooLarge) || checked {
		t.Errorf("%v; %v", err, failed)
	}
	const most = 400 << 20
	if n := after.TotalAlloc - before.TotalAlloc; n > most {
		t.Errorf("%d bytes were allocated", n)
	}
}
