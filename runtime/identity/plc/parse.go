package plc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/cid"
)

// MaxJSON is the greatest length of the JSON of one operation in bytes. The
// largest operation that the specification allows has 7500 as DAG-CBOR (ID-28);
// escapes may make six bytes of one.
const MaxJSON = 64 << 10

// maxDepth is how deep objects and lists are nested in an operation: that of a
// service in services.
const maxDepth = 3

// ParseOperation reads an operation from JSON. It must have exactly the members
// of its type, none twice (ID-21, ID-22, ID-23). The signature and keys are not
// looked at.
func ParseOperation(text []byte) (Operation, error) {
	if len(text) > MaxJSON {
		return nil, failf(ErrLimit, "an operation of %d bytes, more than %d (ID-28)", len(text), MaxJSON)
	}
	if !utf8.Valid(text) {
		return nil, failf(ErrMalformed, "an operation that is not UTF-8 (ID-21)")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	v, err := readValue(d, 0)
	if err != nil {
		return nil, failf(ErrMalformed, "an operation that cannot be read: %v (ID-21)", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, failf(ErrMalformed, "something follows on the operation (ID-21)")
	}
	members, ok := v.(tree)
	if !ok {
		return nil, failf(ErrMalformed, "an operation must be an object (ID-21)")
	}
	f := fields{members: members}
	op := f.operation()
	f.end()
	if f.err != nil {
		return nil, f.err
	}
	return op, nil
}

// readValue reads a value of a tree.
func readValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err //nolint:wrapcheck // ParseOperation says what cannot be read
	}
	switch token {
	case json.Delim('{'):
		return readObject(d, depth)
	case json.Delim('['):
		return readList(d, depth)
	}
	switch v := token.(type) {
	case nil, string:
		return v, nil
	}
	return nil, fmt.Errorf("%v is no value of an operation, at offset %d", token, d.InputOffset())
}

func readObject(d *json.Decoder, depth int) (any, error) {
	if depth == maxDepth {
		return nil, fmt.Errorf("nested too deep, at offset %d", d.InputOffset())
	}
	members := tree{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err //nolint:wrapcheck // as in readValue
		}
		key, _ := token.(string)
		if _, twice := members[key]; twice {
			return nil, fmt.Errorf("member %q stands there twice", key)
		}
		if members[key], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return members, err //nolint:wrapcheck // as in readValue
}

func readList(d *json.Decoder, depth int) (any, error) {
	if depth == maxDepth {
		return nil, fmt.Errorf("nested too deep, at offset %d", d.InputOffset())
	}
	list := []string{}
	for d.More() {
		v, err := readValue(d, depth+1)
		if err != nil {
			return nil, err
		}
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("a list of other things than strings, at offset %d", d.InputOffset())
		}
		list = append(list, text)
	}
	_, err := d.Token()
	return list, err //nolint:wrapcheck // as in readValue
}

// fields takes the members of an object, one by one. The first error stays, and
// everything after it gives nothing.
type fields struct {
	members tree
	within  string // the path of the object, with a dot at its end
	err     error
}

func (f *fields) failf(format string, args ...any) {
	if f.err == nil {
		f.err = failf(ErrMalformed, format, args...)
	}
}

// end demands that all members were taken.
func (f *fields) end() {
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		f.failf("member %q does not belong into an operation of its type (ID-21)", f.within+name)
	}
}

// take takes a member of type T.
func take[T any](f *fields, name, what string) T {
	v, ok := f.members[name]
	delete(f.members, name)
	t, fits := v.(T)
	switch {
	case !ok:
		f.failf("member %q is missing (ID-21)", f.within+name)
	case !fits:
		f.failf("member %q must be %s (ID-21)", f.within+name, what)
	}
	return t
}

func (f *fields) text(name string) string    { return take[string](f, name, "a string") }
func (f *fields) texts(name string) []string { return take[[]string](f, name, "a list of strings") }

// object takes a member that is an object.
func (f *fields) object(name string) tree { return take[tree](f, name, "an object") }

// null takes a member that must be null.
func (f *fields) null(name string) {
	v, ok := f.members[name]
	delete(f.members, name)
	if !ok || v != nil {
		f.failf("member %q must be null (ID-21)", f.within+name)
	}
}

// previous takes the CID of the operation before, or null.
func (f *fields) previous() cid.CID {
	if v, ok := f.members[keyPrev]; ok && v == nil {
		delete(f.members, keyPrev)
		return cid.CID{}
	}
	text := f.text(keyPrev)
	if f.err != nil {
		return cid.CID{}
	}
	c, err := cid.Parse(text)
	if err != nil {
		f.failf("member %q: %v (ID-25)", keyPrev, err)
	} else if c.Codec() != cid.DagCBOR || !c.Blessed() {
		f.failf("member %q must be a CID of DAG-CBOR with SHA-256 (ID-25)", keyPrev)
	}
	return c
}

func (f *fields) operation() Operation {
	sig := f.text(keySig)
	switch typ := f.text(keyType); typ {
	case typeUpdate:
		return f.update(sig)
	case typeTombstone:
		return &Tombstone{Prev: f.previous(), Sig: sig}
	case typeCreate:
		f.null(keyPrev)
		return &Create{
			SigningKey: f.text(keySigningKey), RecoveryKey: f.text(keyRecoveryKey),
			Handle: f.text(keyHandle), Service: f.text(keyService), Sig: sig,
		}
	default:
		f.failf("there is no operation of type %q (ID-21)", typ)
		return nil
	}
}

func (f *fields) update(sig string) Operation {
	op := &Update{Prev: f.previous(), Sig: sig}
	op.RotationKeys, op.AlsoKnownAs = f.texts(keyRotationKeys), f.texts(keyAlsoKnownAs)
	op.VerificationMethods, op.Services = map[string]string{}, map[string]Service{}
	methods := fields{members: f.object(keyVerificationMethods), within: keyVerificationMethods + "."}
	for _, name := range slices.Sorted(maps.Keys(methods.members)) {
		op.VerificationMethods[name] = methods.text(name)
	}
	services := fields{members: f.object(keyServices), within: keyServices + "."}
	for _, name := range slices.Sorted(maps.Keys(services.members)) {
		service := fields{members: services.object(name), within: services.within + name + "."}
		op.Services[name] = Service{Type: service.text(keyType), Endpoint: service.text(keyEndpoint)}
		service.end()
		services.adopt(service.err)
	}
	f.adopt(methods.err)
	f.adopt(services.err)
	return op
}

// adopt keeps the error of an inner object.
func (f *fields) adopt(err error) {
	if f.err == nil {
		f.err = err
	}
}

// MarshalJSON returns the operation as directories take it.
func (o *Update) MarshalJSON() ([]byte, error) { return marshal(o) }

// MarshalJSON returns the operation as directories take it.
func (o *Tombstone) MarshalJSON() ([]byte, error) { return marshal(o) }

// MarshalJSON returns the operation as directories take it.
func (o *Create) MarshalJSON() ([]byte, error) { return marshal(o) }

func marshal(op Operation) ([]byte, error) {
	members := op.tree()
	for key, v := range members {
		if list, ok := v.([]string); ok && list == nil {
			members[key] = []string{}
		}
	}
	if op.Signature() == "" {
		delete(members, keySig)
	}
	return marshalJSON(members)
}

// marshalJSON writes JSON without escapes for HTML.
func marshalJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, failf(ErrMalformed, "write JSON: %v", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
