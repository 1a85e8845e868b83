package sqlite_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/services/store/sqlite"
)

// crashFile names the file that a child process writes to until it is killed.
const crashFile = "LEXGEN_CRASH_FILE"

// blocksEach is how many blocks each commit replaces.
const blocksEach = 60

// TestACrashLeavesTheOldCommitOrTheNew kills a process that commits without a
// pause, at ever other points, and opens the file again.
func TestACrashLeavesTheOldCommitOrTheNew(t *testing.T) {
	t.Parallel()
	t.Run("of the only process", func(t *testing.T) {
		t.Parallel()
		checkCrashes(t, filepath.Join(t.TempDir(), "db.sqlite"), 24)
	})
	t.Run("of one beside another", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "db.sqlite")
		open(t, path)
		checkCrashes(t, path, 8)
	})
}

func checkCrashes(t *testing.T, path string, kills int) {
	t.Helper()
	latest, inside, kept := 0, 0, 0
	for i := range kills {
		begun, done := crash(t, path, latest+1+i%5, time.Duration(i%8)*80*time.Microsecond)
		got := generation(t, path)
		if got < done || got > begun {
			t.Fatalf("kill %d: commit %d is the latest, %d were acknowledged and %d begun", i, got, done, begun)
		}
		if done <= latest {
			t.Fatalf("kill %d: nothing was committed after %d: the load is too low", i, latest)
		}
		if begun > done {
			inside++
			kept += got - done
		}
		latest = got
	}
	if inside == 0 {
		t.Errorf("none of %d kills met a commit", kills)
	}
	t.Logf("%d kills, %d inside of a commit, %d of these kept the new one; %d commits", kills, inside, kept, latest)
}

// crash lets a child process commit until number is done and pause has gone by,
// and kills it. It returns the numbers of the last commit that was begun and of
// the last one that was acknowledged.
func crash(t *testing.T, path string, number int, pause time.Duration) (begun, done int) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestCommitUntilKilled$")
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for killed := false; ; {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		word, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.Atoi(text)
		switch {
		case err != nil:
			t.Fatalf("the child says %q", line)
		case word == "begun":
			begun = n
		default:
			done = n
		}
		if done >= number && word == "begun" && !killed {
			killed = true
			time.Sleep(pause)
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); child.ProcessState.ExitCode() != -1 {
		t.Fatalf("the child was not killed: %v", err)
	}
	return begun, done
}

// TestCommitUntilKilled is the child process.
//
//nolint:paralleltest // it is alone
func TestCommitUntilKilled(t *testing.T) {
	path := os.Getenv(crashFile)
	if path == "" {
		t.Skip("only the test of crashes needs it")
	}
	store := open(t, path).Repo(did)
	for n := read(t, store) + 1; ; n++ {
		if err := commitGeneration(t.Context(), store, n); err != nil {
			t.Fatal(err)
		}
	}
}

func commitGeneration(ctx context.Context, store blockstore.Store, n int) error {
	tx, err := store.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := tx.Put(ctx, rev, blocksOf(n)...); err != nil {
		return err
	}
	var old cid.CID
	if n > 1 {
		for i, b := range blocksOf(n - 1) {
			if i == 0 {
				old = b.CID
			}
			if err := tx.Delete(ctx, b.CID); err != nil {
				return err
			}
		}
	}
	if err := tx.SetHead(ctx, old, blocksOf(n)[0].CID); err != nil {
		return err
	}
	fmt.Println("begun", n)
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	fmt.Println("done", n)
	return nil
}

// blocksOf returns the blocks of commit n, of which the first is its head.
func blocksOf(n int) []blockstore.Block {
	var blocks []blockstore.Block
	for i := range blocksEach {
		data := []byte(strings.Repeat(fmt.Sprintf("%d of commit %d\n", i, n), 1+i))
		if i == 0 {
			data = []byte(strconv.Itoa(n))
		}
		blocks = append(blocks, blockstore.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data})
	}
	return blocks
}

// generation opens the file and returns the number of its commit, whose blocks
// are all there, and no others.
func generation(t *testing.T, path string) int {
	t.Helper()
	db, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	store := db.Repo(did)
	n := read(t, store)
	for _, b := range blocksOf(n) {
		got, err := store.Get(t.Context(), b.CID)
		if n > 0 && (err != nil || string(got) != string(b.Data)) {
			t.Errorf("commit %d: block %s: %d bytes, error %v", n, b.CID, len(got), err)
		}
	}
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	var check string
	var count int
	err = raw.QueryRowContext(t.Context(), "SELECT (SELECT integrity_check FROM pragma_integrity_check), (SELECT count(*) FROM block)").Scan(&check, &count)
	if err != nil || check != "ok" || n > 0 && count != blocksEach {
		t.Errorf("commit %d: integrity %q, %d blocks, error %v", n, check, count, err)
	}
	return n
}

// read returns the number of the latest commit, 0 where there is none.
func read(t testing.TB, store blockstore.Store) int {
	t.Helper()
	head, err := store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !head.Defined() {
		return 0
	}
	data, err := store.Get(t.Context(), head)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(data))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
