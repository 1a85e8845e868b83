package repo_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// bigFile returns a CAR file of count records of some 250 bytes with random
// looking keys, as real ones have.
func bigFile(tb testing.TB, count int) (world, []byte) {
	tb.Helper()
	w := newWorld(tb, repo.WriterOptions{Limits: repo.NoLimits})
	writes := make([]repo.Write, 0, count)
	for i := range count {
		record := map[string]any{
			"$type": string(likes), "createdAt": "2026-06-01T12:00:00.000Z", "number": int64(i),
			"subject": map[string]any{
				"cid": "bafyreigmpffgbpgzfhvml36cecdcz7cn2v7kde2ar7ib4jgol7grj4jyly",
				"uri": fmt.Sprintf("at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/%013d", i*7919),
			},
		}
		b, err := lex.MarshalCBOR(record)
		if err != nil {
			tb.Fatal(err)
		}
		tid, err := syntax.TIDOf(1_700_000_000_000_000+int64(i)*61_803_398, 7)
		if err != nil {
			tb.Fatal(err)
		}
		writes = append(writes, repo.CreateData(likes, syntax.RecordKey(tid), b))
	}
	if _, err := w.w.Init(context.Background(), did, writes...); err != nil {
		tb.Fatal(err)
	}
	return w, w.export(tb)
}

// BenchmarkLoad reads and verifies whole repositories:
//
//	go test ./runtime/repo -run '^$' -bench Load -count 10 | benchstat -
func BenchmarkLoad(b *testing.B) {
	for _, count := range []int{10_000, 100_000} {
		w, file := bigFile(b, count)
		for name, file := range map[string][]byte{"preorder": file, "shuffled": shuffled(b, file, 1)} {
			b.Run(fmt.Sprintf("records=%d/%s/memory", count, name), func(b *testing.B) {
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := repo.Load(b.Context(), file, w.id, repo.VerifyOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("records=%d/%s/stream", count, name), func(b *testing.B) {
				b.SetBytes(int64(len(file)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := repo.Verify(b.Context(), bytes.NewReader(file), w.id, repo.VerifyOptions{MaxHeld: 1 << 30}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkExport(b *testing.B) {
	w, _ := bigFile(b, 10_000)
	r := w.open(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Export(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	w, _ := bigFile(b, 10_000)
	for i := 0; b.Loop(); i++ {
		if _, err := w.w.Apply(b.Context(), repo.PutData(posts, "self", data(b, posts, fmt.Sprint(i)))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyMessage(b *testing.B) {
	w, _ := bigFile(b, 10_000)
	change := w.apply(b, repo.CreateData(posts, "self", data(b, posts, "hello")))
	m, err := change.Message()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := repo.VerifyMessage(m, w.id.Key); err != nil {
			b.Fatal(err)
		}
	}
}
