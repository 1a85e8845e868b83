package mst_test

import (
	"maps"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/mst"
)

// fuzzKeys are what a byte of FuzzEdit stands for.
func fuzzKeys() []string {
	keys := []string{"A0/374913", "B1/986427", "C2/014073", "D1/ff", "E0/670489", "F1/085263", "G0/765327"}
	for i := range 57 {
		keys = append(keys, samplePath(i*i))
	}
	return keys
}

// runScript runs operations on an edit and on a map: of each byte, six bits say
// the key, and two what to do. It calls check after each pair of both.
func runScript(t *testing.T, edit *mst.Edit, model content, script []byte, check func(string)) {
	t.Helper()
	keys := fuzzKeys()
	for _, b := range script {
		key := keys[int(b&63)%len(keys)]
		var (
			prev cid.CID
			err  error
		)
		want := model[key]
		switch op := b >> 6; op {
		case 0, 1:
			prev, err = edit.Put(t.Context(), key, record(int(op)))
			model[key] = record(int(op))
		case 2:
			prev, err = edit.Delete(t.Context(), key)
			delete(model, key)
		default:
			prev, err = edit.Get(t.Context(), key)
			check(key)
		}
		if err != nil || prev != want {
			t.Fatalf("operation %#x: got %v, %v, want %v", b, prev, err, want)
		}
	}
}

// FuzzEdit proves that an edit does what a map does, and ends in the tree that
// is built from the map.
func FuzzEdit(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6})
	f.Add([]byte{2, 1, 0, 0x82, 0x81, 0x80})
	f.Add([]byte("a tree is made of nothing but keys \xc1\xc2\x83\x84\x85"))
	f.Fuzz(func(t *testing.T, script []byte) {
		edit, model := mst.Empty().Edit(), content{}
		finished := func(string) {
			got := finish(t, edit)
			if want, _ := build(t, model); got.Root() != want.Root() {
				t.Fatalf("root: got %v, want %v", got.Root(), want.Root())
			}
		}
		runScript(t, edit, model, script, finished)
		finished("")
	})
}

// FuzzInvert proves that the changes of a commit, taken back on its new nodes
// and cover alone, give the root before; and that a lie never does.
func FuzzInvert(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6}, []byte{0x81, 0x42}, uint8(0))
	f.Add([]byte{2}, []byte{0x82, 1, 2, 3}, uint8(1))
	f.Add([]byte("some keys before"), []byte("and others \x81\x82\x83\x84 after"), uint8(3))
	f.Fuzz(func(t *testing.T, first, second []byte, lie uint8) {
		edit, model := mst.Empty().Edit(), content{}
		nothing := func(string) {}
		runScript(t, edit, model, first, nothing)
		old, before := finish(t, edit), maps.Clone(model)
		runScript(t, edit, model, second, nothing)
		next, delta, err := edit.Finish()
		if err != nil {
			t.Fatal(err)
		}
		changes := changesOf(before, model)
		var keys []string
		for _, c := range changes {
			keys = append(keys, c.Key)
		}
		cover, err := next.Cover(t.Context(), keys...)
		if err != nil {
			t.Fatal(err)
		}
		source := newBlocks(delta.Added...)
		source.add(cover...)
		partial := mst.Open(source, next.Root())
		if root, err := mst.Invert(t.Context(), partial, changes); err != nil || root != old.Root() {
			t.Fatalf("got %v, %v, want %v", root, err, old.Root())
		}
		if len(changes) == 0 {
			return
		}
		changes[int(lie)%len(changes)].Old = record(2) // no script writes it
		if root, err := mst.Invert(t.Context(), partial, changes); err == nil && root == old.Root() {
			t.Fatal("a lie gives the root before")
		}
	})
}
