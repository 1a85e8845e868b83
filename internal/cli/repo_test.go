package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// packed makes a repository of count records, and returns the file and its
// blocks.
func packed(t *testing.T, count int) (file string, roots []cid.CID, blocks []car.Block) {
	t.Helper()
	dir := t.TempDir()
	for i := range count {
		write(t, filepath.Join(dir, "records", "com.example.post", fmt.Sprintf("%d.json", i)), fmt.Sprintf(`{"$type": "com.example.post", "n": %d}`, i))
	}
	key := filepath.Join(dir, "key")
	write(t, key, strings.Repeat("01", 32))
	file = filepath.Join(dir, "a.car")
	if got, _, told := run(t, "repo", "pack", filepath.Join(dir, "records"), file, "--key", key, "--did", "did:web:a.example.com"); got != statusFine {
		t.Fatal(told)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := car.Parse(b, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for block, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, block)
	}
	return file, r.Roots(), blocks
}

// rewrite writes blocks into a file.
func rewrite(t *testing.T, file string, roots []cid.CID, blocks []car.Block) {
	t.Helper()
	var b bytes.Buffer
	w, err := car.NewWriter(&b, roots...)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		if err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestRepoVerifyPrintsEveryViolation has a repository without three of its
// records.
func TestRepoVerifyPrintsEveryViolation(t *testing.T) {
	t.Parallel()
	file, roots, blocks := packed(t, 50)
	var kept []car.Block
	var want []string
	for i, b := range blocks {
		if record := bytes.Contains(b.Data, []byte("$type")); record && (i == 10 || i == 20 || i == len(blocks)-1) {
			want = append(want, b.CID.String())
			continue
		}
		kept = append(kept, b)
	}
	rewrite(t, file, roots, kept)
	got, out, told := run(t, "repo", "verify", file)
	var found []string
	for line := range strings.Lines(out) {
		_, rest, _ := strings.Cut(line, `record "com.example.post/`)
		_, rest, _ = strings.Cut(rest, "block ")
		c, reason, _ := strings.Cut(rest, ": ")
		if reason != "it is missing (RE-32)\n" {
			t.Errorf("printed %q", line)
		}
		found = append(found, c)
	}
	if diff := cmp.Diff(want, found); diff != "" || got != statusProblem || !strings.Contains(told, fmt.Sprintf("%d violations", len(want))) {
		t.Errorf("status %d, told %q, violations (-want +got):\n%s", got, told, diff)
	}
	if len(want) < 2 {
		t.Errorf("%d records are missing: too few", len(want))
	}
	for _, args := range [][]string{{"inspect", file}, {"unpack", file, filepath.Join(t.TempDir(), "x")}} {
		if got, _, told := run(t, append([]string{"repo"}, args...)...); got != statusProblem || !strings.Contains(told, "(RE-32)") {
			t.Errorf("%v: status %d, told %q", args, got, told)
		}
	}
}

// TestRepoVerifyPrintsEachFalseBlock has false data in two records.
func TestRepoVerifyPrintsEachFalseBlock_RE33(t *testing.T) {
	t.Parallel()
	file, roots, blocks := packed(t, 50)
	var want []string
	for i, b := range blocks {
		if bytes.Contains(b.Data, []byte("$type")) && len(want) < 2 {
			blocks[i].Data = []byte("false")
			want = append(want, fmt.Sprintf("block %v: it has data that gives another hash (RE-33)", b.CID))
		}
	}
	rewrite(t, file, roots, blocks)
	got, out, told := run(t, "repo", "verify", file)
	found := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	for i, line := range found {
		block, rest, _ := strings.Cut(line, ": offset ")
		_, reason, _ := strings.Cut(rest, ": ")
		found[i] = block + ": " + reason
	}
	if diff := cmp.Diff(want, found); diff != "" || got != statusProblem || !strings.Contains(told, "2 violations") {
		t.Errorf("status %d, told %q, violations (-want +got):\n%s", got, told, diff)
	}
}

// TestRepoDiffSaysWhichFileIsAtFault lacks a node in either file, and in both.
func TestRepoDiffSaysWhichFileIsAtFault(t *testing.T) {
	t.Parallel()
	good, roots, blocks := packed(t, 50)
	isNode := func(b car.Block) bool { return !bytes.Contains(b.Data, []byte("$type")) }
	below := slices.IndexFunc(blocks[2:], isNode) + 2 // the commit and the root
	bad := filepath.Join(t.TempDir(), "bad.car")
	rewrite(t, bad, roots, slices.Delete(slices.Clone(blocks), below, below+1))
	gone := cid.Sum(cid.DagCBOR, []byte("gone"))
	rootless, sound := hostileTree(t, gone), hostile(t, "com.example.post/a", []byte{0xa0})
	missing := func(file string, c cid.CID) string {
		return fmt.Sprintf("lexgen: %s: repo: block %v: it is missing (RE-32)\n", file, c)
	}
	inBad, inRootless := missing(bad, blocks[below].CID), missing(rootless, gone)
	for _, c := range []struct{ old, next, want string }{
		{bad, sound, inBad},
		{sound, bad, inBad},
		{good, rootless, inRootless},
		{rootless, good, inRootless},
		{bad, rootless, inBad + inRootless},
	} {
		if got, _, told := run(t, "repo", "diff", c.old, c.next); got != statusProblem || told != c.want {
			t.Errorf("%s, %s: status %d, tells %q, want %q", c.old, c.next, got, told, c.want)
		}
	}
}

// TestRepoSaysWhatToDoAboutABlockThatIsNotFound has a file without a record, of which
// little is held.
func TestRepoSaysWhatToDoAboutABlockThatIsNotFound_RE34(t *testing.T) {
	t.Parallel()
	file, roots, blocks := packed(t, 50)
	lost := slices.IndexFunc(blocks, func(b car.Block) bool { return bytes.Contains(b.Data, []byte("$type")) })
	want := fmt.Sprintf("block %v: it is missing, or too far from its place in pre-order to be found (RE-34): fetch the file again", blocks[lost].CID)
	rewrite(t, file, roots, slices.Delete(blocks, lost, lost+1))
	var out bytes.Buffer
	v := &repoVerification{program: &program{stdout: &out, stderr: io.Discard, world: still()}}
	_, err := v.readRepo(t.Context(), file, repo.Identity{}, repo.VerifyOptions{Signatures: repo.SkipSignature, MaxHeld: 1000, Violation: v.violation})
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(out.String(), want) || strings.Contains(err.Error()+out.String(), "MaxHeld") {
		t.Errorf("prints %q, tells %v", out.String(), err)
	}
}

// TestRepoVerifyPrintsRecordsThatAreNoCBOR replaces a record, and the tree.
func TestRepoVerifyPrintsRecordsThatAreNoCBOR_DM08(t *testing.T) {
	t.Parallel()
	v := &repoVerification{program: &program{stdout: io.Discard}}
	if err := v.record(repo.Record{Path: "com.example.post/1", Data: []byte{0xff}}); err != nil || v.count != 1 {
		t.Errorf("%d violations, %v", v.count, err)
	}
	v.stdout = unwritableFile{}
	if err := v.record(repo.Record{Path: "com.example.post/1", Data: []byte{0xff}}); statusOf(err) != statusInternal {
		t.Errorf("nobody can read it: %v", err)
	}
}

func TestRepoCommandsSayWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file, roots, blocks := packed(t, 5)
	broken := filepath.Join(t.TempDir(), "broken.car")
	rewrite(t, broken, roots, blocks[:1])
	full := filepath.Join(t.TempDir(), "file")
	write(t, full, "")
	for _, args := range [][]string{
		{"inspect", file}, {"ls", file}, {"get", file, "com.example.post/1"}, {"get", "--cbor", file, "com.example.post/1"},
		{"verify", broken}, {"unpack", file, filepath.Join(filepath.Dir(full), "\x00")},
	} {
		p := &program{args: append([]string{"repo"}, args...), stdout: unwritableFile{}, stderr: io.Discard, world: still()}
		if got := statusOf(p.run(t.Context(), AllCommands)); got != statusInternal && args[0] != "unpack" || got == statusFine {
			t.Errorf("%v: status %d, want %d", args, got, statusInternal)
		}
	}
}

func TestRepoCommandsStopWhenInterrupted(t *testing.T) {
	t.Parallel()
	file, _, _ := packed(t, 5)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	for _, args := range [][]string{
		{"inspect", file}, {"verify", file}, {"ls", file}, {"unpack", file, filepath.Join(dir, "out")},
		{"pack", filepath.Join(filepath.Dir(file), "records"), filepath.Join(dir, "b.car"), "--key", filepath.Join(filepath.Dir(file), "key")},
	} {
		p := &program{args: append([]string{"repo"}, args...), stdout: io.Discard, stderr: io.Discard, world: still()}
		if got := statusOf(p.run(ctx, AllCommands)); got != statusInterrupted {
			t.Errorf("%v: status %d, want %d", args, got, statusInterrupted)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) > 0 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// TestRevOfAPackedRepositoryComesAfterTheLast has a clock that stands in 1970.
func TestRevOfAPackedRepositoryComesAfterTheLast_RE03(t *testing.T) {
	t.Parallel()
	k := &packing{program: &program{world: still()}}
	for _, last := range []string{"", "3jzfcijpj2z2a"} {
		if rev, err := k.rev(syntax.TID(last)); err != nil || string(rev) <= last {
			t.Errorf("after %q comes %s, %v", last, rev, err)
		}
	}
	k.world.now = func() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }
	if rev, err := k.rev("3jzfcijpj2z2a"); err != nil || rev.Time() != k.world.now() {
		t.Errorf("got %s, %v", rev, err)
	}
	for _, last := range []syntax.TID{"bzzzzzzzzzzzz", "jzzzzzzzzzzzz"} {
		if rev, err := k.rev(last); !errors.Is(err, repo.ErrRev) {
			t.Errorf("after %q comes %s, %v", last, rev, err)
		}
	}
}

// TestRepoShowsHowFarItIs reads a file larger than what is said at once, whose
// name would colour the terminal.
func TestRepoShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "big")
	if err := os.WriteFile(name, make([]byte, 3<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	p := newProgress(still(), io.Discard)
	if _, err := io.ReadAll(&watched{file: file, name: "big\x1b[31m\n", progress: p}); err != nil {
		t.Fatal(errors.Unwrap(err))
	}
	if p.current != "big<U+001B>[31m<U+000A>: 3 MiB read" {
		t.Errorf("shown %q", p.current)
	}
}
