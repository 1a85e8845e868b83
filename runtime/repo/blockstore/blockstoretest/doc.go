// Package blockstoretest holds what every [blockstore.Store] must do, as tests.
//
//	func TestConformance(t *testing.T) {
//		blockstoretest.Run(t, func(t *testing.T) blockstoretest.Subject {
//			return blockstoretest.Subject{Store: mystore.New(t.TempDir())}
//		})
//	}
//
// [Play] holds a store against a model while a program of bytes runs, for fuzz
// targets and properties.
package blockstoretest
