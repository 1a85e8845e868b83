package plc

import (
	"encoding/binary"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lexgen/lexgen/runtime/cid"
)

// A tree is an operation as the object that it is in JSON and DAG-CBOR: each
// value is nil, a string, a list of strings or a tree. It is no value of package
// lex because nothing in it has a special meaning there: a service may well be
// named $link.
type tree map[string]any

// The members of operations.
const (
	keyType                = "type"
	keyPrev                = "prev"
	keySig                 = "sig"
	keyRotationKeys        = "rotationKeys"
	keyVerificationMethods = "verificationMethods"
	keyAlsoKnownAs         = "alsoKnownAs"
	keyServices            = "services"
	keyEndpoint            = "endpoint"
	keySigningKey          = "signingKey"
	keyRecoveryKey         = "recoveryKey"
	keyHandle              = "handle"
	keyService             = "service"
)

// The types of operations.
const (
	typeUpdate    = "plc_operation"
	typeTombstone = "plc_tombstone"
	typeCreate    = "create"
)

func (o *Update) tree() tree {
	methods, services := tree{}, tree{}
	for name, key := range o.VerificationMethods {
		methods[name] = key
	}
	for name, service := range o.Services {
		services[name] = tree{keyType: service.Type, keyEndpoint: service.Endpoint}
	}
	return tree{
		keyType: typeUpdate, keyPrev: textOf(o.Prev), keySig: o.Sig,
		keyRotationKeys: o.RotationKeys, keyVerificationMethods: methods, keyAlsoKnownAs: o.AlsoKnownAs, keyServices: services,
	}
}

func (o *Tombstone) tree() tree {
	return tree{keyType: typeTombstone, keyPrev: textOf(o.Prev), keySig: o.Sig}
}

func (o *Create) tree() tree {
	return tree{
		keyType: typeCreate, keyPrev: nil, keySig: o.Sig,
		keySigningKey: o.SigningKey, keyRecoveryKey: o.RecoveryKey, keyHandle: o.Handle, keyService: o.Service,
	}
}

// textOf returns a CID as it stands in an operation: as text, and not as a link
// (ID-21).
func textOf(c cid.CID) any {
	if !c.Defined() {
		return nil
	}
	return c.String()
}

// Major types of CBOR, as the high bits of a head.
const (
	majorText  = 0x60
	majorArray = 0x80
	majorMap   = 0xa0
	cborNull   = 0xf6
)

// appendCBOR appends a value of a tree as DAG-CBOR.
func appendCBOR(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(appendHead(b, majorText, len(v)), v...)
	case []string:
		b = appendHead(b, majorArray, len(v))
		for _, text := range v {
			b = appendCBOR(b, text)
		}
		return b
	case tree:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.SortFunc(keys, compareKeys)
		b = appendHead(b, majorMap, len(v))
		for _, key := range keys {
			b = appendCBOR(appendCBOR(b, key), v[key])
		}
		return b
	default:
		return append(b, cborNull)
	}
}

// compareKeys has the order of the keys of DAG-CBOR: shorter ones first (DM-08).
func compareKeys(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func appendHead(b []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(b, major|byte(n))
	case n < 1<<8:
		return append(b, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(b, major|25), uint16(n))
	default:
		return binary.BigEndian.AppendUint32(append(b, major|26), uint32(n))
	}
}

// isUTF8 reports whether all text of a value of a tree is UTF-8.
func isUTF8(v any) bool {
	switch v := v.(type) {
	case string:
		return utf8.ValidString(v)
	case []string:
		return !slices.ContainsFunc(v, func(text string) bool { return !utf8.ValidString(text) })
	case tree:
		for key, member := range v {
			if !utf8.ValidString(key) || !isUTF8(member) {
				return false
			}
		}
	}
	return true
}
