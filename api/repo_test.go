package api_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// records are the types of the records in the repository.
var records = lex.NewTypes(
	(*appbsky.ActorProfile)(nil), (*appbsky.FeedLike)(nil), (*appbsky.FeedPost)(nil), (*appbsky.FeedRepost)(nil), (*appbsky.GraphFollow)(nil),
)

// TestRepositoryComesBack reads every block of an exported repository without
// its type and every record with its type, and writes both back.
func TestRepositoryComesBack_DM08_DM09_DM11_DM26(t *testing.T) {
	t.Parallel()
	blocks := repository(t)
	for id, data := range blocks {
		var v any
		comesBack(t, id, data, &v)
	}
	list, err := os.ReadFile(filepath.Join(shared.Dir(t, "data", "repo"), "car_expected_records.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(list)) {
		path, text, _ := strings.Cut(strings.TrimSpace(line), "\t")
		id, err := cid.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		name, _, _ := strings.Cut(path, "/")
		record, ok := records.New(name)
		if !ok {
			t.Errorf("%s has no type", path)
			continue
		}
		n++
		comesBack(t, id, blocks[id], record)
		throughJSON(t, id, record)
	}
	if n < 20 {
		t.Errorf("%d records, want at least 20", n)
	}
}

// comesBack reads a block into v and writes it, with each way to read.
func comesBack(t *testing.T, id cid.CID, data []byte, v any) {
	t.Helper()
	for _, decode := range []func([]byte, any) error{lex.DecodeCBOR, lex.DecodeCBORAlias} {
		if err := decode(data, v); err != nil {
			t.Errorf("%s: %v", id, err)
			return
		}
		again, err := lex.MarshalCBOR(v)
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%s: got %x, want %x (%v)", id, again, data, err)
		}
		if got, err := lex.CID(v); err != nil || got != id {
			t.Errorf("%s: the CID is %s (%v)", id, got, err)
		}
	}
}

// throughJSON sends a record through JSON and compares its CID.
func throughJSON(t *testing.T, id cid.CID, record lex.Object) {
	t.Helper()
	text, err := lex.MarshalJSON(record)
	if err != nil {
		t.Fatal(err)
	}
	back, _ := records.New(record.LexType())
	if err := lex.DecodeJSON(text, back); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if diff := cmp.Diff(record, back); diff != "" {
		t.Errorf("%s: %s", id, diff)
	}
	if got, err := lex.CID(back); err != nil || got != id {
		t.Errorf("%s: the CID is %s after JSON (%v)", id, got, err)
	}
}

func repository(t *testing.T) map[cid.CID][]byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(shared.Dir(t, "data", "repo"), "repo.car"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := car.Parse(b, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[cid.CID][]byte{}
	for block, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		blocks[block.CID] = block.Data
	}
	return blocks
}
