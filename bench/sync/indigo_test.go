package sync_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	"github.com/bluesky-social/indigo/atproto/identity"
	indigo "github.com/bluesky-social/indigo/atproto/repo"
	atproto "github.com/bluesky-social/indigo/atproto/syntax"
	"github.com/bluesky-social/indigo/events"
	"github.com/bluesky-social/indigo/events/schedulers/sequential"
	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

const (
	alice syntax.DID  = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	notes syntax.NSID = "com.example.note"
)

// ourEvents returns events of all kinds of one account, by what they are.
func ourEvents(t *testing.T, key *crypto.PrivateKey) (names []string, all []lex.Object) {
	t.Helper()
	add := func(name string, e lex.Object, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		names, all = append(names, name), append(all, e)
	}
	at := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	w := repo.NewWriter(blockstore.NewMemory(), key, repo.WriterOptions{})
	var last *repo.Change
	commit := func(name string, change *repo.Change, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		e, err := sync.CommitEvent(change, at)
		add(name, e, err)
		last = change
	}
	note := func(text string) []byte {
		data, err := lex.MarshalCBOR(map[string]any{"$type": string(notes), "text": text})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	apply := func(name string, writes ...repo.Write) {
		t.Helper()
		change, err := w.Apply(t.Context(), writes...)
		commit(name, change, err)
	}
	change, err := w.Init(t.Context(), alice)
	commit("commit, the first", change, err)
	var many []repo.Write
	for i := range 100 {
		many = append(many, repo.CreateData(notes, syntax.RecordKey(fmt.Sprintf("many%d", i)), note(fmt.Sprint(i))))
	}
	apply("commit, create", repo.CreateData(notes, "one", note("One")))
	apply("commit, create many", many...)
	apply("commit, update", repo.UpdateData(notes, "one", note("1")))
	apply("commit, empty")
	apply("commit, all actions", repo.CreateData(notes, "two", note("Two")), repo.UpdateData(notes, "one", note("I")), repo.Delete(notes, "many7"))
	apply("commit, delete", repo.Delete(notes, "one"))

	r, err := repo.OpenCAR(all[len(all)-1].(*comatproto.SyncSubscribeReposCommit).Blocks, repo.Identity{DID: alice, Key: key.PublicKey()}, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Head() != last.Commit {
		t.Fatalf("the head is %v, want %v", r.Head(), last.Commit)
	}
	s, err := sync.SyncEvent(r.Commit(), at)
	add("sync", s, err)
	when := syntax.DatetimeOf(at)
	add("identity", &comatproto.SyncSubscribeReposIdentity{DID: alice, Time: when}, nil)
	add("identity, with a handle", &comatproto.SyncSubscribeReposIdentity{DID: alice, Time: when, Handle: lex.Some[syntax.Handle]("alice.example.com")}, nil)
	add("account, active", &comatproto.SyncSubscribeReposAccount{DID: alice, Time: when, Active: true}, nil)
	for _, status := range []string{"takendown", "suspended", "deleted", "deactivated", "desynchronized", "throttled"} {
		add("account, "+status, &comatproto.SyncSubscribeReposAccount{DID: alice, Time: when, Status: lex.String(status)}, nil)
		add("account, active and "+status, &comatproto.SyncSubscribeReposAccount{DID: alice, Time: when, Active: true, Status: lex.String(status)}, nil)
	}
	return names, all
}

// TestIndigoAcceptsOurEvents serves a log, and has indigo's consumer follow it. It
// decodes each event to the same bytes, and accepts what is signed.
func TestIndigoAcceptsOurEvents_ES03_ES04_ES09_SN03_SN04_SN06_SN07_SN08(t *testing.T) {
	t.Parallel()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{7}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	names, all := ourEvents(t, key)
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if _, err := log.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	frames := framesOf(t, log, len(all))
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, log.Serve)
	listening := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(context.Background()); listening.Close() })
	url := "ws" + strings.TrimPrefix(listening.URL, "http")
	directory := directoryOf(t, key)

	got := theyRead(t, url, 0, len(all))
	for i, e := range got {
		var again bytes.Buffer
		if err := e.Serialize(&again); err != nil {
			t.Fatalf("%s: %v", names[i], err)
		}
		if diff := cmp.Diff(frames[i], again.Bytes()); diff != "" {
			t.Errorf("%s: it is another one when it was read (-ours +theirs):\n%s", names[i], diff)
		}
		if err := theyAccept(t.Context(), directory, e); err != nil {
			t.Errorf("%s: %v", names[i], err)
		}
	}

	// What they accept is signed by the account's key, or they would accept anything.
	other, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{8}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range got {
		if signed := e.RepoCommit != nil || e.RepoSync != nil; signed && theyAccept(t.Context(), directoryOf(t, other), e) == nil {
			t.Errorf("%s: accepted with another key", names[i])
		}
	}

	checkCursors(t, log, url)
}

// checkCursors has indigo's consumer come back with cursors that are too old and too
// large.
func checkCursors(t *testing.T, log *sync.Log, url string) {
	t.Helper()
	if err := log.Drop(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	old := theyRead(t, url, 1, 2)
	if info := old[0].RepoInfo; info == nil || info.Name != "OutdatedCursor" {
		t.Errorf("behind an old cursor comes %+v", old[0])
	}
	if c := old[1].RepoCommit; c == nil || c.Seq != 4 {
		t.Errorf("then comes %+v, want seq 4", old[1])
	}
	future := theyRead(t, url, 1000, 1)
	if e := future[0].Error; e == nil || e.Error != "FutureCursor" {
		t.Errorf("behind a cursor of the future comes %+v", future[0])
	}
}

// framesOf returns the first frames of a log.
func framesOf(t *testing.T, log *sync.Log, count int) (frames [][]byte) {
	t.Helper()
	for after := int64(0); len(frames) < count; {
		entries, _, err := log.Next(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			frames, after = append(frames, e.Frame), e.Seq
		}
	}
	return frames
}

// theyRead returns the first events behind a cursor that indigo's consumer hands on.
func theyRead(t *testing.T, url string, cursor int64, count int) []*events.XRPCStreamEvent {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	conn, answer, err := websocket.DefaultDialer.DialContext(ctx, fmt.Sprintf("%s/xrpc/com.atproto.sync.subscribeRepos?cursor=%d", url, cursor), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var all []*events.XRPCStreamEvent
	take := sequential.NewScheduler(t.Name(), func(_ context.Context, e *events.XRPCStreamEvent) error {
		if all = append(all, e); len(all) == count {
			stop()
		}
		return nil
	})
	quiet := slog.New(slog.DiscardHandler)
	if err := events.HandleRepoStream(ctx, conn, take, quiet); len(all) != count {
		t.Fatalf("%d of %d events: %v", len(all), count, err)
	}
	return all
}

// theyAccept has indigo verify an event as it can.
func theyAccept(ctx context.Context, directory identity.Directory, e *events.XRPCStreamEvent) error {
	switch {
	case e.RepoCommit != nil:
		if _, err := indigo.VerifyCommitMessage(ctx, e.RepoCommit); err != nil {
			return fmt.Errorf("verify the message: %w", err)
		}
		return indigo.VerifyCommitSignature(ctx, directory, e.RepoCommit)
	case e.RepoSync != nil:
		_, err := indigo.VerifySyncMessage(ctx, directory, e.RepoSync)
		return err
	}
	return nil
}

// directoryOf has the account with a key.
func directoryOf(t *testing.T, key *crypto.PrivateKey) identity.Directory {
	t.Helper()
	if _, err := atcrypto.ParsePublicDIDKey(key.PublicKey().DIDKey()); err != nil {
		t.Fatal(err)
	}
	directory := identity.NewMockDirectory()
	directory.Insert(identity.Identity{DID: atproto.DID(alice), Handle: "alice.example.com", Keys: map[string]identity.VerificationMethod{
		"atproto": {Type: "Multikey", PublicKeyMultibase: key.PublicKey().Multikey()},
	}})
	return directory
}
