package repo_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const (
	did   syntax.DID  = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	posts syntax.NSID = "com.example.post"
	likes syntax.NSID = "com.example.like"
)

// newKey returns the key that the number seed stands for.
func newKey(t testing.TB, seed byte) *crypto.PrivateKey {
	t.Helper()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{seed}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// clockAt returns a clock that stands still.
func clockAt(moment time.Time) *syntax.TIDClock {
	return syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return moment }, ClockID: new(uint16)})
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// data returns a record of a collection in DAG-CBOR.
func data(t testing.TB, collection syntax.NSID, text string) []byte {
	t.Helper()
	b, err := lex.MarshalCBOR(map[string]any{"$type": string(collection), "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// world is a store with a repository, and whose it is.
type world struct {
	store *blockstore.Memory
	key   *crypto.PrivateKey
	w     *repo.Writer
	id    repo.Identity
}

// newWorld returns a store without a repository.
func newWorld(t testing.TB, opts repo.WriterOptions) world {
	t.Helper()
	store, key := blockstore.NewMemory(), newKey(t, 1)
	if opts.Clock == nil {
		opts.Clock = clockAt(noon)
	}
	return world{store, key, repo.NewWriter(store, key, opts), repo.Identity{DID: did, Key: key.PublicKey()}}
}

// filled returns a store whose repository has count records in two collections.
func filled(t testing.TB, count int) world {
	t.Helper()
	w := newWorld(t, repo.WriterOptions{Limits: repo.NoLimits})
	writes := make([]repo.Write, 0, count)
	for i := range count {
		collection := posts
		if i%3 == 0 {
			collection = likes
		}
		writes = append(writes, repo.CreateData(collection, keyOf(i), data(t, collection, fmt.Sprintf("record %d", i))))
	}
	if _, err := w.w.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	return w
}

// keyOf returns the key of record i.
func keyOf(i int) syntax.RecordKey { return syntax.RecordKey(fmt.Sprintf("key-%06d", i)) }

// open opens the latest version.
func (w world) open(t testing.TB) *repo.Repo {
	t.Helper()
	head, err := w.store.Head(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(context.Background(), w.store, head)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// apply is Apply that must succeed.
func (w world) apply(t testing.TB, writes ...repo.Write) *repo.Change {
	t.Helper()
	change, err := w.w.Apply(context.Background(), writes...)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

// export returns the CAR file of the latest version.
func (w world) export(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := w.open(t).Export(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content is what a repository has, by path.
func content(t testing.TB, r *repo.Repo) map[string]string {
	t.Helper()
	all := map[string]string{}
	for record, err := range r.Records(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all[record.Path] = record.CID.String()
	}
	return all
}

// blocksOf returns roots and blocks of a CAR file.
func blocksOf(t testing.TB, b []byte) ([]cid.CID, []car.Block) {
	t.Helper()
	r, err := car.Parse(b, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var blocks []car.Block
	for block, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, block)
	}
	return r.Roots(), blocks
}

// carOf returns a CAR file.
func carOf(t testing.TB, roots []cid.CID, blocks ...car.Block) []byte {
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
	return b.Bytes()
}

// shuffled returns a CAR file with the same blocks in another order.
func shuffled(t testing.TB, b []byte, seed uint64) []byte {
	t.Helper()
	roots, blocks := blocksOf(t, b)
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	return carOf(t, roots, blocks...)
}

// section is a block of a CAR file as it is written, whatever its CID.
func section(c cid.CID, data []byte) []byte {
	b := binary.AppendUvarint(nil, uint64(cid.Size+len(data)))
	return append(c.AppendBytes(b), data...)
}
