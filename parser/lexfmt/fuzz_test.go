package lexfmt_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/lexfmt"
)

// FuzzFormat checks with encoding/json that what was formatted has the content
// of the file, and that it stays as it is when it is formatted again. What is
// left alone has a reason.
func FuzzFormat(f *testing.F) {
	for _, text := range []string{
		`{"lexicon":1,"id":"com.example.a","defs":{"main":{"type":"token"}}}`,
		"\ufeff{\r\n\"x\":[[1,2],[3,4]],\r\n\r\n\"lexicon\":1}",
		`{"defs":{"a":{"items":{"ref":"#a","type":"ref"},"type":"array"}},"lexicon":1.50}`,
		`{"lexicon":1,"a":1,"a":2}`,
		`{"lexicon":"\u0061\ud83d\ude00","x":["` + string(bytes.Repeat([]byte("x"), 80)) + `",{},[]]}`,
		`[]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		r := &diag.Report{}
		text := lexfmt.Format(diag.NewFile("a.json", src), r)
		if text == nil {
			if r.Len() == 0 {
				t.Errorf("%q is left alone without a reason", src)
			}
			return
		}
		if r.Len() > 0 {
			t.Errorf("%q is formatted in spite of %s", src, r.Diagnostics()[0].Message)
		}
		if diff := cmp.Diff(compact(t, bytes.TrimPrefix(src, []byte("\ufeff"))), compact(t, text)); diff != "" {
			t.Errorf("content (-before +after):\n%s", diff)
		}
		checkFormatted(t, text)
	})
}

// compact returns the JSON with sorted keys and with numbers as they are
// written.
func compact(t *testing.T, text []byte) string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var v any
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	sorted, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(sorted)
}
