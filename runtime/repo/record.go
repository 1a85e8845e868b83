package repo

import (
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// MaxRecord is the greatest length of a record in bytes that is written or
// accepted in a message (SN-05).
const MaxRecord = 1_000_000

// A Record is a record as it stands in a repository.
type Record struct {
	// Path is COLLECTION/KEY (SY-26).
	Path string
	CID  cid.CID
	// Data is its DAG-CBOR, whose hash is that of CID. It must not be changed.
	Data []byte
}

// Collection returns the part of the path before the slash.
func (r Record) Collection() syntax.NSID {
	collection, _, _ := strings.Cut(r.Path, "/")
	return syntax.NSID(collection)
}

// Key returns the part of the path behind the slash.
func (r Record) Key() syntax.RecordKey {
	_, key, _ := strings.Cut(r.Path, "/")
	return syntax.RecordKey(key)
}

// Decode reads the record into v; see [lex.DecodeCBOR].
func (r Record) Decode(v any) error {
	if err := lex.DecodeCBOR(r.Data, v); err != nil {
		return &Error{Block: r.CID, Path: r.Path, Reason: err.Error(), Err: joined(ErrRecord, err)}
	}
	return nil
}

// pathOf returns the path of a record.
func pathOf(collection syntax.NSID, key syntax.RecordKey) string {
	return string(collection) + "/" + string(key)
}

// checkPath reports whether path is that of a record (SY-26).
func checkPath(path string) error {
	if _, _, err := syntax.ParseRepoPath(path); err != nil {
		return &Error{Path: path, Reason: err.Error() + " (SY-26)", Err: joined(ErrRecord, err)}
	}
	return nil
}

// checkName reports whether the record at a path is named as data is: under
// another name one record would be two (DM-11).
func checkName(path string, c cid.CID) error {
	if c.Codec() != cid.DagCBOR {
		return &Error{Path: path, Block: c, Reason: "it is named as raw bytes, and a record is DAG-CBOR (DM-11)", Err: ErrRecord}
	}
	return nil
}
