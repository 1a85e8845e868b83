package eventlog_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/eachstore"
)

// BenchmarkAppend appends batches of 1,000 events of 10,000 accounts.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{400, 4000} {
		for store, name := range map[string]func(testing.TB) string{
			"sqlite":   func(b testing.TB) string { return filepath.Join(b.TempDir(), "events.sqlite") },
			"postgres": eachstore.PostgresSchema,
		} {
			b.Run(fmt.Sprintf("%s/%dB", store, size), func(b *testing.B) { benchmarkAppend(b, name(b), size) })
		}
	}
}

func benchmarkAppend(b *testing.B, name string, size int) {
	b.Helper()
	db := open(b, name)
	defer db.Close()
	frame := bytes.Repeat([]byte("x"), size)
	batch := make([]sync.Entry, 1000)
	seq := int64(0)
	for b.Loop() {
		for i := range batch {
			did := syntax.DID(fmt.Sprintf("did:plc:%024d", seq*7919%10_000))
			batch[i] = sync.Entry{Seq: seq + 1, DID: did, Time: time.UnixMilli(seq), Offset: seq * int64(size), Frame: frame}
			seq++
		}
		if err := db.Append(b.Context(), 0, batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(seq)/b.Elapsed().Seconds(), "events/s")
}
