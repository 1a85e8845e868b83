package gen_test

// harnessText is a program that reads lines of TYPE<TAB>JSON, sends each from
// JSON to the type, to CBOR, back and to JSON, and prints the result. On the way
// it compares the CBOR with that of the same value without a Go type, and
// decodes into variables that are new and that were used before.
const harnessText = `package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/lexgen/lexgen/runtime/lex"

%s)

var types = map[string]func() any{
%s}

var used = map[string]any{}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		name, text, _ := strings.Cut(in.Text(), "\t")
		if used[name] == nil {
			used[name] = types[name]()
		}
		b, err := roundTrip(types[name], used[name], text)
		if err != nil {
			b = []byte("error: " + err.Error())
		}
		fmt.Fprintf(out, "%%s\n", b)
	}
}

func roundTrip(fresh func() any, used any, text string) ([]byte, error) {
	v := fresh()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		return nil, err
	}
	if b, err := v.(json.Marshaler).MarshalJSON(); err != nil || string(b) != text {
		return b, err
	}
	block, err := binary(v, text)
	if err != nil {
		return nil, err
	}
	if err := marshalers(fresh(), block); err != nil {
		return nil, err
	}
	for _, into := range []any{used, used, fresh()} {
		in := bytes.Clone(block)
		if err := lex.DecodeCBOR(in, into); err != nil {
			return nil, fmt.Errorf("decode %%x: %%w", block, err)
		}
		clear(in) // which into must not share
		again, err := lex.MarshalCBOR(into)
		if err != nil || !bytes.Equal(again, block) {
			return nil, fmt.Errorf("%%x became %%x: %%v", block, again, err)
		}
		v = into
	}
	return lex.MarshalJSON(v)
}

// binary returns v as CBOR, which must be that of text.
func binary(v any, text string) ([]byte, error) {
	block, err := lex.MarshalCBOR(v)
	if err != nil {
		return nil, err
	}
	var data any
	if err := lex.DecodeJSON([]byte(text), &data); err != nil {
		return nil, err
	}
	want, err := lex.MarshalCBOR(data)
	if err != nil || !bytes.Equal(block, want) {
		return nil, fmt.Errorf("typed %%x, as data %%x: %%v", block, want, err)
	}
	return block, nil
}

// marshalers runs the methods that cbor-gen knows, where there are any.
func marshalers(v any, block []byte) error {
	u, ok := v.(interface {
		UnmarshalCBOR(r io.Reader) error
		MarshalCBOR(w io.Writer) error
	})
	if !ok {
		return nil
	}
	r := bytes.NewReader(append(block[:len(block):len(block)], "rest"...))
	if err := u.UnmarshalCBOR(r); err != nil || r.Len() != len("rest") {
		return fmt.Errorf("UnmarshalCBOR leaves %%d bytes: %%v", r.Len(), err)
	}
	var w bytes.Buffer
	if err := u.MarshalCBOR(&w); err != nil || !bytes.Equal(w.Bytes(), block) {
		return fmt.Errorf("MarshalCBOR writes %%x: %%v", w.Bytes(), err)
	}
	return nil
}
`
