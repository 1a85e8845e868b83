package repo_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// message returns a message about a batch of all kinds of operations.
func message(t testing.TB) (world, *repo.Message) {
	t.Helper()
	w := filled(t, 400)
	change := w.apply(t,
		repo.CreateData(posts, "new", data(t, posts, "new")), repo.UpdateData(posts, "key-000100", data(t, posts, "changed")),
		repo.Delete(posts, "key-000200"), repo.Delete(likes, "key-000000"))
	m, err := change.Message()
	if err != nil {
		t.Fatal(err)
	}
	return w, m
}

func TestMessageVerifies_RE40_RE41_SN34_SN37(t *testing.T) {
	t.Parallel()
	w, m := message(t)
	got, err := repo.VerifyMessage(m, w.id.Key)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Records) != 2 || got.Records[0].Path != "com.example.post/new" || !bytes.Equal(got.Records[1].Data, data(t, posts, "changed")) {
		t.Errorf("records %v", got.Records)
	}
	if got.Commit.DID != did || got.Commit.Rev != m.Rev {
		t.Errorf("commit %+v", got.Commit)
	}
	// RE-40: values that were deleted or superseded are not in it.
	_, blocks := blocksOf(t, m.Blocks)
	for _, b := range blocks {
		for _, op := range m.Ops {
			if b.CID == op.Prev {
				t.Errorf("the value %v of %s before is sent", b.CID, op.Path)
			}
		}
	}
}

func TestMessageIsRefused_RE41_RE43_SN03_SN05_SN34_SN37_SN38(t *testing.T) {
	t.Parallel()
	w, good := message(t)
	x := cidOf([]byte("x"))
	roots, blocks := blocksOf(t, good.Blocks)
	without := func(c cid.CID) []byte {
		var kept []car.Block
		for _, b := range blocks {
			if b.CID != c {
				kept = append(kept, b)
			}
		}
		return carOf(t, roots, kept...)
	}
	cases := []struct {
		name   string
		change func(m *repo.Message)
		kind   error
		want   string
	}{
		{"another account", func(m *repo.Message) { m.DID += "a" }, repo.ErrIdentity, "(SN-34)"},
		{"another rev", func(m *repo.Message) { m.Rev = "zzzzzzzzzzzzz" }, repo.ErrIdentity, "(SN-34)"},
		{"another commit", func(m *repo.Message) { m.Commit = x }, repo.ErrIdentity, "(SN-34)"},
		{"no root", func(m *repo.Message) { m.Blocks = carOf(t, nil, blocks...) }, repo.ErrIdentity, "(SN-34)"},
		{"since not before rev", func(m *repo.Message) { m.Since = m.Rev }, repo.ErrRev, "(RE-03)"},
		{"no prevData", func(m *repo.Message) { m.PrevData = cid.CID{} }, repo.ErrOperation, "(SN-03)"},
		{"another prevData", func(m *repo.Message) { m.PrevData = x }, repo.ErrOperation, "(RE-41)"},
		{"a rev before that is no TID", func(m *repo.Message) { m.Since = "0000" }, repo.ErrOperation, "(SN-03)"},
		{"a rev before that ends early", func(m *repo.Message) { m.Since = m.Since[:12] }, repo.ErrOperation, "(SN-03)"},
		{"the first, with a root before", func(m *repo.Message) { m.Since = "" }, repo.ErrOperation, "(SN-03)"},
		{"called the first", func(m *repo.Message) { m.Since, m.PrevData = "", cid.CID{} }, repo.ErrOperation, "(RE-41)"},
		{"no CAR file", func(m *repo.Message) { m.Blocks = []byte("blocks") }, repo.ErrFile, "(RE-30)"},
		{"a cut CAR file", func(m *repo.Message) { m.Blocks = m.Blocks[:len(m.Blocks)-1] }, repo.ErrFile, "(RE-30)"},
		{"too many bytes", func(m *repo.Message) { m.Blocks = make([]byte, repo.MaxBlocks+1) }, repo.ErrLimit, "(SN-05)"},
		{"too many operations", func(m *repo.Message) { m.Ops = make([]repo.Op, repo.MaxOps+1) }, repo.ErrLimit, "(SN-05)"},
		{"no commit", func(m *repo.Message) { m.Blocks = without(m.Commit) }, repo.ErrMissing, m32},
		{"no record", func(m *repo.Message) { m.Blocks = without(m.Ops[0].CID) }, repo.ErrMissing, "(SN-37)"},
		{"no root of the tree", func(m *repo.Message) { m.Blocks = without(blocks[1].CID) }, repo.ErrMissing, "(RE-42)"},
		{"an operation is missing", func(m *repo.Message) { m.Ops = m.Ops[1:] }, repo.ErrOperation, "(RE-41)"},
		{"a path twice", func(m *repo.Message) { m.Ops = append(m.Ops, m.Ops[0]) }, repo.ErrOperation, "(RE-43)"},
		{"a path twice, once without effect", func(m *repo.Message) {
			m.Ops = append(m.Ops, repo.Op{repo.ActionUpdate, m.Ops[0].Path, m.Ops[0].CID, m.Ops[0].CID})
		}, repo.ErrOperation, "(RE-43)"},
		{"an update to what is not there", func(m *repo.Message) {
			m.Ops[0] = repo.Op{repo.ActionUpdate, m.Ops[0].Path, m.Ops[1].CID, m.Ops[1].CID}
		}, repo.ErrOperation, "(SN-37)"},
		{"an update of nothing", func(m *repo.Message) {
			m.Ops[2] = repo.Op{repo.ActionUpdate, m.Ops[2].Path, m.Ops[1].CID, m.Ops[1].CID}
		}, repo.ErrOperation, "none, not"},
		{"another value", func(m *repo.Message) { m.Ops[0].CID = m.Ops[1].CID }, repo.ErrOperation, "(RE-41)"},
		{"another value before", func(m *repo.Message) { m.Ops[1].Prev = x }, repo.ErrOperation, "(RE-41)"},
		{"a value that no record has", func(m *repo.Message) { m.Ops[1].Prev = cid.FromHash(0x70, x.Digest()) }, repo.ErrOperation, ""},
		{"no path", func(m *repo.Message) { m.Ops[0].Path = "new" }, repo.ErrRecord, "(SY-26)"},
		{"no action", func(m *repo.Message) { m.Ops[0].Action = "put" }, repo.ErrOperation, "(SN-04)"},
		{"create with a value before", func(m *repo.Message) { m.Ops[0].Prev = x }, repo.ErrOperation, "(RE-43)"},
		{"create without a value", func(m *repo.Message) { m.Ops[0].CID = cid.CID{} }, repo.ErrOperation, "(RE-43)"},
		{"update without a value before", func(m *repo.Message) { m.Ops[1].Prev = cid.CID{} }, repo.ErrOperation, "(RE-43)"},
		{"delete with a value", func(m *repo.Message) { m.Ops[2].CID = x }, repo.ErrOperation, "(RE-43)"},
		{"delete without a value before", func(m *repo.Message) { m.Ops[2].Prev = cid.CID{} }, repo.ErrOperation, "(RE-43)"},
	}
	for _, c := range cases {
		m := *good
		m.Ops = append([]repo.Op{}, good.Ops...)
		c.change(&m)
		_, err := repo.VerifyMessage(&m, w.id.Key)
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := repo.VerifyMessage(good, newKey(t, 2).PublicKey()); !errors.Is(err, repo.ErrSignature) {
		t.Errorf("another key: %v", err)
	}
	if _, err := repo.VerifyMessage(good, nil); !errors.Is(err, repo.ErrSignature) {
		t.Errorf("no key: %v", err)
	}
}

// m32 is how a message ends about a block that a repository needs.
const m32 = "(RE-32)"

// TestEveryBlockOfAMessageIsNeeded takes each away: a message has no more than
// it must.
func TestEveryBlockOfAMessageIsNeeded_RE40_RE42(t *testing.T) {
	t.Parallel()
	w, good := message(t)
	roots, blocks := blocksOf(t, good.Blocks)
	spare := 0
	for i := range blocks {
		m := *good
		m.Blocks = carOf(t, roots, append(append([]car.Block{}, blocks[:i]...), blocks[i+1:]...)...)
		_, err := repo.VerifyMessage(&m, w.id.Key)
		switch {
		case err == nil:
			spare++
		case !errors.Is(err, repo.ErrMissing):
			t.Errorf("without block %d: %v", i, err)
		}
	}
	if spare > len(blocks)/2 {
		t.Errorf("%d of %d blocks are not needed", spare, len(blocks))
	}
}

// TestMessageHasNoByteWithoutMeaning changes every byte of the blocks.
func TestMessageHasNoByteWithoutMeaning_RE33(t *testing.T) {
	t.Parallel()
	w, good := message(t)
	for i := range good.Blocks {
		m := *good
		m.Blocks = flip(good.Blocks, i, byte(1<<(i%8)))
		if _, err := repo.VerifyMessage(&m, w.id.Key); err == nil {
			t.Errorf("accepted with a flip at byte %d", i)
		}
	}
}

func TestMessageOfAnUpdateToTheSameValueIsAccepted(t *testing.T) {
	t.Parallel()
	w := filled(t, 10)
	change := w.apply(t, repo.CreateData(posts, "new", data(t, posts, "new")))
	m, err := change.Message()
	if err != nil {
		t.Fatal(err)
	}
	// A server that counts a write without effect says so in its message.
	m.PrevData = change.Data
	m.Ops = []repo.Op{{Action: repo.ActionUpdate, Path: m.Ops[0].Path, CID: m.Ops[0].CID, Prev: m.Ops[0].CID}}
	if _, err := repo.VerifyMessage(m, w.id.Key); err != nil {
		t.Error(err)
	}
	roots, blocks := blocksOf(t, m.Blocks)
	m.Blocks = carOf(t, roots, blocks[0], car.Block{CID: m.Ops[0].CID, Data: data(t, posts, "new")})
	if _, err := repo.VerifyMessage(m, w.id.Key); !errors.Is(err, repo.ErrMissing) || !strings.Contains(err.Error(), "(RE-42)") {
		t.Errorf("without the tree: %v", err)
	}
}

func TestLargestRecordOfAMessage_SN05(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	base := len(data(t, posts, strings.Repeat("x", 500_000)))
	exact := data(t, posts, strings.Repeat("x", 500_000+repo.MaxRecord-base))
	if len(exact) != repo.MaxRecord {
		t.Fatalf("%d bytes", len(exact))
	}
	change, err := w.w.Init(t.Context(), did, repo.CreateData(posts, "1", exact))
	if err != nil {
		t.Fatal(err)
	}
	m, err := change.Message()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repo.VerifyMessage(m, w.id.Key); err != nil {
		t.Error(err)
	}
	// One byte more, with a commit that says so.
	long := append(bytes.Clone(exact), 'x')
	head, tree := headAndTree(t, w, long)
	m.Commit, m.Ops[0].CID, m.Rev = head.CID, cidOf(long), "3jzfcijpj2z2a"
	m.Blocks = carOf(t, []cid.CID{head.CID}, append(tree, head, car.Block{CID: cidOf(long), Data: long})...)
	if _, err := repo.VerifyMessage(m, w.id.Key); !errors.Is(err, repo.ErrLimit) || !strings.Contains(err.Error(), fmt.Sprint(repo.MaxRecord+1)) {
		t.Errorf("one byte more: %v", err)
	}
}
