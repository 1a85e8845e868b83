package repo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/blockstore/faultstore"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func cidOf(b []byte) cid.CID { return cid.Sum(cid.DagCBOR, b) }

func TestInitMakesTheFirstCommit_RE01_RE02(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	change, err := w.w.Init(t.Context(), did)
	if err != nil {
		t.Fatal(err)
	}
	r := w.open(t)
	if r.Head() != change.Commit || r.DID() != did || r.Rev() != change.Rev || change.Since != "" || change.PrevData.Defined() || len(change.Ops) != 0 {
		t.Errorf("head %v, change %+v", r.Head(), change)
	}
	// DM-25: the root of the tree without entries.
	if got := change.Data.String(); got != "bafyreie5737gdxlw5i64vzichcalba3z2v5n6icifvx5xytvske7mr3hpm" {
		t.Errorf("the tree is %s", got)
	}
	if err := r.Commit().Verify(w.id.Key); err != nil {
		t.Error(err)
	}
	if _, err := w.w.Init(t.Context(), did); !errors.Is(err, repo.ErrExists) {
		t.Errorf("once more: %v", err)
	}
	if _, err := newWorld(t, repo.WriterOptions{}).w.Init(t.Context(), "plc:x"); !errors.Is(err, repo.ErrIdentity) {
		t.Errorf("no DID: %v", err)
	}
	if _, err := newWorld(t, repo.WriterOptions{}).w.Apply(t.Context()); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("no repository: %v", err)
	}
	if _, err := repo.NewWriter(blockstore.NewMemory(), w.key, repo.WriterOptions{}).Init(t.Context(), did); err != nil {
		t.Errorf("with the clock of the machine: %v", err)
	}
}

func TestApplyDoesABatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	a, b, c := data(t, posts, "a"), data(t, posts, "b"), data(t, posts, "c")
	first, err := w.w.Init(t.Context(), did, repo.CreateData(posts, "1", a), repo.CreateData(posts, "2", b))
	if err != nil {
		t.Fatal(err)
	}
	change := w.apply(t,
		repo.UpdateData(posts, "1", c), repo.Delete(posts, "2").If(cidOf(b)),
		repo.PutData(posts, "3", b).If(cid.CID{}), repo.CreateData(likes, "3", data(t, likes, "")))
	want := []repo.Op{
		{Action: repo.ActionUpdate, Path: "com.example.post/1", CID: cidOf(c), Prev: cidOf(a)},
		{Action: repo.ActionDelete, Path: "com.example.post/2", Prev: cidOf(b)},
		{Action: repo.ActionCreate, Path: "com.example.post/3", CID: cidOf(b)},
		{Action: repo.ActionCreate, Path: "com.example.like/3", CID: cidOf(data(t, likes, ""))},
	}
	if diff := cmp.Diff(want, change.Ops); diff != "" {
		t.Errorf("ops (-want +got):\n%s", diff)
	}
	if change.Since != first.Rev || change.PrevData != first.Data || change.Rev <= first.Rev {
		t.Errorf("since %s prevData %v rev %s, after %s %v", change.Since, change.PrevData, change.Rev, first.Rev, first.Data)
	}
	wantContent := map[string]string{
		"com.example.post/1": cidOf(c).String(), "com.example.post/3": cidOf(b).String(),
		"com.example.like/3": cidOf(data(t, likes, "")).String(),
	}
	if diff := cmp.Diff(wantContent, content(t, w.open(t))); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	checkNothingIsLeftOver(t, w)
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	post := func(text string) []byte { return data(t, posts, text) }
	legacy, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "b": map[string]any{
		"cid": "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "mimeType": "image/png",
	}})
	if err != nil {
		t.Fatal(err)
	}
	big := data(t, posts, strings.Repeat("x", repo.MaxRecord))
	cases := []struct {
		name   string
		writes []repo.Write
		kind   error
		want   string
	}{
		{"create what is there", []repo.Write{repo.CreateData(posts, "1", post("x"))}, repo.ErrExists, `record "com.example.post/1"`},
		{"update what is not", []repo.Write{repo.UpdateData(posts, "9", post("x"))}, repo.ErrNotFound, "no such record"},
		{"delete what is not", []repo.Write{repo.Delete(posts, "9")}, repo.ErrNotFound, "no such record"},
		{"another record is there", []repo.Write{repo.PutData(posts, "1", post("x")).If(cidOf(nil))}, repo.ErrSwap, "the CID of the record is"},
		{"a record is there", []repo.Write{repo.PutData(posts, "1", post("x")).If(cid.CID{})}, repo.ErrSwap, "not none"},
		{"no record is there", []repo.Write{repo.Delete(posts, "9").If(cidOf(nil))}, repo.ErrSwap, "is none, not"},
		{"a path twice", []repo.Write{repo.PutData(posts, "1", post("x")), repo.Delete(posts, "1")}, repo.ErrRecord, "written twice in one commit (RE-43)"},
		{"no collection", []repo.Write{repo.PutData("post", "1", post("x"))}, repo.ErrRecord, "(SY-26)"},
		{"no key", []repo.Write{repo.Delete(posts, "a/b")}, repo.ErrRecord, "(SY-26)"},
		{"a dot as key", []repo.Write{repo.PutData(posts, ".", post("x"))}, repo.ErrRecord, "(SY-26)"},
		{"another type", []repo.Write{repo.PutData(likes, "1", post("x"))}, repo.ErrRecord, "(LX-22)"},
		{"no type", []repo.Write{repo.PutData(posts, "1", []byte("\xa0"))}, repo.ErrRecord, "(LX-22)"},
		{"no object", []repo.Write{repo.PutData(posts, "1", []byte("\x80"))}, repo.ErrRecord, "(DM-17)"},
		{"no CBOR", []repo.Write{repo.PutData(posts, "1", append(post("x"), 0))}, repo.ErrRecord, "(DM-08)"},
		{"a legacy blob", []repo.Write{repo.PutData(posts, "1", legacy)}, repo.ErrRecord, "(DM-20)"},
		{"too long", []repo.Write{repo.PutData(posts, "1", big)}, repo.ErrLimit, "more than 1000000 (SN-05)"},
		{"no record at all", []repo.Write{repo.Create("1", nil)}, repo.ErrRecord, "without a record"},
		{"a key that its type does not allow", []repo.Write{repo.Create("other", &appbsky.ActorProfile{})}, repo.ErrRecord, "record-key"},
		{"a record that cannot be written", []repo.Write{repo.Create("3jui7kd54zh2y", &appbsky.FeedLike{})}, repo.ErrRecord, "subject"},
		{"the zero write", []repo.Write{{}}, repo.ErrRecord, "without a record"},
	}
	w := newWorld(t, repo.WriterOptions{})
	if _, err := w.w.Init(t.Context(), did, repo.CreateData(posts, "1", post("1"))); err != nil {
		t.Fatal(err)
	}
	before := w.store.Blocks()
	for _, c := range cases {
		writes := append([]repo.Write{repo.CreateData(posts, "new", post("new"))}, c.writes...)
		change, err := w.w.Apply(t.Context(), writes...)
		if change != nil || !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v and %v, want %q", c.name, change, err, c.want)
		}
	}
	if diff := cmp.Diff(before, w.store.Blocks()); diff != "" {
		t.Errorf("the store has changed (-before +after):\n%s", diff)
	}
}

func TestTooLargeACommitIsRefused_SN05(t *testing.T) {
	t.Parallel()
	many := make([]repo.Write, repo.MaxOps+1)
	for i := range many {
		many[i] = repo.CreateData(posts, keyOf(i), data(t, posts, ""))
	}
	big := make([]repo.Write, 3)
	for i := range big {
		big[i] = repo.CreateData(posts, keyOf(i), data(t, posts, fmt.Sprint(i)+strings.Repeat("x", repo.MaxRecord-100)))
	}
	for name, writes := range map[string][]repo.Write{"201 writes (SN-05)": many, "bytes, more than 2000000 (SN-05)": big} {
		w := newWorld(t, repo.WriterOptions{})
		if _, err := w.w.Init(t.Context(), did, writes...); !errors.Is(err, repo.ErrLimit) {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(w.store.Blocks()); n != 0 {
			t.Errorf("%s: %d blocks are in the store", name, n)
		}
		free := newWorld(t, repo.WriterOptions{Limits: repo.NoLimits})
		if _, err := free.w.Init(t.Context(), did, writes...); err != nil {
			t.Errorf("%s: without limits: %v", name, err)
		}
	}
	w := newWorld(t, repo.WriterOptions{})
	if _, err := w.w.Init(t.Context(), did, many[1:]...); err != nil {
		t.Errorf("200 writes: %v", err)
	}
}

// TestWhatIsCommittedHasRoomInAMessage has commits whose message is just short
// enough, and one byte longer: what the writer makes, VerifyMessage accepts.
func TestWhatIsCommittedHasRoomInAMessage_SN05(t *testing.T) {
	t.Parallel()
	apply := func(limits repo.Limits, second int) (*repo.Message, world, error) {
		w := newWorld(t, repo.WriterOptions{Limits: limits})
		if _, err := w.w.Init(t.Context(), did); err != nil {
			t.Fatal(err)
		}
		change, err := w.w.Apply(t.Context(),
			repo.CreateData(posts, "a", data(t, posts, strings.Repeat("a", 999_900))),
			repo.CreateData(posts, "b", data(t, posts, strings.Repeat("b", second))))
		if err != nil {
			return nil, w, err
		}
		m, err := change.Message()
		if err != nil {
			t.Fatal(err)
		}
		return m, w, nil
	}
	m, _, err := apply(repo.NoLimits, 999_000)
	if err != nil {
		t.Fatal(err)
	}
	longest := 999_000 + repo.MaxBlocks - len(m.Blocks)
	for over, refused := range []bool{false, true} {
		m, w, err := apply(repo.NoLimits, longest+over)
		if err != nil || len(m.Blocks) != repo.MaxBlocks+over {
			t.Fatalf("a message of %d bytes, %v", len(m.Blocks), err)
		}
		if _, err := repo.VerifyMessage(m, w.id.Key); errors.Is(err, repo.ErrLimit) != refused || !refused && err != nil {
			t.Errorf("%d bytes are verified: %v", len(m.Blocks), err)
		}
		if _, _, err := apply(repo.MessageLimits, longest+over); errors.Is(err, repo.ErrLimit) != refused || !refused && err != nil {
			t.Errorf("%d bytes are committed: %v", len(m.Blocks), err)
		}
	}
}

func TestRevAlwaysRises_RE03(t *testing.T) {
	t.Parallel()
	moment := noon
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return moment }})
	w := newWorld(t, repo.WriterOptions{Clock: clock})
	change, err := w.w.Init(t.Context(), did)
	if err != nil {
		t.Fatal(err)
	}
	last := change.Rev
	for _, step := range []time.Duration{0, 0, -100 * 24 * time.Hour, time.Microsecond, 200 * 24 * time.Hour} {
		moment = moment.Add(step)
		// A new process has a clock that knows nothing of the past.
		fresh := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return moment }})
		next, err := repo.NewWriter(w.store, w.key, repo.WriterOptions{Clock: fresh}).Apply(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if next.Rev <= last || next.Since != last {
			t.Errorf("after %v the rev is %s, since %s, after %s", step, next.Rev, next.Since, last)
		}
		last = next.Rev
	}
	if got := last.Time(); got != moment {
		t.Errorf("the clock has caught up: the rev is of %v, not of %v", got, moment)
	}
}

// lastRevs are revs after which there is none, of which the clock's own is the
// first.
func lastRevs(t *testing.T) []syntax.TID {
	t.Helper()
	last, err := syntax.TIDOf(syntax.MaxTIDMicros, 0)
	if err != nil {
		t.Fatal(err)
	}
	return []syntax.TID{last, "jzzzzzzzzzzzz", "j222222222222"}
}

// TestRevsEnd puts the last rev into a store, as a stranger may: the error is
// ErrRev, and says how the account goes on.
func TestRevsEnd_RE03(t *testing.T) {
	t.Parallel()
	for _, rev := range lastRevs(t) {
		w := newWorld(t, repo.WriterOptions{})
		store(t, w, &repo.Commit{DID: did, Rev: rev, Data: mst.Empty().Root()})
		change, err := w.w.Apply(t.Context())
		if !errors.Is(err, repo.ErrRev) || !strings.Contains(err.Error(), "no rev is left after "+string(rev)+" (RE-03): the records can go on in an empty store") {
			t.Errorf("after %s comes %+v, %v", rev, change, err)
		}
	}
	late := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return noon.AddDate(300, 0, 0) }})
	if _, err := newWorld(t, repo.WriterOptions{Clock: late}).w.Init(t.Context(), did); !errors.Is(err, repo.ErrRev) || !strings.Contains(err.Error(), "the clock") {
		t.Errorf("a rev of the year 2326: %v", err)
	}
}

// store signs a commit and makes it the head, with blocks below it.
func store(t testing.TB, w world, c *repo.Commit, blocks ...blockstore.Block) cid.CID {
	t.Helper()
	if err := c.Sign(w.key); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	head, err := w.store.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := w.store.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	block := c.Block()
	err = errors.Join(tx.Put(ctx, c.Rev, append(blocks, block)...), tx.SetHead(ctx, head, block.CID), tx.Commit(ctx))
	if err != nil {
		t.Fatal(err)
	}
	return block.CID
}

func TestCommitWithoutWrites_RE05_SN10(t *testing.T) {
	t.Parallel()
	w := filled(t, 50)
	before := w.open(t)
	rotated := newKey(t, 9)
	change, err := repo.NewWriter(w.store, rotated, repo.WriterOptions{Clock: clockAt(noon)}).Apply(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	after := w.open(t)
	if after.Commit().Data != before.Commit().Data || after.Rev() <= before.Rev() || len(change.Ops) != 0 {
		t.Errorf("before %+v, after %+v", before.Commit(), after.Commit())
	}
	if err := after.Commit().Verify(rotated.PublicKey()); err != nil {
		t.Error(err)
	}
	m, err := change.Message()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.VerifyMessage(m, rotated.PublicKey()); err != nil {
		t.Error(err)
	}
	checkNothingIsLeftOver(t, w)
}

func TestWritesThatChangeNothingMakeNoCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	b := data(t, posts, "b")
	first, err := w.w.Init(t.Context(), did, repo.CreateData(posts, "1", b))
	if err != nil {
		t.Fatal(err)
	}
	same := w.apply(t, repo.PutData(posts, "1", b))
	if same.Commit != first.Commit || same.Rev != first.Rev || len(same.Ops)+len(same.Blocks) != 0 {
		t.Errorf("got %+v", same)
	}
	if head := w.open(t).Head(); head != first.Commit {
		t.Errorf("the head is %v", head)
	}
	if mixed := w.apply(t, repo.PutData(posts, "1", b), repo.CreateData(posts, "2", b)); len(mixed.Ops) != 1 {
		t.Errorf("ops %v", mixed.Ops)
	}
}

func TestApplyToDemandsTheLatestCommit(t *testing.T) {
	t.Parallel()
	w := filled(t, 3)
	old := w.open(t).Head()
	if _, err := w.w.ApplyTo(t.Context(), old, repo.Delete(posts, "key-000001")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.w.ApplyTo(t.Context(), old, repo.Delete(posts, "key-000002")); !errors.Is(err, repo.ErrSwap) {
		t.Errorf("got %v", err)
	}
}

// TestBlocksStayAsLongAsARecordHasThem has one record under several paths.
func TestBlocksStayAsLongAsARecordHasThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	same, other := data(t, posts, "same"), data(t, posts, "other")
	if _, err := w.w.Init(t.Context(), did,
		repo.CreateData(posts, "1", same), repo.CreateData(posts, "2", same), repo.CreateData(posts, "3", same)); err != nil {
		t.Fatal(err)
	}
	steps := []struct {
		writes []repo.Write
		gone   bool
	}{
		{[]repo.Write{repo.Delete(posts, "1")}, false},
		{[]repo.Write{repo.UpdateData(posts, "2", other)}, false},
		{[]repo.Write{repo.Delete(posts, "3"), repo.CreateData(posts, "4", same)}, false}, // a move
		{[]repo.Write{repo.Delete(posts, "4")}, true},
	}
	for i, step := range steps {
		w.apply(t, step.writes...)
		if _, err := w.store.Get(t.Context(), cidOf(same)); (err != nil) != step.gone {
			t.Errorf("step %d: error %v, want that the record is removed: %t", i, err, step.gone)
		}
		checkNothingIsLeftOver(t, w)
	}
}

// careless is a signer of the kind that a key management service is.
type careless struct{ *crypto.PrivateKey }

func (c careless) Sign(msg []byte) ([]byte, error) {
	sig, err := c.PrivateKey.Sign(msg)
	return append([]byte{0x30}, sig...), err
}

func TestSignatureThatDoesNotVerifyIsNotStored_RE02(t *testing.T) {
	t.Parallel()
	w := filled(t, 3)
	for name, signer := range map[string]crypto.Signer{"DER": careless{w.key}, "no key": new(crypto.PrivateKey)} {
		if _, err := repo.NewWriter(w.store, signer, repo.WriterOptions{}).Apply(t.Context()); !errors.Is(err, repo.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.open(t).Commit().Verify(w.id.Key); err != nil {
		t.Error(err)
	}
}

// checkNothingIsLeftOver says that the store holds what the repository reaches,
// and nothing else.
func checkNothingIsLeftOver(t testing.TB, w world) {
	t.Helper()
	reached := map[cid.CID]bool{}
	_, blocks := blocksOf(t, w.export(t))
	for _, b := range blocks {
		reached[b.CID] = true
	}
	for _, b := range w.store.Blocks() {
		if !reached[b.CID] {
			t.Errorf("block %v is in the store, and nothing leads to it", b.CID)
		}
	}
	if n := len(w.store.Blocks()); n != len(reached) {
		t.Errorf("%d blocks are in the store, %d are reached", n, len(reached))
	}
}

// checkReferences says that the store counts each block as often as the
// repository refers to it: it stays until one reference is left, and goes with
// that. The store is empty afterwards.
func checkReferences(t testing.TB, w world) {
	t.Helper()
	checkNothingIsLeftOver(t, w)
	_, blocks := blocksOf(t, w.export(t)) // a record as often as it stands under a path
	var first, rest []cid.CID
	seen := map[cid.CID]bool{}
	for _, b := range blocks {
		if seen[b.CID] {
			rest = append(rest, b.CID)
		} else {
			seen[b.CID] = true
			first = append(first, b.CID)
		}
	}
	remove(t, w.store, rest...)
	if n := len(w.store.Blocks()); n != len(first) {
		t.Errorf("%d blocks are left with a reference each, want %d", n, len(first))
	}
	remove(t, w.store, first...)
	if n := len(w.store.Blocks()); n != 0 {
		t.Errorf("%d blocks are left without references", n)
	}
}

// remove takes a reference away from each of the blocks.
func remove(t testing.TB, store blockstore.Store, cids ...cid.CID) {
	t.Helper()
	tx, err := store.Begin(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(tx.Delete(context.Background(), cids...), tx.Commit(context.Background())); err != nil {
		t.Fatal(err)
	}
}

// TestEveryFaultLeavesTheOldCommitOrTheNew fails every call of the store, one by
// one, in every way.
func TestEveryFaultLeavesTheOldCommitOrTheNew(t *testing.T) {
	t.Parallel()
	base := filled(t, 40)
	base.apply(t, repo.CreateData(posts, "twin", data(t, posts, "record 2"))) // as key-000002
	file := base.export(t)
	before := content(t, base.open(t))
	writes := []repo.Write{
		repo.PutData(posts, "key-000001", data(t, posts, "new")), repo.Delete(posts, "key-000002"), repo.CreateData(posts, "new", data(t, posts, "new")),
	}
	reference := reopened(t, file, base)
	reference.apply(t, writes...)
	after := content(t, reference.open(t))

	outcomes := map[string]int{}
	fired := faultstore.Enumerate(t,
		func() blockstore.Store { return reopened(t, file, base).store },
		func(s *faultstore.Store, kept blockstore.Store) {
			_, err := repo.NewWriter(s, base.key, repo.WriterOptions{Clock: clockAt(noon)}).Apply(t.Context(), writes...)
			w := world{store: kept.(*blockstore.Memory), key: base.key, id: base.id}
			got := content(t, w.open(t))
			switch {
			case cmp.Equal(got, before):
				outcomes["old"]++
			case cmp.Equal(got, after):
				outcomes["new"]++
			default:
				t.Errorf("after %v the store has neither: %s", err, cmp.Diff(before, got))
			}
			if err == nil && !cmp.Equal(got, after) {
				t.Error("no error, and the commit is not there")
			}
			if _, err := repo.Load(t.Context(), w.export(t), base.id, repo.VerifyOptions{}); err != nil {
				t.Errorf("what is left does not verify: %v", err)
			}
			checkReferences(t, w)
		})
	t.Logf("%d faults fired, outcomes %v", fired, outcomes)
	if fired < 40 || outcomes["old"] < 36 || outcomes["new"] < 4 {
		t.Errorf("%d faults fired, outcomes %v: too few to prove anything", fired, outcomes)
	}
}

// TestWritingToADamagedStoreChangesNothing loses every block, one by one.
func TestWritingToADamagedStoreChangesNothing(t *testing.T) {
	t.Parallel()
	base := filled(t, 150)
	file := base.export(t)
	head := base.open(t).Head()
	_, blocks := blocksOf(t, file)
	high := keyOf(1) // the key whose entry has most below it
	for i := range 150 {
		if i%3 != 0 && mst.Layer(string(posts)+"/"+string(keyOf(i))) > mst.Layer(string(posts)+"/"+string(high)) {
			high = keyOf(i)
		}
	}
	batches := map[string][]repo.Write{
		"none":    nil,
		"creates": {repo.CreateData(posts, "a", data(t, posts, "")), repo.CreateData(posts, "key-000001x", data(t, posts, ""))},
		"update":  {repo.UpdateData(posts, high, data(t, posts, ""))},
		"delete":  {repo.Delete(posts, high)},
	}
	for name, batch := range batches {
		failed := 0
		for _, lost := range blocks {
			if bytes.Contains(lost.Data, []byte("$type")) {
				continue // a record, which is not read
			}
			kept := reopened(t, file, base).store
			before := len(kept.Blocks())
			s := faultstore.New(kept)
			s.Lose(lost.CID)
			change, err := repo.NewWriter(s, base.key, repo.WriterOptions{Clock: clockAt(noon)}).Apply(t.Context(), batch...)
			if err == nil {
				continue
			}
			failed++
			if change != nil || !isMissing(err, lost.CID) {
				t.Errorf("%s without %v: %v and %v", name, lost.CID, change, err)
			}
			if got, err := kept.Head(t.Context()); got != head || len(kept.Blocks()) != before {
				t.Errorf("%s without %v: the head is %v (%v), and there are %d blocks, %d before", name, lost.CID, got, err, len(kept.Blocks()), before)
			}
		}
		if failed < 2 {
			t.Errorf("%s: %d failed: too few to prove anything", name, failed)
		}
	}
}

// reopened returns a new store with the repository in a file.
func reopened(t testing.TB, file []byte, from world) world {
	t.Helper()
	w := newWorld(t, repo.WriterOptions{})
	w.key, w.id = from.key, from.id
	if _, err := repo.Import(context.Background(), w.store, strings.NewReader(string(file)), from.id, repo.VerifyOptions{}); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestCommitsFollowAModel does random batches on a repository and a map: the
// content is that of the map, the message of each batch verifies by itself, its
// operations are those of the batch, nothing is left over, and references are
// counted. Whoever has one of the versions has the last one with an export since
// its rev.
func TestCommitsFollowAModel_RE16_RE40_RE41_RE42(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t, repo.WriterOptions{})
		change, err := w.w.Init(t.Context(), did)
		model := map[string]cid.CID{}
		size := rapid.SampledFrom([]int{5, 40, 400}).Draw(rt, "keys")
		versions := map[syntax.TID][]byte{}
		var want []repo.Op
		for range rapid.IntRange(1, 6).Draw(rt, "batches") {
			if err != nil {
				rt.Fatal(err)
			}
			checkChange(t, rt, w, change, want, model)
			versions[change.Rev] = w.export(t)
			var batch []repo.Write
			batch, want = drawBatch(t, rt, size, model)
			change, err = w.w.Apply(t.Context(), batch...)
		}
		if err != nil {
			rt.Fatal(err)
		}
		checkChange(t, rt, w, change, want, model)
		for rev, version := range versions {
			checkSince(t, w, rev, version)
		}
		checkReferences(t, w)
	})
}

// drawBatch draws writes that a repository with the records of model allows, does
// them in the model, and returns what they do: a put of what is there does nothing.
func drawBatch(t *testing.T, rt *rapid.T, size int, model map[string]cid.CID) (batch []repo.Write, ops []repo.Op) {
	t.Helper()
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, size), 0, min(30, size), rapid.ID[int]).Draw(rt, "keys of the batch") {
		key := keyOf(i)
		path := string(posts) + "/" + string(key)
		before, there := model[path]
		if there && rapid.Bool().Draw(rt, "delete") {
			batch = append(batch, repo.Delete(posts, key))
			ops = append(ops, repo.Op{Action: repo.ActionDelete, Path: path, Prev: before})
			delete(model, path)
			continue
		}
		record := data(t, posts, fmt.Sprint(rapid.IntRange(0, 9).Draw(rt, "text")))
		batch = append(batch, repo.PutData(posts, key, record))
		op := repo.Op{Action: repo.ActionCreate, Path: path, CID: cidOf(record), Prev: before}
		if there {
			op.Action = repo.ActionUpdate
		}
		if op.CID != op.Prev {
			ops = append(ops, op)
		}
		model[path] = op.CID
	}
	return batch, ops
}

func checkChange(t *testing.T, rt *rapid.T, w world, change *repo.Change, want []repo.Op, model map[string]cid.CID) {
	if diff := cmp.Diff(want, change.Ops, cmpopts.EquateEmpty()); diff != "" {
		rt.Fatalf("operations (-batch +change):\n%s", diff)
	}
	records := map[string]string{}
	for path, c := range model {
		records[path] = c.String()
	}
	if diff := cmp.Diff(records, content(t, w.open(t))); diff != "" {
		rt.Fatalf("records (-model +repository):\n%s", diff)
	}
	checkNothingIsLeftOver(t, w)
	if len(change.Blocks) == 0 {
		return // no commit
	}
	m, err := change.Message()
	if err != nil {
		rt.Fatal(err)
	}
	verified, err := repo.VerifyMessage(m, w.id.Key)
	if err != nil {
		rt.Fatal(err)
	}
	written := 0
	for _, op := range change.Ops {
		if op.CID.Defined() {
			written++
		}
	}
	if len(verified.Records) != written {
		rt.Fatalf("%d records, and %d were written", len(verified.Records), written)
	}
}
