package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestHistoriesAsText_RE10_RE32 has both sides make the repositories of
// testdata/history, read each other's, and agree on the root of the tree after
// each commit, which is on file, too.
func TestHistoriesAsText_RE10_RE32(t *testing.T) {
	t.Parallel()
	node(t)
	golden.Run(t, "testdata/history", func(t *testing.T, c *golden.Case) {
		h := newHistory(t, parseHistory(t, c.In["writes"]))
		key, err := crypto.ParsePrivateKeyHex(crypto.K256, strings.Repeat("01", crypto.PrivateKeySize))
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := writeHistory(t, key, h), makeHistory(t, key, h)
		var roots strings.Builder
		for i, commit := range theirs.Commits {
			if commit.Data != textOf(ours.data[i]) {
				t.Errorf("commit %d: their tree is %s, ours %v", i, commit.Data, ours.data[i])
			}
			if _, err := repo.VerifyMessage(commit.message(t, h.ops[i]), key.PublicKey()); err != nil {
				t.Errorf("commit %d: %v", i, err)
			}
			fmt.Fprintln(&roots, ours.data[i])
		}
		c.Output("roots", roots.String())
		in := verification{exported(t, ours.repo), did, key.PublicKey().DIDKey()}
		checkVerified(t, call[verified](t, "repo", "verify", in), ours.repo, h.records)
		load(t, theirs.CAR, key)
	})
}

// parseHistory reads lines of the form MARK PATH RECORD, where the mark is + for
// a record that is created, ~ for one that is replaced and - for one that is
// deleted. The record is JSON without a $type. A line with the word commit ends a
// batch.
func parseHistory(t *testing.T, text string) [][]write {
	t.Helper()
	actions := map[string]repo.Action{"+": repo.ActionCreate, "~": repo.ActionUpdate, "-": repo.ActionDelete}
	var batches [][]write
	var batch []write
	for line := range strings.Lines(text) {
		if line == "commit\n" {
			batches, batch = append(batches, batch), nil
			continue
		}
		mark, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		path, record, _ := strings.Cut(rest, " ")
		collection, _, err := syntax.ParseRepoPath(path)
		if err != nil || actions[mark] == "" {
			t.Fatalf("%q: %v", line, err)
		}
		w := write{Action: actions[mark], Path: path}
		if w.Action != repo.ActionDelete {
			fields := map[string]json.RawMessage{}
			if err := json.Unmarshal([]byte(record), &fields); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			fields["$type"] = fmt.Appendf(nil, "%q", collection)
			if w.Record, err = json.Marshal(fields); err != nil {
				t.Fatal(err)
			}
		}
		batch = append(batch, w)
	}
	if len(batch) > 0 {
		t.Fatal("the last batch has no commit")
	}
	return batches
}
