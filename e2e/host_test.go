package e2e_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// notes is the collection that tests write to.
const notes syntax.NSID = "com.example.note"

// host is a server of ours with one account, whose events it sends as it is told.
type host struct {
	t    *testing.T
	name string // HOST:PORT
	log  *sync.Log
	did  syntax.DID
	// writer signs with the key of the account, and impostor makes the same commits and
	// signs with another one.
	writer, impostor *repo.Writer
}

// startHost runs a server until the test ends. Its account is in a directory.
func startHost(t *testing.T, r *rand.Rand, plcDirectory directory, handle syntax.Handle) *host {
	t.Helper()
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, log.Serve)
	comatproto.ServerDescribeServer.Handle(server, func(context.Context, *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
		return &comatproto.ServerDescribeServerOutput{DID: "did:web:localhost", AvailableUserDomains: []string{}}, nil
	})
	listening := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(context.Background()); listening.Close() })
	_, port, _ := strings.Cut(strings.TrimPrefix(listening.URL, "http://"), ":")
	h := &host{t: t, name: "localhost:" + port, log: log}

	key, other := randomKey(t, r, crypto.K256), randomKey(t, r, crypto.P256)
	first := &plc.Update{State: plc.State{
		RotationKeys: didKeys(other), VerificationMethods: map[string]string{"atproto": didKeys(key)[0]}, AlsoKnownAs: []string{"at://" + string(handle)},
		Services: map[string]plc.Service{"atproto_pds": {Type: "AtprotoPersonalDataServer", Endpoint: "http://" + h.name}},
	}}
	sign(t, first, other)
	h.did = plc.DID(first)
	if err := plcDirectory.client.Submit(t.Context(), h.did, first); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	writer := func(key *crypto.PrivateKey) *repo.Writer {
		clock := syntax.NewTIDClock(syntax.TIDClockOptions{Now: func() time.Time { return began }, ClockID: new(uint16)})
		return repo.NewWriter(blockstore.NewMemory(), key, repo.WriterOptions{Clock: clock})
	}
	h.writer, h.impostor = writer(key), writer(other)
	return h
}

// note returns a write of a record.
func note(t *testing.T, write func(syntax.NSID, syntax.RecordKey, []byte) repo.Write, key syntax.RecordKey, text string) repo.Write {
	t.Helper()
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(notes), "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return write(notes, key, data)
}

// commit makes a commit, and returns its event, and the same one by another key.
func (h *host) commit(writes ...repo.Write) (e, forged *comatproto.SyncSubscribeReposCommit) {
	h.t.Helper()
	made := func(w *repo.Writer) *comatproto.SyncSubscribeReposCommit {
		change, err := w.Apply(h.t.Context(), writes...)
		if h.log.Window().Latest == 0 {
			change, err = w.Init(h.t.Context(), h.did, writes...)
		}
		if err != nil {
			h.t.Fatal(err)
		}
		e, err := sync.CommitEvent(change, time.Now())
		if err != nil {
			h.t.Fatal(err)
		}
		return e
	}
	return made(h.writer), made(h.impostor)
}

// send has the host send events.
func (h *host) send(events ...lex.Object) {
	h.t.Helper()
	for _, e := range events {
		if _, err := h.log.Append(h.t.Context(), e); err != nil {
			h.t.Fatal(err)
		}
	}
}

// words are what a commit did to records, as a follower says it.
func words(name string, e *comatproto.SyncSubscribeReposCommit) []string {
	var all []string
	for _, op := range e.Ops {
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", name, op.Action, op.Path, op.CID.Or(lex.Link{}).CID)))
	}
	return all
}
