package fanout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// Names of the ways to keep events.
const (
	sqlite   = "SQLite"
	postgres = "PostgreSQL, without its own work"
	plain    = "a plain file"
)

// batch is how many events are kept together.
const batch = 1000

// perEvent is what keeping an event should cost at most: 50,000 a second.
const perEvent = time.Second / 50_000

// appends keeps batches of events, each with one wait for the disk.
func appends(size int) Plan {
	row := report.Row{Work: fmt.Sprintf("durable append of an event, %d B, in batches of %d", size, batch), Ours: sqlite, Limit: perEvent}
	return Plan{row, func(ctx context.Context) (all []measure.Variant, closeAll func(), err error) {
		dir, err := os.MkdirTemp("", "lexgen-bench-")
		if err != nil {
			return nil, nil, err
		}
		ends := []func() error{func() error { return os.RemoveAll(dir) }}
		closeAll = func() {
			for i := range ends {
				_ = ends[len(ends)-1-i]()
			}
		}
		stores := map[string]string{sqlite: filepath.Join(dir, "events.sqlite")}
		if dsn := os.Getenv("LEXGEN_POSTGRES"); dsn != "" {
			stores[postgres] = dsn
		}
		for _, name := range []string{sqlite, postgres} {
			if stores[name] == "" {
				continue
			}
			db, err := eventlog.Open(ctx, stores[name])
			if err != nil {
				closeAll()
				return nil, nil, err
			}
			ends = append(ends, db.Close)
			owner, err := db.Own(ctx)
			state, stateErr := db.State(ctx)
			if err = errors.Join(err, stateErr); err != nil {
				closeAll()
				return nil, nil, err
			}
			all = append(all, measure.Variant{Name: name, Run: appendTo(ctx, db, owner, state.Latest, size)})
		}
		file, err := os.Create(filepath.Join(dir, "plain"))
		if err != nil {
			closeAll()
			return nil, nil, err
		}
		ends = append(ends, file.Close)
		return append(all, measure.Variant{Name: plain, Run: appendToFile(file, size)}), closeAll, nil
	}}
}

func appendTo(ctx context.Context, store sync.LogStore, owner, seq int64, size int) func(n int) error {
	frame := bytes.Repeat([]byte("x"), size)
	return func(n int) error {
		for n > 0 {
			entries := make([]sync.Entry, min(n, batch))
			for i := range entries {
				did := syntax.DID(fmt.Sprintf("did:plc:%024d", seq*7919%10_000)) // 10,000 accounts, in no order
				seq++
				entries[i] = sync.Entry{Seq: seq, DID: did, Time: time.UnixMilli(seq), Offset: seq * int64(size), Frame: frame}
			}
			if err := store.Append(ctx, owner, entries); err != nil {
				return err
			}
			n -= len(entries)
		}
		return nil
	}
}

func appendToFile(file *os.File, size int) func(n int) error {
	return func(n int) error {
		for n > 0 {
			some := min(n, batch)
			if _, err := file.Write(bytes.Repeat([]byte("x"), some*size)); err != nil {
				return err
			}
			if err := file.Sync(); err != nil {
				return err
			}
			n -= some
		}
		return nil
	}
}
