package repository_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	indigoapi "github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/atproto/atcrypto"
	indigo "github.com/bluesky-social/indigo/atproto/repo"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const did syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

// account is a repository of count records.
func account(t testing.TB, count int) (*repo.Writer, *crypto.PrivateKey, *repo.Repo) {
	t.Helper()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{1}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	writes := make([]repo.Write, count)
	for i := range writes {
		tid, err := syntax.TIDOf(1_700_000_000_000_000+int64(i)*61_803_398, 7)
		if err != nil {
			t.Fatal(err)
		}
		writes[i] = repo.CreateData("com.example.like", syntax.RecordKey(tid), like(t, i))
	}
	store := blockstore.NewMemory()
	w := repo.NewWriter(store, key, repo.WriterOptions{Limits: repo.NoLimits})
	change, err := w.Init(context.Background(), did, writes...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(context.Background(), store, change.Commit)
	if err != nil {
		t.Fatal(err)
	}
	return w, key, r
}

func like(t testing.TB, i int) []byte {
	t.Helper()
	b, err := lex.MarshalCBOR(map[string]any{
		"$type": "com.example.like", "createdAt": "2026-06-01T12:00:00.000Z", "number": int64(i),
		"subject": map[string]any{
			"cid": "bafyreigmpffgbpgzfhvml36cecdcz7cn2v7kde2ar7ib4jgol7grj4jyly",
			"uri": fmt.Sprintf("at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/%013d", i*7919),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func export(t testing.TB, r *repo.Repo) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Export(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestIndigoReadsWhatWeWrite verifies an export and the messages of a few
// commits of all kinds with indigo.
func TestIndigoReadsWhatWeWrite_RE32_RE41(t *testing.T) {
	t.Parallel()
	w, key, r := account(t, 300)
	public, err := atcrypto.ParsePublicMultibase(key.PublicKey().Multikey())
	if err != nil {
		t.Fatal(err)
	}
	indigoVerifies(t, export(t, r), public)
	collection := syntax.NSID("com.example.like")
	var some []syntax.RecordKey
	for entry, err := range r.Entries(t.Context(), collection) {
		if err != nil {
			t.Fatal(err)
		}
		some = append(some, repo.Record{Path: entry.Key}.Key())
	}
	for i := range 40 {
		change, err := w.Apply(t.Context(),
			repo.PutData(collection, some[i], like(t, 1000+i)), repo.Delete(collection, some[100+i]), repo.Delete(collection, some[200+i]),
			repo.CreateData(collection, syntax.RecordKey(fmt.Sprintf("new-%d", i)), like(t, 2000+i)))
		if err != nil {
			t.Fatal(err)
		}
		m, err := change.Message()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := indigo.VerifyCommitMessage(t.Context(), indigoEvent(t, m)); err != nil {
			t.Errorf("commit %d: %v", i, err)
		}
	}
}

func indigoVerifies(t testing.TB, b []byte, key atcrypto.PublicKey) {
	t.Helper()
	commit, r, err := indigo.LoadRepoFromCAR(context.Background(), bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := commit.VerifySignature(key); err != nil {
		t.Fatal(err)
	}
	if err := r.MST.Verify(); err != nil {
		t.Fatal(err)
	}
	root, err := r.MST.RootCID()
	if err != nil || *root != commit.Data {
		t.Fatalf("the tree has the root %v, the commit %v (%v)", root, commit.Data, err)
	}
}

// indigoEvent turns a message into an event of indigo, over the wire.
func indigoEvent(t testing.TB, m *repo.Message) *indigoapi.SyncSubscribeRepos_Commit {
	t.Helper()
	e := &comatproto.SyncSubscribeReposCommit{
		Seq: 1, Repo: m.DID, Commit: lex.Link{CID: m.Commit}, Rev: m.Rev, Since: lex.Some(m.Since), Blocks: m.Blocks,
		PrevData: lex.Some(lex.Link{CID: m.PrevData}), Time: "2026-06-01T12:00:00Z",
	}
	for _, op := range m.Ops {
		o := &comatproto.SyncSubscribeReposRepoOp{Action: string(op.Action), Path: op.Path}
		if op.CID.Defined() {
			o.CID = lex.Some(lex.Link{CID: op.CID})
		}
		if op.Prev.Defined() {
			o.Prev = lex.Some(lex.Link{CID: op.Prev})
		}
		e.Ops = append(e.Ops, o)
	}
	b, err := lex.MarshalCBOR(e)
	if err != nil {
		t.Fatal(err)
	}
	event := new(indigoapi.SyncSubscribeRepos_Commit)
	if err := event.UnmarshalCBOR(bytes.NewReader(b)); err != nil {
		t.Fatal(err)
	}
	return event
}

// TestWeSayWhatIndigoSays holds both against the recording, as it is and with
// bits of the blocks changed: what indigo refuses, we refuse.
func TestWeSayWhatIndigoSays_RE41(t *testing.T) {
	t.Parallel()
	keys := signingKeys(t)
	both, onlyWe := 0, 0
	for i, event := range commitEvents(t) {
		m := messageOf(event)
		for place := 50 + i; place < len(m.Blocks); place += len(m.Blocks)/10 + 1 {
			changed := *m
			changed.Blocks = bytes.Clone(m.Blocks)
			changed.Blocks[place] ^= 1
			_, ours := repo.VerifyMessage(&changed, keys[string(m.DID)])
			_, theirs := indigo.VerifyCommitMessage(t.Context(), indigoEvent(t, &changed))
			switch {
			case ours == nil && theirs != nil:
				t.Errorf("seq %d, byte %d: indigo refuses what we accept: %v", event.Seq, place, theirs)
			case ours != nil && theirs != nil:
				both++
			case ours != nil:
				onlyWe++
			}
		}
	}
	t.Logf("refused by both %d, by us alone %d", both, onlyWe)
	if both < 500 {
		t.Errorf("%d refused by both: too few to prove anything", both)
	}
}

// BenchmarkLoad verifies whole repositories from memory; the ratio of the two is
// what counts:
//
//	go test ./repository -run '^$' -bench . -count 5
func BenchmarkLoad(b *testing.B) {
	for _, count := range []int{10_000, 100_000} {
		_, key, r := account(b, count)
		file := export(b, r)
		id := repo.Identity{DID: did, Key: key.PublicKey()}
		public, err := atcrypto.ParsePublicMultibase(key.PublicKey().Multikey())
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("records=%d/lexgen", count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := repo.Load(b.Context(), file, id, repo.VerifyOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("records=%d/indigo", count), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				indigoVerifies(b, file, public)
			}
		})
	}
}

// BenchmarkMessage verifies the messages of the recording, decoded.
func BenchmarkMessage(b *testing.B) {
	keys := signingKeys(b)
	events := commitEvents(b)
	b.Run("lexgen", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			m := messageOf(events[i%len(events)])
			if _, err := repo.VerifyMessage(m, keys[string(m.DID)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	theirs := make([]*indigoapi.SyncSubscribeRepos_Commit, len(events))
	public := map[string]atcrypto.PublicKey{}
	for i, event := range events {
		theirs[i] = indigoEvent(b, messageOf(event))
		key, err := atcrypto.ParsePublicMultibase(keys[string(event.Repo)].Multikey())
		if err != nil {
			b.Fatal(err)
		}
		public[string(event.Repo)] = key
	}
	b.Run("indigo", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			event := theirs[i%len(events)]
			if _, err := indigo.VerifyCommitMessage(b.Context(), event); err != nil {
				b.Fatal(err)
			}
			commit, _, err := indigo.LoadCommitFromCAR(b.Context(), bytes.NewReader(event.Blocks))
			if err != nil {
				b.Fatal(err)
			}
			if err := commit.VerifySignature(public[event.Repo]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
