package oracle

import (
	"path/filepath"

	cbg "github.com/whyrusleeping/cbor-gen"
)

// Files that Write makes.
const (
	MapsFile   = "maps_cbor_gen.go"
	ArraysFile = "arrays_cbor_gen.go"
)

// maxLength is what the generated code accepts, so that tests can be large.
const maxLength = 1 << 20

// Write lets cbor-gen write its code for Maps and Arrays into folder.
func Write(folder string) error {
	g := cbg.Gen{MaxArrayLength: maxLength, MaxByteLength: maxLength, MaxStringLength: maxLength}
	if err := g.WriteMapEncodersToFile(filepath.Join(folder, MapsFile), "oracle", Maps()...); err != nil {
		return err
	}
	return g.WriteTupleEncodersToFile(filepath.Join(folder, ArraysFile), "oracle", Arrays()...)
}
