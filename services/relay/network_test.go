package relay_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"
	stdsync "sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/plctest"
)

// A network has servers and accounts. All are in memory, behind one HTTP client.
type network struct {
	clock *plctest.Clock

	mu    stdsync.Mutex
	hosts map[string]*pds
	ids   map[syntax.DID]*identity.Identity
	down  bool // nobody says where accounts are
	fails int  // how often nobody does, from now on
	asked int  // how often somebody was asked

	purged int // how often an identity was to be looked up anew
}

func newNetwork() *network {
	return &network{clock: plctest.NewClock(), hosts: map[string]*pds{}, ids: map[syntax.DID]*identity.Identity{}}
}

// ServeHTTP is that of the server that a request is for.
func (n *network) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n.mu.Lock()
	h := n.hosts[r.Host]
	n.mu.Unlock()
	if h == nil || h.isDown() {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	if h.serverHeader != "" {
		w.Header().Set("Server", h.serverHeader)
	}
	h.server.ServeHTTP(w, r)
}

// plain sends what is for https by http, as nothing listens in memory that is encrypted.
type plain struct{ base http.RoundTripper }

func (p plain) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme = "http"
	return p.base.RoundTrip(r)
}

func (n *network) find(did syntax.DID) (*identity.Identity, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked++
	if n.fails > 0 {
		n.fails--
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	if n.down {
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	}
	if id := n.ids[did]; id != nil {
		return id, nil
	}
	return nil, &identity.Error{Name: string(did), Reason: "there is none", Err: identity.ErrNotFound}
}

// LookupDID implements [sync.Directory].
func (n *network) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	return n.find(did)
}

// LookupUnnamed implements [sync.Directory].
func (n *network) LookupUnnamed(_ context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return n.find(did)
}

// Purge implements [sync.Directory].
func (n *network) Purge(syntax.AtIdentifier) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.purged++
}

// asked is how often the stream was asked for.
func (h *pds) asked() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.cursors)
}

// A pds is a server of accounts that sends what it is told to.
type pds struct {
	network      *network
	name         string
	server       *xrpc.Server
	serverHeader string

	mu      stdsync.Mutex
	frames  []frame
	last    int64
	ahead   bool // it says that every cursor is ahead
	down    bool
	changed chan struct{}
	cursors []string // that it was asked for
	status  map[syntax.DID]string
	other   syntax.DID // of which it says that it is active, whoever is asked about
}

type frame struct {
	seq  int64
	data []byte
}

func (n *network) add(name string) *pds {
	h := &pds{network: n, name: name, changed: make(chan struct{}), status: map[syntax.DID]string{}, server: xrpc.NewServer()}
	comatproto.SyncSubscribeRepos.Handle(h.server, h.subscribe)
	comatproto.ServerDescribeServer.Handle(h.server, func(context.Context, *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
		return &comatproto.ServerDescribeServerOutput{DID: syntax.DID("did:web:" + name), AvailableUserDomains: []string{}}, nil
	})
	comatproto.SyncGetRepoStatus.Handle(h.server, h.repoStatus)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hosts[name] = h
	return h
}

func (h *pds) isDown() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.down
}

func (h *pds) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
	close(h.changed)
	h.changed = make(chan struct{})
}

// seq returns the next seq.
func (h *pds) seq() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last++
	return h.last
}

// sends has the server send a message with the next seq.
func (h *pds) sends(t testing.TB, m lex.Object) {
	t.Helper()
	seq := h.seq()
	switch m := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		m.Seq = seq
	case *comatproto.SyncSubscribeReposSync:
		m.Seq = seq
	case *comatproto.SyncSubscribeReposIdentity:
		m.Seq = seq
	case *comatproto.SyncSubscribeReposAccount:
		m.Seq = seq
	}
	data, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, m)
	if err != nil {
		t.Fatal(err)
	}
	h.raw(seq, data)
}

// raw sends bytes, which come behind a cursor that is smaller than seq.
func (h *pds) raw(seq int64, data []byte) {
	h.set(func() { h.frames = append(h.frames, frame{seq, data}) })
}

func (h *pds) subscribe(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
	cursor, given := r.Params.Cursor.Get()
	h.mu.Lock()
	at := -1
	if given {
		h.cursors = append(h.cursors, fmt.Sprint(cursor))
		at = slices.IndexFunc(h.frames, func(f frame) bool { return f.seq > cursor })
	} else {
		h.cursors = append(h.cursors, "live")
	}
	if at < 0 {
		at = len(h.frames)
	}
	ahead := h.ahead && given
	h.mu.Unlock()
	if ahead {
		return xrpc.NewError(xrpc.ErrFutureCursor, "the cursor is ahead")
	}
	for {
		h.mu.Lock()
		next, changed, down := h.frames[at:], h.changed, h.down
		h.mu.Unlock()
		if down {
			return nil
		}
		for _, f := range next {
			if err := out.SendFrame(f.data); err != nil {
				return err
			}
		}
		at += len(next)
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (h *pds) repoStatus(_ context.Context, r *comatproto.SyncGetRepoStatusRequest) (*comatproto.SyncGetRepoStatusOutput, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.other != "" {
		return &comatproto.SyncGetRepoStatusOutput{DID: h.other, Active: true}, nil
	}
	status, known := h.status[r.Params.DID]
	if !known {
		return nil, xrpc.NewError(comatproto.SyncGetRepoStatusErrRepoNotFound, "no such account")
	}
	out := &comatproto.SyncGetRepoStatusOutput{DID: r.Params.DID, Active: status == ""}
	if status != "" {
		out.Status = lex.String(status)
	}
	return out, nil
}

// An account is one with a repository and a server.
type account struct {
	t      testing.TB
	host   *pds
	name   string
	did    syntax.DID
	key    *crypto.PrivateKey
	writer *repo.Writer
	posts  int
	before *comatproto.SyncSubscribeReposCommit // the last one
}

const posts syntax.NSID = "com.example.post"

// account makes an account at a server, which says nothing of it yet.
func (h *pds) account(t testing.TB, name string) *account {
	t.Helper()
	a := &account{t: t, host: h, name: name, did: syntax.DID("did:web:" + name + ".example.com"), key: plctest.Key(t, name)}
	a.writer = repo.NewWriter(blockstore.NewMemory(), a.key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{
		Now: h.network.clock.Now, ClockID: new(uint16),
	})})
	a.lives("https://" + h.name)
	return a
}

// lives sets what the DID document says.
func (a *account) lives(origin string) {
	n := a.host.network
	n.mu.Lock()
	defer n.mu.Unlock()
	n.ids[a.did] = &identity.Identity{DID: a.did, Handle: syntax.Handle(a.name + ".example.com"), SigningKey: a.key.PublicKey(), PDS: origin}
	a.host.mu.Lock()
	defer a.host.mu.Unlock()
	a.host.status[a.did] = ""
}

// post makes a commit with a record and returns its event.
func (a *account) post() *comatproto.SyncSubscribeReposCommit {
	a.t.Helper()
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": fmt.Sprint("post ", a.posts), "not in the schema": true})
	if err != nil {
		a.t.Fatal(err)
	}
	return a.commit(repo.CreateData(posts, syntax.RecordKey(fmt.Sprintf("key%04d", a.posts)), data))
}

// commit makes a commit and returns its event.
func (a *account) commit(writes ...repo.Write) (e *comatproto.SyncSubscribeReposCommit) {
	a.t.Helper()
	a.host.network.clock.Add(time.Millisecond)
	var change *repo.Change
	var err error
	if a.posts == 0 {
		change, err = a.writer.Init(a.t.Context(), a.did, writes...)
	} else {
		change, err = a.writer.Apply(a.t.Context(), writes...)
	}
	if err == nil {
		e, err = sync.CommitEvent(change, a.host.network.clock.Now())
	}
	if err != nil {
		a.t.Fatal(err)
	}
	a.posts++
	a.before = e
	return e
}

// sendsPost makes a commit, which its server sends.
func (a *account) sendsPost() *comatproto.SyncSubscribeReposCommit {
	a.t.Helper()
	e := a.post()
	a.host.sends(a.t, e)
	return e
}

// synced returns the #sync of the commit in an event.
func (a *account) synced(e *comatproto.SyncSubscribeReposCommit) *comatproto.SyncSubscribeReposSync {
	a.t.Helper()
	r, err := repo.OpenCAR(e.Blocks, repo.Identity{DID: a.did, Key: a.key.PublicKey()}, repo.VerifyOptions{})
	if err != nil {
		a.t.Fatal(err)
	}
	s, err := sync.SyncEvent(r.Commit(), a.host.network.clock.Now())
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// says returns an #account.
func (a *account) says(status string) *comatproto.SyncSubscribeReposAccount {
	e := &comatproto.SyncSubscribeReposAccount{DID: a.did, Active: status == "", Time: syntax.DatetimeOf(a.host.network.clock.Now())}
	if status != "" {
		e.Status = lex.String(status)
	}
	return e
}

// named returns an #identity.
func (a *account) named(handle string) *comatproto.SyncSubscribeReposIdentity {
	e := &comatproto.SyncSubscribeReposIdentity{DID: a.did, Time: syntax.DatetimeOf(a.host.network.clock.Now())}
	if handle != "" {
		e.Handle = lex.Some(syntax.Handle(handle))
	}
	return e
}

// edited returns a copy of an event that was changed.
func edited(e *comatproto.SyncSubscribeReposCommit, edit func(*comatproto.SyncSubscribeReposCommit)) *comatproto.SyncSubscribeReposCommit {
	c := *e
	c.Blocks, c.Ops = bytes.Clone(e.Blocks), slices.Clone(e.Ops)
	for i, op := range c.Ops {
		other := *op
		c.Ops[i] = &other
	}
	edit(&c)
	return &c
}

func (h *pds) setStatus(a *account, status string) { h.set(func() { h.status[a.did] = status }) }

func (h *pds) forgetStatus(a *account) { h.set(func() { delete(h.status, a.did) }) }

// forget has a DID lead nowhere.
func (n *network) forget(a *account) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.ids, a.did)
}
