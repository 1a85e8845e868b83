package crypto_test

import (
	"bytes"
	"encoding/gob"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"math/big"
	"reflect"
	"strings"
	"testing"

	"github.com/mr-tron/base58"

	"github.com/lexgen/lexgen/runtime/crypto"
)

// leak returns the form in which text holds the secret, or "".
func leak(secret []byte, text string) string {
	texts := map[string]string{
		"hexadecimal": hex.EncodeToString(secret[4:12]),
		"base58":      base58.Encode(secret)[8:20],
		"K-256":       multibase([]byte{0x81, 0x26}, secret)[8:20],
		"P-256":       multibase([]byte{0x86, 0x26}, secret)[8:20],
		"raw bytes":   string(secret[4:12]),
		"quoted":      strings.Trim(fmt.Sprintf("%q", secret[4:12]), `"`),
		"decimal":     new(big.Int).SetBytes(secret).String(),
		"bytes":       strings.Trim(fmt.Sprintf("%d", secret[4:8]), "[]"),
		"bytes in Go": strings.Trim(fmt.Sprintf("%#v", secret[4:8]), "[]byte{}"),
		"spaced hex":  fmt.Sprintf("% x", secret[4:8]),
	}
	for form, part := range texts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(part)) {
			return form
		}
	}
	return ""
}

// holders returns key alone and inside other values.
func holders(key *crypto.PrivateKey) map[string]any {
	type values struct {
		Exported crypto.PrivateKey
		hidden   crypto.PrivateKey
	}
	type pointers struct {
		Exported *crypto.PrivateKey
		hidden   *crypto.PrivateKey
		any      any
		signer   crypto.Signer
	}
	type embedded struct{ crypto.PrivateKey }
	inside := pointers{key, key, key, key}
	return map[string]any{
		"pointer":            key,
		"value":              *key,
		"values":             values{*key, *key},
		"pointer to values":  &values{*key, *key},
		"pointers":           inside,
		"pointer to pointer": &inside,
		"embedded":           embedded{*key},
		"slice":              []crypto.PrivateKey{*key},
		"slice of pointers":  []*crypto.PrivateKey{key},
		"map":                map[string]any{"key": *key, "inside": &inside},
		"nested":             []any{&inside, map[string]values{"x": {*key, *key}}},
		"error":              fmt.Errorf("with %v and %+v", key, inside),
		"type of a method":   key.Sign,
	}
}

func TestPrivateKeysAreNotPrinted_CR10(t *testing.T) {
	t.Parallel()
	verbs := []string{
		"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%#x", "%d", "%o", "%b", "%c", "%U", "%e", "%g", "%t", "%p", "%T", "%w", "%!", "%100v", "%-100.3v",
	}
	for _, curve := range curves {
		key := testKey(t, curve)
		for name, holder := range holders(key) {
			for _, verb := range verbs {
				text := fmt.Sprintf(verb, holder)
				if form := leak(key.Bytes(), text); form != "" {
					t.Errorf("%s, %s, %s: printed in the form %q: %s", curve, name, verb, form, text)
				}
			}
		}
		want := "private key of " + key.PublicKey().DIDKey()
		for _, verb := range []string{"%v", "%s", "%+v", "%#v", "%d", "%x"} {
			if got := fmt.Sprintf(verb, key) + "|" + fmt.Sprintf(verb, *key); got != want+"|"+want {
				t.Errorf("%s prints %s", verb, got)
			}
		}
		if key.String() != want {
			t.Errorf("String = %s", key)
		}
	}
	var none *crypto.PrivateKey
	if got := fmt.Sprintf("%v", none); got != "<nil>" {
		t.Errorf("nil prints %s", got)
	}
}

func TestPrivateKeysAreNotLogged_CR10(t *testing.T) {
	t.Parallel()
	key := testKey(t, crypto.K256)
	for name, holder := range holders(key) {
		var text, lines bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).With("with", holder).Info("m", "key", holder)
		slog.New(slog.NewJSONHandler(&lines, nil)).With("with", holder).Info("m", "key", holder)
		for _, log := range []string{text.String(), lines.String()} {
			if form := leak(key.Bytes(), log); form != "" {
				t.Errorf("%s: logged in the form %q: %s", name, form, log)
			}
		}
		if name == "pointer" || name == "value" {
			if want := key.PublicKey().DIDKey(); !strings.Contains(text.String(), want) || !strings.Contains(lines.String(), want) {
				t.Errorf("%s: the logs do not name the key: %s%s", name, &text, &lines)
			}
		}
	}
}

func TestPrivateKeysAreNotMarshaled_CR10(t *testing.T) {
	t.Parallel()
	key := testKey(t, crypto.P256)
	encodings := map[string]func(any) ([]byte, error){
		"JSON": json.Marshal,
		"XML":  xml.Marshal,
		"gob": func(v any) ([]byte, error) {
			var b bytes.Buffer
			err := gob.NewEncoder(&b).Encode(v)
			return b.Bytes(), err
		},
	}
	document := struct{ Key *crypto.PrivateKey }{key}
	for name, encode := range encodings {
		for _, v := range []any{key, *key, document, &document, []crypto.PrivateKey{*key}} {
			b, err := encode(v)
			if err == nil {
				t.Errorf("%s of %T is %s", name, v, b)
			}
			if form := leak(key.Bytes(), fmt.Sprint(string(b), err)); form != "" {
				t.Errorf("%s of %T has the secret in the form %q", name, v, form)
			}
		}
	}
	_, err := key.MarshalText()
	checkError(t, err, crypto.ErrUnsupported, "invalid private key: it cannot be marshaled: write its Bytes, Hex or Multikey where it is safe")
}

func TestErrorsDoNotRepeatWhatWasRead_CR10(t *testing.T) {
	t.Parallel()
	key := testKey(t, crypto.K256)
	misplaced := map[string]func(string) error{
		"did:key":  func(text string) error { _, err := crypto.ParseDIDKey(text); return err },
		"multikey": func(text string) error { _, err := crypto.ParseMultikey(text); return err },
		"private":  func(text string) error { _, err := crypto.ParsePrivateMultikey(text); return err },
		"bytes":    func(text string) error { _, err := crypto.ParsePublicKey(crypto.K256, []byte(text)); return err },
		"old":      func(text string) error { _, err := crypto.ParseVerificationMethod(k256Type, text); return err },
		"type":     func(text string) error { _, err := crypto.ParseVerificationMethod(text, text); return err },
		"hex":      func(text string) error { _, err := crypto.ParsePrivateKeyHex(crypto.K256, text); return err },
	}
	texts := []string{
		key.Hex()[1:] + "x", "0x" + key.Hex(), "did:key:" + key.Multikey(), key.Multikey() + "l", "z" + key.Multikey(), string(key.Bytes()),
		multibase(key.Bytes()), key.Multikey() + "2",
	}
	for name, parse := range misplaced {
		for i, text := range texts {
			err := parse(text)
			if err == nil {
				t.Errorf("%s: text %d is accepted", name, i)
				continue
			}
			if form := leak(key.Bytes(), fmt.Sprintf("%v %+v %#v", err, err, err)); form != "" {
				t.Errorf("%s: the error for text %d has the secret in the form %q", name, i, form)
			}
		}
	}
}

func TestReflectionFindsNoSecret_CR10(t *testing.T) {
	t.Parallel()
	key := testKey(t, crypto.K256)
	if reaches(reflect.ValueOf(holders(key)), key.Bytes(), 0) {
		t.Error("a printer that follows unexported pointers finds the secret")
	}
	if reflect.TypeOf(*key).Comparable() {
		t.Error("private keys can be compared with ==")
	}
}

// TestTheSearchForSecretsFinds proves that the tests above can fail.
func TestTheSearchForSecretsFinds(t *testing.T) {
	t.Parallel()
	key := testKey(t, crypto.K256)
	type naive struct{ value *[32]byte }
	bad := naive{(*[32]byte)(key.Bytes())}
	if !reaches(reflect.ValueOf([]any{&bad}), key.Bytes(), 0) {
		t.Error("the secret is not found behind pointers")
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%x", "%X", "% x", "%q", "%s"} {
		for _, v := range []any{*bad.value, key.Bytes()} {
			if text := fmt.Sprintf(verb, v); leak(key.Bytes(), text) == "" {
				t.Errorf("%s of %T is not seen as a leak: %s", verb, v, text)
			}
		}
	}
	for _, text := range []string{key.Hex(), key.Multikey(), new(big.Int).SetBytes(key.Bytes()).String()} {
		if leak(key.Bytes(), text) == "" {
			t.Errorf("not seen as a leak: %s", text)
		}
	}
}

// reaches reports whether the secret can be read from v without its methods.
func reaches(v reflect.Value, secret []byte, depth int) bool {
	if depth > 20 {
		return false
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && reaches(v.Elem(), secret, depth+1)
	case reflect.Struct:
		for _, field := range v.Fields() {
			if reaches(field, secret, depth+1) {
				return true
			}
		}
	case reflect.Map:
		for _, name := range v.MapKeys() {
			if reaches(v.MapIndex(name), secret, depth+1) {
				return true
			}
		}
	case reflect.Array, reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return holdsBytes(v, secret)
		}
		for i := range v.Len() {
			if reaches(v.Index(i), secret, depth+1) {
				return true
			}
		}
	default: // a function, and what has nothing inside
	}
	return false
}

func holdsBytes(v reflect.Value, secret []byte) bool {
	b := make([]byte, v.Len())
	for i := range b {
		b[i] = byte(v.Index(i).Uint())
	}
	return bytes.Contains(b, secret)
}
