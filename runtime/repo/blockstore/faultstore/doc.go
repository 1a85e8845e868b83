// Package faultstore makes a block store fail, for tests of what stands on one.
//
// [New] wraps a store. At the calls that its [Fault]s name the wrapped store
// fails before or after the effect, once or for good, as when a process dies;
// [Store.Lose] and [Store.Corrupt] damage blocks. What has failed is counted,
// so that a test can prove that its fault has fired:
//
//	steps := faultstore.Enumerate(t, open, func(s *faultstore.Store, kept blockstore.Store) {
//		err := work(ctx, s) // fails at one step
//		check(t, kept, err) // the state before or the one after, never a mixture
//	})
package faultstore
