// Package car reads and writes CAR files, the form in which repositories,
// proofs and the blocks of a commit travel (RE-30): a header that names roots,
// then blocks, each with its CID.
//
// [NewReader] reads from a stream and gives every block memory of its own;
// [Parse] reads from memory and gives blocks that alias it. Both read the
// header at once; [Reader.Blocks] then yields the blocks one after another, in
// the order of the file:
//
//	r, err := car.NewReader(body, car.Options{MaxTotal: 64 << 20})
//	...
//	for block, err := range r.Blocks() {
//		if err != nil {
//			return err // always the last pair
//		}
//		...
//	}
//
// [NewWriter] writes such a file to a stream, [OpenFile] gives the blocks of one
// on disk by CID, as a [blockstore.Source].
//
// Files come from strangers. A block is checked against its CID before it is
// handed out, unless [Options] say otherwise (RE-33). Only one encoding of
// each file is accepted: minimal varints, a header in canonical DAG-CBOR, CIDs
// of the 36 bytes that [cid.CID] holds. Lengths have limits, and no memory is
// allocated for bytes that have not arrived: a short file cannot make the
// reader allocate more than a small multiple of its size.
//
// What the blocks mean is not known here. There may be any number of roots,
// none included, blocks may repeat, lead nowhere or be missing (RE-31, RE-32,
// RE-35); a reader of repositories decides about that. Behind the last block
// nothing may follow, not even zeros.
package car
