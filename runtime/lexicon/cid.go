package lexicon

import (
	"fmt"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
)

// CIDOf returns the CID of what the text of a file says, read as data (DM-07): that of
// the record, if it is the text of one. Spaces and the order of members do not matter,
// the $type does. A text that is no object of the data model is an error.
func CIDOf(text []byte) (cid.CID, error) {
	record, err := Encode(text)
	if err != nil {
		return cid.CID{}, err
	}
	return cid.Sum(cid.DagCBOR, record), nil
}

// AsRecord returns a schema, as DAG-CBOR, with the $type of a record (LE-05).
func AsRecord(data []byte) ([]byte, error) {
	var record map[string]any
	if err := lex.DecodeCBOR(data, &record); err != nil {
		return nil, fmt.Errorf("it is no object of the data model: %w", err)
	}
	record["$type"] = string(Collection)
	again, err := lex.MarshalCBOR(record)
	if err != nil {
		return nil, fmt.Errorf("it cannot be encoded: %w", err)
	}
	return again, nil
}

// Encode returns what the text of a file says as DAG-CBOR.
func Encode(text []byte) ([]byte, error) {
	var record map[string]any
	if err := lex.DecodeJSON(trimBOM(text), &record); err != nil {
		return nil, fmt.Errorf("it is no object of the data model: %w", err)
	}
	data, err := lex.MarshalCBOR(record)
	if err != nil {
		return nil, fmt.Errorf("it cannot be encoded: %w", err)
	}
	return data, nil
}
