// Package blockstore says how the blocks of a repository are read and kept,
// and has the store that needs no database.
//
// A [Source] is all that reading needs: a tree, a proof or a diff takes one. A
// [Store] keeps the blocks and the latest commit of one repository, and changes
// them in transactions, so that a crash leaves the old commit or the new one:
//
//	tx, err := store.Begin(ctx)
//	if err != nil {
//		return err
//	}
//	defer tx.Rollback()
//	if err := tx.Put(ctx, rev, blocks...); err != nil {
//		return err
//	}
//	if err := tx.SetHead(ctx, old, next); err != nil {
//		return err
//	}
//	return tx.Commit(ctx)
//
// A store counts the references to a block, one for each Put less one for each
// Delete, and knows since which rev it has it: what commits after a rev have
// brought is [Store.Since].
//
// [NewMemory] makes a store in memory. Package blockstoretest is the suite that
// every store passes, package faultstore makes stores fail for tests.
package blockstore
