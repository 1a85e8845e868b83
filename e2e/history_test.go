package e2e_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// write is one write of a history, in the form that both sides understand.
type write struct {
	Action repo.Action     `json:"action"`
	Path   string          `json:"path"`
	Record json.RawMessage `json:"record,omitempty"`
}

// ours returns w for our Writer.
func (w write) ours(t *testing.T) repo.Write {
	t.Helper()
	collection, key, err := syntax.ParseRepoPath(w.Path)
	if err != nil {
		t.Fatal(err)
	}
	switch w.Action {
	case repo.ActionCreate:
		return repo.CreateData(collection, key, w.data(t))
	case repo.ActionUpdate:
		return repo.UpdateData(collection, key, w.data(t))
	default:
		return repo.Delete(collection, key)
	}
}

// data returns the record as DAG-CBOR.
func (w write) data(t *testing.T) []byte {
	t.Helper()
	return cborOf(t, w.Record)
}

// cborOf returns JSON as DAG-CBOR.
func cborOf(t *testing.T, text []byte) []byte {
	t.Helper()
	var v lex.Extra
	if err := lex.DecodeJSON(text, &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	b, err := lex.MarshalCBOR(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// history is a sequence of batches of writes, and what they lead to.
type history struct {
	batches [][]write
	ops     [][]repo.Op       // of each batch
	records map[string][]byte // in the end, by path, as DAG-CBOR
}

// newHistory follows batches, which must make sense.
func newHistory(t *testing.T, batches [][]write) *history {
	t.Helper()
	h := &history{batches: batches, records: map[string][]byte{}}
	for _, batch := range batches {
		var ops []repo.Op
		for _, w := range batch {
			op := repo.Op{Action: w.Action, Path: w.Path}
			if before, ok := h.records[w.Path]; ok {
				op.Prev = cid.Sum(cid.DagCBOR, before)
			}
			delete(h.records, w.Path)
			if w.Action != repo.ActionDelete {
				h.records[w.Path] = w.data(t)
				op.CID = cid.Sum(cid.DagCBOR, h.records[w.Path])
			}
			ops = append(ops, op)
		}
		h.ops = append(h.ops, ops)
	}
	return h
}

// paths returns those of the records, in order.
func (h *history) paths() []string { return slices.Sorted(maps.Keys(h.records)) }

// randomHistory makes a history of count writes, or fewer in short tests: more
// creations than anything else, and no record twice in one batch.
func randomHistory(t *testing.T, r *rand.Rand, count int) *history {
	t.Helper()
	if testing.Short() {
		count /= 4
	}
	var batches [][]write
	var there []string
	taken := map[string]bool{}
	for written := 0; written < count; {
		var batch []write
		touched := map[string]bool{}
		for range 1 + r.IntN(10) {
			written++
			if i := r.IntN(len(there) + 1); i < len(there) && r.IntN(3) == 0 && !touched[there[i]] {
				w := write{Action: repo.ActionUpdate, Path: there[i]}
				if r.IntN(2) == 0 {
					w.Action = repo.ActionDelete
					there = slices.Delete(there, i, i+1)
					delete(taken, w.Path)
				} else {
					w.Record = randomRecord(t, r, w.Path, written)
				}
				touched[w.Path] = true
				batch = append(batch, w)
				continue
			}
			path := randomPath(r)
			if taken[path] || touched[path] {
				continue
			}
			taken[path], touched[path] = true, true
			there = append(there, path)
			batch = append(batch, write{repo.ActionCreate, path, randomRecord(t, r, path, written)})
		}
		if len(batch) > 0 {
			batches = append(batches, batch)
		}
	}
	return newHistory(t, batches)
}

// randomPath returns a path, which begins like others more often than not.
func randomPath(r *rand.Rand) string {
	collections := []string{"com.example.post", "com.example.poster", "com.example.like", "app.bsky.feed.post", "a.b.c", "zone.example.Z-9.thing"}
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_~:.-"
	key := []byte("3k")
	for range 1 + r.IntN(12) {
		key = append(key, letters[r.IntN(len(letters))])
	}
	if r.IntN(50) == 0 {
		for len(key) < 512 {
			key = append(key, letters[r.IntN(len(letters))])
		}
	}
	return collections[r.IntN(len(collections))] + "/" + string(key)
}

// randomRecord returns a record with anything in it, and a number that makes
// it another one than all others.
func randomRecord(t *testing.T, r *rand.Rand, path string, number int) json.RawMessage {
	t.Helper()
	collection, _, err := syntax.ParseRepoPath(path)
	if err != nil {
		t.Fatal(err)
	}
	record := randomMap(r, 0)
	record["$type"], record["number"] = string(collection), int64(number)
	text, err := lex.MarshalJSON(record)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// randomValue returns a value of the data model (DM-01). Integers are those
// that JavaScript has, too.
func randomValue(r *rand.Rand, depth int) any {
	kinds := 9
	if depth >= 4 {
		kinds = 7
	}
	switch r.IntN(kinds) {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		const most = 1<<53 - 1
		edges := []int64{0, -1, 23, 24, 255, 256, 65535, 65536, 1<<32 - 1, 1 << 32, -24, -25, -256, -257, most, -most}
		if r.IntN(2) == 0 {
			return edges[r.IntN(len(edges))]
		}
		return r.Int64N(most) >> r.IntN(53)
	case 3:
		return randomText(r)
	case 4:
		return lex.Bytes(randomBytes(r, r.IntN(40)))
	case 5:
		return lex.Link{CID: randomCID(r)}
	case 6:
		return map[string]any{"$type": "blob", "mimeType": "image/png", "size": r.Int64N(1 << 30), "ref": lex.Link{CID: cid.Sum(cid.Raw, randomBytes(r, 8))}}
	case 7:
		list := make([]any, r.IntN(6))
		for i := range list {
			list[i] = randomValue(r, depth+1)
		}
		return list
	default:
		return randomMap(r, depth+1)
	}
}

func randomMap(r *rand.Rand, depth int) map[string]any {
	m := map[string]any{}
	for range r.IntN(8) {
		m["k"+randomText(r)] = randomValue(r, depth)
	}
	return m
}

// randomText returns a text of many scripts, with everything that JSON escapes,
// but without U+FEFF: see TestPeerLosesByteOrderMarks.
func randomText(r *rand.Rand) string {
	alphabet := []rune("abcXYZ019 \t\n\"\\/<>&\u0000\u007f\u00e9\u00df\u2028\u4e2d\u6587\u05d0\ufffd\U0001f600\U0001d11e")
	text := make([]rune, r.IntN(30))
	for i := range text {
		text[i] = alphabet[r.IntN(len(alphabet))]
	}
	return string(text)
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func randomCID(r *rand.Rand) cid.CID {
	return cid.Sum([]byte{cid.DagCBOR, cid.Raw}[r.IntN(2)], randomBytes(r, 8))
}

// sample returns up to count paths of records.
func sample(r *rand.Rand, h *history, count int) []string {
	paths := h.paths()
	r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	return paths[:min(count, len(paths))]
}

// absent returns count paths that are no records: half of them stand right
// behind one.
func absent(r *rand.Rand, h *history, count int) []string {
	there := h.paths()
	var paths []string
	for len(paths) < count {
		path := randomPath(r)
		if r.IntN(2) == 0 {
			path = there[r.IntN(len(there))] + "0"
		}
		_, _, err := syntax.ParseRepoPath(path)
		if _, ok := h.records[path]; !ok && err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}
