package backup_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/backup"
	"github.com/lexgen/lexgen/services/plc/ledger"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// filled returns a store with accounts, one of which has a recovery.
func filled(t *testing.T, accounts int) *storetest.Memory {
	t.Helper()
	s, clock := &storetest.Memory{}, plctest.NewClock()
	l := ledger.Ledger{Store: s, Now: clock.Now}
	for i := range accounts {
		state := plctest.State(t, strings.Repeat("a", i+1)+".test", "a,b")
		first := plctest.Update(t, state, nil, "b")
		ops := []did.Operation{first}
		if i == 0 {
			ops = append(ops, plctest.Update(t, plctest.State(t, "x.test", "b"), first, "b"), plctest.Update(t, plctest.State(t, "y.test", "a"), first, "a"))
		}
		for _, op := range ops {
			clock.Add(time.Second)
			if _, err := l.Submit(t.Context(), did.DID(first), op); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s
}

func write(t *testing.T, s store.Store) []byte {
	t.Helper()
	var file bytes.Buffer
	if _, err := backup.Write(t.Context(), s, &file); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestARestoreHasAllAndReusesNothing_ID39 restores a backup that is older than
// the last numbers that the directory has given.
func TestARestoreHasAllAndReusesNothing_ID39(t *testing.T) {
	t.Parallel()
	from := filled(t, 5)
	if err := from.Skip(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	file := write(t, from)
	into := &storetest.Memory{}
	count, err := backup.Restore(t.Context(), into, bytes.NewReader(file), 1000)
	if err != nil || count != 7 {
		t.Fatalf("%d operations, error %v", count, err)
	}
	want, _ := from.After(t.Context(), 0, 100)
	got, _ := into.After(t.Context(), 0, 100)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if head, _ := into.Head(t.Context()); head != 1020 {
		t.Errorf("the head is %d", head)
	}
	if _, err := backup.Restore(t.Context(), into, bytes.NewReader(file), 1000); !errors.Is(err, backup.ErrNotEmpty) {
		t.Error(err)
	}
}

// TestNumbersEndWhereJavaScriptEnds_ID39 restores backups that a stranger has made, of
// directories that have given nearly all numbers.
func TestNumbersEndWhereJavaScriptEnds_ID39(t *testing.T) {
	t.Parallel()
	const last, skip = 1<<53 - 1, 1000
	for head, want := range map[int64]struct {
		head   int64
		reason string
	}{
		0:               {skip, ""},
		last - skip:     {last, ""},
		last - skip + 1: {0, "pass over fewer"},
		last:            {0, "pass over fewer"},
		last + 1:        {0, "not a whole backup: it has the head"},
		math.MaxInt64:   {0, "not a whole backup: it has the head"},
		-1:              {0, "not a whole backup: it has the head"},
	} {
		begin := fmt.Sprintf(`{"type":"plc_backup","version":1,"head":%d}`+"\n", head)
		file := begin + fmt.Sprintf(`{"type":"plc_backup_end","operations":0,"sha256":"%x"}`+"\n", sha256.Sum256([]byte(begin)))
		into := &storetest.Memory{}
		_, err := backup.Restore(t.Context(), into, strings.NewReader(file), skip)
		if (err == nil) != (want.reason == "") || err != nil && !strings.Contains(err.Error(), want.reason) {
			t.Errorf("head %d: %v, want %q", head, err, want.reason)
		}
		if got, _ := into.Head(t.Context()); got != want.head {
			t.Errorf("head %d has become %d", head, got)
		}
	}
}

// busy is a store that takes an operation whenever it is asked for its head.
type busy struct {
	*storetest.Memory

	t *testing.T
}

func (b busy) Head(ctx context.Context) (int64, error) {
	head, err := b.Memory.Head(ctx)
	op := plctest.Update(b.t, plctest.State(b.t, fmt.Sprintf("late-%d.test", head), "a"), nil, "a")
	if _, err := b.Append(ctx, plctest.Addition(op, op, plctest.Noon, 0)); err != nil {
		b.t.Error(err)
	}
	return head, err
}

// TestABackupEndsAtItsHead: what a directory takes meanwhile is left out.
func TestABackupEndsAtItsHead(t *testing.T) {
	t.Parallel()
	from := filled(t, 5)
	want, _ := from.After(t.Context(), 0, 100)
	into := &storetest.Memory{}
	if count, err := backup.Restore(t.Context(), into, bytes.NewReader(write(t, busy{from, t})), 0); err != nil || count != int64(len(want)) {
		t.Errorf("%d operations, error %v", count, err)
	}
	if head, _ := from.Head(t.Context()); head != int64(len(want)+1) {
		t.Errorf("nothing was taken meanwhile: the head is %d", head)
	}
	got, _ := into.After(t.Context(), 0, 100)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestABackupHasPages(t *testing.T) {
	t.Parallel()
	from := &storetest.Memory{}
	var batch []store.Addition
	for i := range 2500 {
		op := plctest.Update(t, did.State{RotationKeys: plctest.Keys(t, "a"), AlsoKnownAs: []string{string(rune('a' + i%26)), strings.Repeat("b", i/26)}}, nil, "a")
		batch = append(batch, plctest.Addition(op, op, plctest.Noon, 0))
	}
	if _, err := from.Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	into := &storetest.Memory{}
	if count, err := backup.Restore(t.Context(), into, bytes.NewReader(write(t, from)), 0); err != nil || count != 2500 {
		t.Errorf("%d operations, error %v", count, err)
	}
}

// TestDamageIsFound changes a byte, or cuts the file, anywhere.
func TestDamageIsFound_ID42(t *testing.T) {
	t.Parallel()
	file := write(t, filled(t, 2))
	rapid.Check(t, func(r *rapid.T) {
		damaged := bytes.Clone(file)
		i := rapid.IntRange(0, len(file)-2).Draw(r, "at") // the last line break may be missing
		if rapid.Bool().Draw(r, "cut") {
			damaged = damaged[:i]
		} else {
			damaged[i] ^= byte(rapid.IntRange(1, 255).Draw(r, "bits"))
		}
		if _, err := backup.Restore(t.Context(), &storetest.Memory{}, bytes.NewReader(damaged), 0); err == nil {
			r.Fatalf("a damaged backup is restored: %s", damaged)
		}
	})
	if _, err := backup.Restore(t.Context(), &storetest.Memory{}, bytes.NewReader(append(bytes.Clone(file), file...)), 0); !errors.Is(err, backup.ErrDamaged) {
		t.Error(err)
	}
}
