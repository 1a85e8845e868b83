package repo

import (
	"fmt"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// checkRecord reports whether data may be written to a collection: whether it
// is canonical DAG-CBOR (DM-08), an object (DM-17) whose $type is the collection
// (LX-22), and without blobs of the legacy form (DM-20). Schemas are not known
// here.
//
// As a record has a $type, no record is ever the same block as a commit or a
// node of the tree.
func checkRecord(collection syntax.NSID, data []byte) error {
	var v any
	if err := lex.DecodeCBORAlias(data, &v); err != nil {
		return fmt.Errorf("%w (DM-08)", err)
	}
	object, ok := v.(map[string]any)
	if !ok {
		return fmt.Errorf("the record is no object (DM-17)")
	}
	if name, _ := object["$type"].(string); name != string(collection) {
		return fmt.Errorf("the record has the $type %q, and its collection is %s (LX-22)", name, collection)
	}
	for _, blob := range appendBlobs(nil, v) {
		if blob.LegacyCID != "" {
			return fmt.Errorf("the blob %s has the legacy form, which is no longer written (DM-20)", blob.LegacyCID)
		}
	}
	return nil
}
