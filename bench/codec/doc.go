// Package codec compares the codecs of generated types with those of peers:
// DAG-CBOR, JSON and CIDs of the values of package fixture.
//
// Making the comparisons proves first that everybody does the same work: equal
// bytes, equal CIDs, equal JSON.
package codec
