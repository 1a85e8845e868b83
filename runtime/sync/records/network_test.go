package records_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	"github.com/lexgen/lexgen/runtime/sync/records"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

const (
	posts syntax.NSID = "com.example.feed.post"
	likes syntax.NSID = "com.example.feed.like"
	relay             = "http://xrpc.test" // as xrpctest has it
)

// didOf returns one of the accounts.
func didOf(i int) syntax.DID {
	digits := "234567abcdefghijklmnopqrstuvwxyz"
	return syntax.DID("did:plc:aaaaaaaaaaaaaaaaaaaaaa" + string(digits[i/32%32]) + string(digits[i%32]))
}

// A network has accounts at servers, a relay with their events, and a directory. What it
// sends is real; a test may have it misbehave.
type network struct {
	t testing.TB

	mu          stdsync.Mutex
	accounts    map[syntax.DID]*account
	events      []lex.Object // of the relay, with the seqs 1, 2, 3 and so on
	more        chan struct{}
	getRepo     func(origin string, did syntax.DID, file []byte) (io.Reader, error) // nil for all is well
	asked       []string                                                            // who was asked for which repository
	fetching    map[string]int
	most        map[string]int        // of fetches at a time
	listed      []string              // the cursors that were asked for
	page        int                   // of a listing; 0 for all
	loops       int                   // how many pages of a listing come again and again behind the first one; 0 for none
	endless     []syntax.DID          // that a listing names again and again, with a cursor that is another one each time; nil for none
	down        bool                  // the directory
	outdated    bool                  // the next stream begins by saying that the cursor is
	status      map[syntax.DID]string // of accounts that are not active, for listings and getRepoStatus
	mute        bool                  // the relay does not answer getRepoStatus
	statusTakes time.Duration         // until it says how an account is
	strange     []syntax.DID          // that listings name, and that are none
	refuses     error                 // what is answered who lists by collection
	other       syntax.DID            // of which the relay says that it is active, whoever is asked about
}

type account struct {
	did     syntax.DID
	key     *crypto.PrivateKey
	store   *blockstore.Memory
	writer  *repo.Writer
	pds     string
	last    *comatproto.SyncSubscribeReposCommit
	deleted bool
}

type commitEvent = comatproto.SyncSubscribeReposCommit

func newNetwork(t testing.TB) *network {
	return &network{
		t: t, accounts: map[syntax.DID]*account{}, more: make(chan struct{}), fetching: map[string]int{}, most: map[string]int{}, status: map[syntax.DID]string{},
	}
}

func keyFrom(t testing.TB, seed byte) *crypto.PrivateKey {
	t.Helper()
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{seed}, crypto.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// join makes an account with a repository, and says nothing of it.
func (n *network) join(i int, pds string, writes ...repo.Write) *account {
	n.t.Helper()
	return n.joinAs(didOf(i), byte(i%250+1), pds, writes...)
}

func (n *network) joinAs(did syntax.DID, seed byte, pds string, writes ...repo.Write) *account {
	n.t.Helper()
	a := &account{did: did, key: keyFrom(n.t, seed), store: blockstore.NewMemory(), pds: pds}
	a.sign(a.key)
	change, err := a.writer.Init(context.Background(), a.did, writes...)
	if err != nil {
		n.t.Fatal(err)
	}
	a.last = n.event(change)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.accounts[a.did] = a
	return a
}

// sign has the account sign with a key from now on.
func (a *account) sign(key *crypto.PrivateKey) {
	a.key = key
	a.writer = repo.NewWriter(a.store, key, repo.WriterOptions{Limits: repo.NoLimits, Clock: syntax.NewTIDClock(syntax.TIDClockOptions{
		Now: time.Now, ClockID: new(uint16),
	})})
}

func (n *network) event(change *repo.Change) *comatproto.SyncSubscribeReposCommit {
	n.t.Helper()
	e, err := sync.CommitEvent(change, time.Now())
	if err != nil {
		n.t.Fatal(err)
	}
	return e
}

// write makes a commit, and says nothing of it.
func (n *network) write(a *account, writes ...repo.Write) *comatproto.SyncSubscribeReposCommit {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	change, err := a.writer.Apply(context.Background(), writes...)
	if err != nil {
		n.t.Fatal(err)
	}
	a.last = n.event(change)
	return a.last
}

// post is write that the relay tells of.
func (n *network) post(a *account, writes ...repo.Write) {
	n.t.Helper()
	n.tell(n.write(a, writes...))
}

func record(t testing.TB, collection syntax.NSID, text string) []byte {
	t.Helper()
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(collection), "text": text})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (n *network) create(collection syntax.NSID, key, text string) repo.Write {
	return repo.CreateData(collection, syntax.RecordKey(key), record(n.t, collection, text))
}

// some returns writes that create records.
func (n *network) some(count int) []repo.Write {
	writes := make([]repo.Write, count)
	for i := range writes {
		writes[i] = n.create(posts, fmt.Sprintf("key%05d", i), fmt.Sprintf("text %d", i))
	}
	return writes
}

// tell has the relay send an event, or another message, whose number nobody has.
func (n *network) tell(m lex.Object) {
	n.mu.Lock()
	defer n.mu.Unlock()
	seq := int64(len(n.events) + 1)
	switch e := m.(type) {
	case *comatproto.SyncSubscribeReposCommit:
		c := *e
		c.Seq = seq
		m = &c
	case *comatproto.SyncSubscribeReposSync:
		e.Seq = seq
	case *comatproto.SyncSubscribeReposIdentity:
		e.Seq, e.Time = seq, syntax.DatetimeOf(time.Now())
	case *comatproto.SyncSubscribeReposAccount:
		e.Seq, e.Time = seq, syntax.DatetimeOf(time.Now())
	}
	n.events = append(n.events, m)
	close(n.more)
	n.more = make(chan struct{})
}

// sync has the relay send where the repository is.
func (n *network) sync(a *account) { n.tell(n.synced(a)) }

func (n *network) synced(a *account) *comatproto.SyncSubscribeReposSync {
	n.t.Helper()
	n.mu.Lock()
	r, err := repo.Open(context.Background(), a.store, a.last.Commit.CID)
	n.mu.Unlock()
	if err != nil {
		n.t.Fatal(err)
	}
	e, err := sync.SyncEvent(r.Commit(), time.Now())
	if err != nil {
		n.t.Fatal(err)
	}
	return e
}

// says has the relay send the status of an account.
func (n *network) says(a *account, active bool, status string) {
	e := &comatproto.SyncSubscribeReposAccount{DID: a.did, Active: active}
	n.set(func() { delete(n.status, a.did) })
	if status != "" {
		e.Status = lex.Some(status)
		n.set(func() { n.status[a.did] = status })
	}
	n.tell(e)
}

func (n *network) renamed(a *account) { n.tell(&comatproto.SyncSubscribeReposIdentity{DID: a.did}) }

// file returns a repository as it is now.
func (n *network) file(a *account) []byte {
	n.t.Helper()
	var b bytes.Buffer
	r, err := repo.Open(context.Background(), a.store, a.last.Commit.CID)
	if err == nil {
		err = r.Export(context.Background(), &b)
	}
	if err != nil {
		n.t.Error(err)
	}
	return b.Bytes()
}

// has returns the CIDs of all records of an account that a filter lets through, by path.
func (n *network) has(a *account, filter records.Filter) map[string]string {
	n.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	all := map[string]string{}
	if a.deleted {
		return all
	}
	r, err := repo.Open(context.Background(), a.store, a.last.Commit.CID)
	if err != nil {
		n.t.Fatal(err)
	}
	for e, err := range r.Entries(context.Background(), "") {
		if err != nil {
			n.t.Fatal(err)
		}
		if filter.Match(e.Key) {
			all[e.Key] = e.Value.String()
		}
	}
	return all
}

// server returns the endpoints of an origin.
func (n *network) server(origin string) *xrpc.Server {
	s := xrpc.NewServer(xrpc.WithReadTimeout(0))
	comatproto.SyncGetRepo.Handle(s, func(ctx context.Context, r *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
		return n.serveRepo(ctx, origin, r.Params.DID)
	})
	if origin != relay {
		return s
	}
	comatproto.SyncSubscribeRepos.Handle(s, n.serveEvents)
	comatproto.SyncListRepos.Handle(s, n.serveList)
	comatproto.SyncGetRepoStatus.Handle(s, n.serveStatus)
	comatproto.SyncListReposByCollection.Handle(s, n.serveListByCollection)
	return s
}

// The relay has no repositories, unless a test says so.
func (n *network) serveRepo(ctx context.Context, origin string, did syntax.DID) (*xrpc.Body, error) {
	n.mu.Lock()
	a := n.accounts[did]
	var file []byte
	here := a != nil && !a.deleted && a.pds == origin
	if a != nil && !a.deleted {
		file = n.file(a) //nolint:contextcheck // from memory
	}
	n.asked = append(n.asked, origin+" "+string(did[len(did)-2:]))
	n.fetching[origin]++
	n.most[origin] = max(n.most[origin], n.fetching[origin])
	hook := n.getRepo
	n.mu.Unlock()
	defer func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.fetching[origin]--
	}()
	if hook != nil {
		r, err := hook(origin, did, file)
		if !errors.Is(err, errAsUsual) {
			return &xrpc.Body{Reader: r, Type: "application/vnd.ipld.car"}, err
		}
	}
	if !here {
		return nil, xrpc.NewError(comatproto.SyncGetRepoErrRepoNotFound, "There is no such repository")
	}
	return &xrpc.Body{Reader: bytes.NewReader(file), Type: "application/vnd.ipld.car"}, ctx.Err()
}

func (n *network) serveEvents(ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage]) error {
	n.mu.Lock()
	after, _, err := xrpc.Window{Latest: int64(len(n.events))}.After(r.Params.Cursor)
	outdated := n.outdated
	n.outdated = false
	n.mu.Unlock()
	if err == nil && outdated {
		err = out.Send(&comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor})
	}
	if err != nil {
		return err
	}
	for {
		n.mu.Lock()
		events, more := n.events[after:], n.more
		n.mu.Unlock()
		for _, e := range events {
			if err := out.Send(e); err != nil {
				return err
			}
			after++
		}
		select {
		case <-more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// names returns a page of DIDs behind a cursor, and the next one.
func (n *network) names(cursor lex.Opt[string], which func(*account) bool) (dids []syntax.DID, next lex.Opt[string]) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.listed = append(n.listed, cursor.Or(""))
	if n.endless != nil {
		return n.endless, lex.Some(fmt.Sprintf("endless %d", len(n.listed)))
	}
	if at := strings.TrimPrefix(cursor.Or("0"), "loop "); n.loops > 0 {
		page, _ := strconv.Atoi(at)
		return slices.Sorted(maps.Keys(n.accounts))[:1], lex.Some(fmt.Sprintf("loop %d", page%n.loops+1))
	}
	for _, did := range slices.Sorted(maps.Keys(n.accounts)) {
		if string(did) <= cursor.Or("") || !which(n.accounts[did]) {
			continue
		}
		if n.page > 0 && len(dids) == n.page {
			return dids, lex.Some(string(dids[len(dids)-1]))
		}
		dids = append(dids, did)
	}
	return dids, next
}

func (n *network) serveList(_ context.Context, r *comatproto.SyncListReposRequest) (*comatproto.SyncListReposOutput, error) {
	dids, next := n.names(r.Params.Cursor, func(*account) bool { return true })
	out := &comatproto.SyncListReposOutput{Cursor: next, Repos: []*comatproto.SyncListReposRepo{}}
	for _, did := range dids {
		a := n.accounts[did]
		if a == nil {
			out.Repos = append(out.Repos, &comatproto.SyncListReposRepo{DID: did})
			continue
		}
		out.Repos = append(out.Repos, &comatproto.SyncListReposRepo{DID: did, Head: syntax.CID(a.last.Commit.String()), Rev: a.last.Rev, Active: lex.Bool(!a.deleted && n.statusOf(did) == "")})
	}
	for _, did := range n.strange {
		out.Repos = append(out.Repos, &comatproto.SyncListReposRepo{DID: did})
	}
	return out, nil
}

func (n *network) serveStatus(_ context.Context, r *comatproto.SyncGetRepoStatusRequest) (*comatproto.SyncGetRepoStatusOutput, error) {
	status := n.statusOf(r.Params.DID)
	n.mu.Lock()
	mute, other, takes := n.mute, n.other, n.statusTakes
	n.mu.Unlock()
	time.Sleep(takes)
	switch {
	case mute:
		return nil, refusal("InternalServerError")
	case other != "":
		return &comatproto.SyncGetRepoStatusOutput{DID: other, Active: true}, nil
	}
	out := &comatproto.SyncGetRepoStatusOutput{DID: r.Params.DID, Active: status == ""}
	if status != "" {
		out.Status = lex.Some(status)
	}
	return out, nil
}

func (n *network) statusOf(did syntax.DID) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.status[did]
}

// set changes something that is served.
func (n *network) set(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
}

func (n *network) serveListByCollection(_ context.Context, r *comatproto.SyncListReposByCollectionRequest) (*comatproto.SyncListReposByCollectionOutput, error) {
	n.mu.Lock()
	refuses := n.refuses
	n.mu.Unlock()
	if refuses != nil {
		return nil, refuses
	}
	dids, next := n.names(r.Params.Cursor, func(a *account) bool { //nolint:contextcheck // from memory
		r2, err := repo.Open(context.Background(), a.store, a.last.Commit.CID)
		if err != nil {
			return false
		}
		for range r2.Entries(context.Background(), r.Params.Collection) {
			return true
		}
		return false
	})
	out := &comatproto.SyncListReposByCollectionOutput{Cursor: next, Repos: []*comatproto.SyncListReposByCollectionRepo{}}
	for _, did := range dids {
		out.Repos = append(out.Repos, &comatproto.SyncListReposByCollectionRepo{DID: did})
	}
	for _, did := range n.strange {
		out.Repos = append(out.Repos, &comatproto.SyncListReposByCollectionRepo{DID: did})
	}
	return out, nil
}

// The directory.

func (n *network) LookupDID(_ context.Context, did syntax.DID) (*identity.Identity, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	a := n.accounts[did]
	switch {
	case n.down:
		return nil, &identity.Error{Name: string(did), Reason: "nobody answers", Err: identity.ErrUnavailable}
	case a == nil || a.deleted:
		return nil, &identity.Error{Name: string(did), Reason: "there is none", Err: identity.ErrNotFound}
	}
	return &identity.Identity{DID: did, Handle: "alice.example.com", SigningKey: a.key.PublicKey(), PDS: a.pds}, nil
}

func (n *network) LookupUnnamed(ctx context.Context, did syntax.DID, _ bool) (*identity.Identity, error) {
	return n.LookupDID(ctx, did)
}

func (*network) Purge(syntax.AtIdentifier) {}

// options are those of a syncer of the relay.
func (n *network) options(store records.Store) records.Options {
	servers := map[string]*http.Client{}
	var mu stdsync.Mutex
	return records.Options{
		Upstream: xrpctest.NewClient(n.t, n.server(relay), xrpc.WithAttempts(1)), Directory: n, Store: store, Now: time.Now, Sleep: sleep,
		Limits: records.Limits{FirstEvent: 1},
		Clients: func(origin string) *xrpc.Client {
			mu.Lock()
			defer mu.Unlock()
			if servers[origin] == nil {
				servers[origin] = xrpctest.NewHTTPClient(n.t, n.server(origin))
			}
			return xrpc.NewClient(origin, xrpc.WithHTTPClient(servers[origin]), xrpc.WithAttempts(1))
		},
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// short is a list without what is known.
func short(lines []string) string { return strings.Join(lines, ", ") }

// errAsUsual has a server answer as it does when all is well.
var errAsUsual = errors.New("as usual")

// refusal is what a server answers.
func refusal(name string) error { return xrpc.NewError(xrpc.ErrorName(name), "No") }

// askedFor is who was asked for which repository.
func (n *network) askedFor() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return short(n.asked)
}

// atATime is how many repositories a host was asked for at a time.
func (n *network) atATime(host string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.most[host]
}

// list is the cursors that a listing was asked for.
func (n *network) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.listed)
}
