// Package mst has the Merkle search tree, which maps the paths of a repository
// to the CIDs of its records (RE-10 to RE-17).
//
// A [Tree] is one version of such a map. It is an immutable value over a
// [blockstore.Source], from which it reads a node when it needs it:
//
//	tree := mst.Open(source, root)
//	value, err := tree.Get(ctx, "app.bsky.feed.post/3jui7kd54zh2y")
//
// [Tree.Entries] goes over a range of keys, [Tree.Walk] over nodes and entries
// in the order of an export. An [Edit] changes many keys and then computes the
// CIDs of the nodes that changed, once:
//
//	edit := tree.Edit()
//	prev, err := edit.Put(ctx, key, value)
//	next, delta, err := edit.Finish()
//
// The old tree stays valid. [Build] makes a tree from sorted entries without
// holding it in memory, [Diff] compares two trees and reads only where they
// differ, [Invert] takes changes back (RE-41). [Tree.Proof] collects the nodes
// that prove what a tree says of a key, which [VerifyProof] checks (RE-44,
// RE-45), [Tree.Cover] those that a stranger needs to invert a commit (RE-42).
//
// Nodes come from strangers. Each is checked when it is read: its encoding, its
// limits, the layer and order of its keys and the place in the tree where it
// stands; what is refused is an [Error]. Of a source that lacks nodes, every
// operation gives the right answer or fails with a wrapped
// [blockstore.MissingError]. Only that a block has the hash of its CID is
// left to whoever brought it into the source.
//
// Trees are safe for concurrent use if their source is. An Edit belongs to one
// goroutine.
package mst
