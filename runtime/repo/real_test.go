package repo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/repo"
)

// TestReadsARealRepository reads an export from the network: exactly the
// records of the list, and the commit.
func TestReadsARealRepository_RE01_RE32(t *testing.T) {
	t.Parallel()
	dir := shared.Dir(t, "data", "repo")
	file := read(t, dir, "repo.car")
	r, err := repo.Load(t.Context(), []byte(file), repo.Identity{}, repo.VerifyOptions{Signatures: repo.SkipSignature})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(read(t, dir, "car_expected_records.tsv")) {
		path, c, _ := strings.Cut(strings.TrimSpace(line), "\t")
		want[path] = c
	}
	if diff := cmp.Diff(want, content(t, r)); diff != "" || len(want) < 10 {
		t.Errorf("%d records expected (-want +got):\n%s", len(want), diff)
	}
	c := r.Commit()
	got := fmt.Sprintf("ATProto Repo Spec Version: %d\nDID: %s\nData CID: %v\nPrev CID: <nil>\nRevision: %s\n", repo.Version, c.DID, c.Data, c.Rev)
	if diff := cmp.Diff(read(t, dir, "car_expected_commit.txt"), got); diff != "" || c.Prev.Defined() {
		t.Errorf("commit (-want +got):\n%s", diff)
	}
}

func read(t *testing.T, elem ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
