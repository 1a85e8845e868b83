package lex_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// FuzzDecodeJSON holds the decoder against a slow one over encoding/json: both
// accept the same texts and read the same values. What is accepted is written
// to a text that reads as the same value; a typed value is written as the same
// text as one without a Go type.
func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(benchPost))
	f.Add([]byte(allNull))
	f.Fuzz(func(t *testing.T, text []byte) {
		var v any
		err := lex.DecodeJSON(text, &v)
		if want, verdict := reference(text); verdict != unsure {
			if (err == nil) != (verdict == accepted) {
				t.Fatalf("%s: decoding says %v, the reference %s", text, err, verdict)
			}
			if err == nil && !reflect.DeepEqual(v, want) {
				t.Fatalf("%s: got %#v, the reference %#v", text, v, want)
			}
		}
		var canonical []byte
		if err == nil {
			canonical = stable(t, v)
		}
		typed(t, text, canonical, &Post{})
		typed(t, text, canonical, &Thread{})
		typed(t, text, canonical, &Req{})
		typed(t, text, canonical, &Opts{})
		typed(t, text, canonical, &Nulls{})
		typed(t, text, canonical, &OptNulls{})
		typed(t, text, canonical, &Prefs{})
		typed(t, text, canonical, &Body{})
		typed(t, text, canonical, &lex.Blob{})
		typed(t, text, canonical, &lex.UnknownObject{})
	})
}

// stable returns the text of v, which must read as v.
func stable(t *testing.T, v any) []byte {
	canonical, err := lex.MarshalJSON(v)
	if err != nil {
		t.Fatalf("read and cannot be written: %#v: %v", v, err)
	}
	if !json.Valid(canonical) {
		t.Fatalf("written, and no JSON: %s", canonical)
	}
	var back any
	if err := lex.DecodeJSON(canonical, &back); err != nil || !reflect.DeepEqual(v, back) {
		t.Fatalf("%s: %v: got %#v, want %#v", canonical, err, back, v)
	}
	acrossCBOR(t, v, canonical)
	return canonical
}

// acrossCBOR takes a value to CBOR and back to its text, unless it is beyond the
// limits that CBOR has alone.
func acrossCBOR(t *testing.T, v any, canonical []byte) {
	block, err := lex.MarshalCBOR(v)
	if err != nil {
		if !strings.Contains(err.Error(), "more than") {
			t.Fatalf("%s: read, and cannot be written as CBOR: %v", canonical, err)
		}
		return
	}
	var back any
	if err := lex.DecodeCBOR(block, &back); err != nil {
		t.Fatalf("%s: written as CBOR, and cannot be read: %v", canonical, err)
	}
	if again, err := lex.MarshalJSON(back); err != nil || !bytes.Equal(again, canonical) {
		t.Fatalf("%s: CBOR makes %s of it (%v)", canonical, again, err)
	}
}

// typed reads text into v, which must be the same value as the one without a
// Go type if there is one.
func typed[T any, P coder[T]](t *testing.T, text, canonical []byte, v P) {
	if err := v.UnmarshalJSON(text); err != nil {
		return
	}
	got, err := v.MarshalJSON()
	if err != nil {
		t.Fatalf("%s: read as %T, and cannot be written: %v", text, v, err)
	}
	if !bytes.Equal(got, canonical) {
		t.Fatalf("%s:\nas %T %s\nuntyped %s", text, v, got, canonical)
	}
	var back T
	if err := P(&back).UnmarshalJSON(got); err != nil || !reflect.DeepEqual(*v, back) {
		t.Fatalf("%s: %v: got %#v, want %#v", got, err, back, *v)
	}
}

type verdict string

const (
	accepted verdict = "accepted"
	refused  verdict = "refused"
	unsure   verdict = "unsure"
)

// reference reads text by encoding/json and the rules of the data model.
func reference(text []byte) (_ any, v verdict) {
	if bytes.Contains(bytes.ToLower(text), []byte(`\ud`)) {
		return nil, unsure // encoding/json repairs surrogates silently
	}
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, refused
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	r := &referenceReader{d: d, verdict: accepted}
	value := r.value(0)
	return value, r.verdict
}

type referenceReader struct {
	d       *json.Decoder
	verdict verdict
}

func (r *referenceReader) value(depth int) any {
	token, err := r.d.Token()
	if err != nil {
		r.verdict = refused
		return nil
	}
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			return r.array(depth + 1)
		}
		return r.object(depth + 1)
	case json.Number:
		return r.number(token.String())
	default:
		return token
	}
}

func (r *referenceReader) number(text string) any {
	if len(text) > 100 || strings.ContainsAny(text, "eE") && len(text) > 5 {
		r.verdict = unsure // big numbers take their time
		return nil
	}
	n, ok := new(big.Rat).SetString(text)
	if !ok || !n.IsInt() || !n.Num().IsInt64() {
		r.verdict = refused
		return nil
	}
	return n.Num().Int64()
}

func (r *referenceReader) array(depth int) any {
	list := []any{}
	if depth > lex.MaxDepth {
		r.verdict = refused
	}
	for r.d.More() && r.verdict == accepted {
		list = append(list, r.value(depth))
	}
	_, _ = r.d.Token()
	return list
}

func (r *referenceReader) object(depth int) any {
	m := map[string]any{}
	for r.d.More() && r.verdict == accepted {
		key, _ := r.d.Token()
		name, _ := key.(string)
		if _, twice := m[name]; twice {
			r.verdict = refused
		}
		m[name] = r.value(depth)
	}
	_, _ = r.d.Token()
	if r.verdict != accepted {
		return nil
	}
	return r.finish(m, depth)
}

// finish makes m what its members say that it is.
func (r *referenceReader) finish(m map[string]any, depth int) any {
	link, isLink := m["$link"]
	data, isBytes := m["$bytes"]
	ok := true
	switch {
	case isLink:
		s, _ := link.(string)
		c, err := cid.Parse(s)
		if ok = err == nil && len(m) == 1 && (c.Codec() == cid.DagCBOR || c.Codec() == cid.Raw); ok {
			return lex.Link{CID: c}
		}
	case isBytes:
		s, isString := data.(string)
		b, err := base64.RawStdEncoding.DecodeString(unpad(s))
		if ok = isString && err == nil && len(m) == 1 && !strings.ContainsAny(s, "\r\n"); ok {
			return lex.Bytes(b)
		}
	case depth > lex.MaxDepth:
		ok = false
	}
	if name, typed := m["$type"]; typed {
		s, isString := name.(string)
		ok = ok && isString && s != "" && (s != "blob" || isBlob(m))
	}
	if !ok {
		r.verdict = refused
	}
	return m
}

func unpad(s string) string {
	if len(s)%4 == 0 && len(s) > 0 {
		return strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
	}
	return s
}

func isBlob(m map[string]any) bool {
	_, ref := m["ref"].(lex.Link)
	_, mime := m["mimeType"].(string)
	size, integer := m["size"].(int64)
	return ref && mime && integer && size >= 0
}
