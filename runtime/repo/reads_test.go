package repo_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
)

// TestACommitReadsAFewBlocks: those on the way to its paths, however large the
// repository is.
func TestACommitReadsAFewBlocks(t *testing.T) {
	t.Parallel()
	const records, most = 10_000, 60
	w := filled(t, records)
	for name, write := range map[string]repo.Write{
		"update": repo.UpdateData(posts, keyOf(5000), data(t, posts, "new")),
		"delete": repo.Delete(posts, keyOf(5002)),
		"create": repo.CreateData(posts, "new", data(t, posts, "new")),
	} {
		s := faultstore.New(w.store)
		if _, err := repo.NewWriter(s, w.key, repo.WriterOptions{}).Apply(t.Context(), write); err != nil {
			t.Fatal(err)
		}
		n := s.Counts().Calls(faultstore.Get)
		t.Logf("%s: %d blocks read", name, n)
		if n < 2 || n > most {
			t.Errorf("%s reads %d blocks of a repository of %d records, want at most %d", name, n, records, most)
		}
	}
}
