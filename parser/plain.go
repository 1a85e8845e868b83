package parser

import (
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser/jsontree"
)

const (
	// notInt64 stands for every number that is no int64. Numbers of hostile
	// size never reach the validator, which computes with fractions.
	notInt64 = 0.5
	// keyMark begins the keys that need it: "", which the validator leaves out of
	// the places that it reports, and those that begin with the mark.
	keyMark = "\x00"
	// maxPlainKey is the longest key that the validator sees, in bytes. It makes
	// a text of the whole path for every step that it takes; so longer keys have
	// stand-ins, and deep types are validated by themselves.
	maxPlainKey = 48
	// maxPlainDepth is how many levels the validator sees at once.
	maxPlainDepth = 16
)

// plainer turns trees into the form that the validator takes.
type plainer struct {
	standIns map[string]string // of long keys
	keys     map[string]string // the long keys, by stand-in
	nested   []*site           // types too deep to be validated with what is around them
}

func newPlainer() *plainer {
	return &plainer{standIns: map[string]string{}, keys: map[string]string{}}
}

// value returns a value that is depth levels below what is validated.
func (p *plainer) value(at *site, depth int) any {
	switch v := at.value.(type) {
	case *jsontree.Object:
		if depth >= maxPlainDepth && at.nestedType() {
			p.nested = append(p.nested, at)
			return map[string]any{"type": "unknown"}
		}
		object := make(map[string]any, len(v.Members))
		for _, m := range v.Members {
			object[p.key(m.Key.Text)] = p.value(&site{value: m.Value, key: m.Key, owner: at}, depth+1)
		}
		return object
	case *jsontree.Array:
		array := make([]any, len(v.Items))
		for i, item := range v.Items {
			array[i] = p.value(&site{value: item, owner: at}, depth+1)
		}
		return array
	case *jsontree.String:
		return v.Text
	case *jsontree.Number:
		if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return n
		}
		return notInt64
	case *jsontree.Bool:
		return v.Value
	default:
		return nil
	}
}

// key returns the form of a key. A stand-in is longer than any key that has
// none, and a valid name if the key is one.
func (p *plainer) key(key string) string {
	if len(key) <= maxPlainKey {
		if key == "" || strings.HasPrefix(key, keyMark) {
			return keyMark + key
		}
		return key
	}
	if known, ok := p.standIns[key]; ok {
		return known
	}
	standIn := strings.Repeat("x", maxPlainKey+len(keyMark)+1) + strconv.Itoa(len(p.standIns))
	if !alphanumeric(key) {
		standIn = keyMark + standIn
	}
	p.standIns[key], p.keys[standIn] = standIn, key
	return standIn
}

// treeKey is the inverse of key.
func (p *plainer) treeKey(plain string) string {
	if key, ok := p.keys[plain]; ok {
		return key
	}
	return strings.TrimPrefix(plain, keyMark)
}

// alphanumeric reports whether a key has only ASCII letters and digits and
// begins with a letter, as the names of definitions do.
func alphanumeric(key string) bool {
	for i, c := range []byte(key) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return key != ""
}
