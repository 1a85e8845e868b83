package relay

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay/store"
)

// endpoints are those of com.atproto.sync that a relay has (SN-50).
func (r *Relay) endpoints() *xrpc.Server {
	s := xrpc.NewServer(xrpc.WithHealth(r.health), xrpc.WithLogger(r.opts.Logger), xrpc.WithMetrics(r.metrics), xrpc.WithMaxInput(16<<10))
	comatproto.SyncRequestCrawl.Handle(s, r.requestCrawl)
	comatproto.SyncListHosts.Handle(s, r.listHosts)
	comatproto.SyncGetHostStatus.Handle(s, r.getHostStatus)
	comatproto.SyncListRepos.Handle(s, r.listRepos)
	comatproto.SyncListReposByCollection.Handle(s, r.listReposByCollection)
	comatproto.SyncGetRepoStatus.Handle(s, r.getRepoStatus)
	comatproto.SyncGetLatestCommit.Handle(s, r.getLatestCommit)
	comatproto.SyncGetRepo.Handle(s, r.getRepo)
	r.fanout.Handle(s)
	return s
}

// healthTimeout is how long the store may take to answer whoever asks whether the relay is
// well.
const healthTimeout = 5 * time.Second

// health is whether the store can be read, and has taken what was to be stored last of events and of
// accounts, and all changes of hosts.
func (r *Relay) health(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	_, err := r.opts.Store.NewHosts(ctx, r.opts.Now())
	return r.opts.Version, errors.Join(err, r.opts.Log.Err(), r.accounts.lastError(), r.hostsError())
}

// withStatus is an error with a status that is not the one of its name.
func withStatus(status int, name xrpc.ErrorName, format string, args ...any) error {
	e := xrpc.NewError(name, format, args...)
	e.Status = status
	return e
}

func (r *Relay) requestCrawl(ctx context.Context, req *comatproto.SyncRequestCrawlRequest) (*xrpc.None, error) {
	if err := r.RequestCrawl(ctx, req.Input.Hostname, r.AddressOf(req.HTTP)); err != nil {
		return nil, asAnswer(err)
	}
	return &xrpc.None{}, nil
}

// asAnswer says what was wrong with a request for a host.
func asAnswer(err error) error {
	switch {
	case errors.Is(err, ErrBanned):
		return xrpc.NewError(comatproto.SyncRequestCrawlErrHostBanned, "%s", err)
	case errors.Is(err, errTooMany):
		return xrpc.NewError(xrpc.ErrRateLimitExceeded, "%s", err)
	case errors.Is(err, errProbe):
		// What the host answered, and how its name resolves, is not for strangers.
		return xrpc.NewError(xrpc.ErrInvalidRequest, "%s", errProbe).Because(err)
	case errors.Is(err, errName), errors.Is(err, errRelay):
		return xrpc.NewError(xrpc.ErrInvalidRequest, "%s", err)
	case errors.Is(err, sync.ErrFenced):
		return withStatus(http.StatusServiceUnavailable, errUnavailable, "another relay goes on in place of this one")
	}
	return err
}

// errUnavailable is the name of the error that this relay can do nothing any more.
const errUnavailable xrpc.ErrorName = "ServiceUnavailable"

// noCursor refuses a cursor that this relay has given nobody.
func noCursor(text string) error {
	return xrpc.NewError(xrpc.ErrInvalidRequest, "the cursor %.100q is none of this list", text)
}

// accountCursor is a cursor of a list of accounts, "" for its beginning.
func accountCursor(text string) (syntax.DID, error) {
	if text == "" {
		return "", nil
	}
	did, err := syntax.ParseDID(text)
	if err != nil {
		return "", noCursor(text)
	}
	return did, nil
}

func (r *Relay) listHosts(ctx context.Context, req *comatproto.SyncListHostsRequest) (*comatproto.SyncListHostsOutput, error) {
	limit, cursor := int(req.Params.Limit.Or(200)), req.Params.Cursor.Or("")
	if cursor != "" && r.opts.CheckHost(cursor) != nil {
		return nil, noCursor(cursor)
	}
	page, err := r.opts.Store.Hosts(ctx, cursor, limit)
	if err != nil {
		return nil, err
	}
	out := &comatproto.SyncListHostsOutput{Hosts: []*comatproto.SyncListHostsHost{}}
	for i := range page {
		info, status := r.public(&page[i])
		out.Hosts = append(out.Hosts, &comatproto.SyncListHostsHost{
			Hostname: info.Name, Seq: seqOf(&info), AccountCount: lex.Int(info.Accounts), Status: lex.Some(status),
		})
	}
	if len(page) == limit {
		out.Cursor = lex.String(page[len(page)-1].Name)
	}
	return out, nil
}

// public is what is known of a host now, and its status.
func (r *Relay) public(stored *store.Host) (store.Host, comatproto.SyncDefsHostStatus) {
	h := r.host(stored.Name)
	if h == nil {
		return *stored, comatproto.SyncDefsHostStatusBanned // nothing else is only stored
	}
	h.mu.Lock()
	info := h.info
	h.mu.Unlock()
	return info, h.status()
}

func seqOf(info *store.Host) lex.Opt[int64] {
	if info.Seq == store.NoSeq {
		return lex.Opt[int64]{}
	}
	return lex.Int(info.Seq)
}

func (r *Relay) getHostStatus(ctx context.Context, req *comatproto.SyncGetHostStatusRequest) (*comatproto.SyncGetHostStatusOutput, error) {
	named, err := parseHost(&r.opts, req.Params.Hostname, true)
	if err != nil {
		return nil, asAnswer(err)
	}
	stored, err := r.opts.Store.Host(ctx, named.Name)
	if errors.Is(err, store.ErrNotFound) {
		return nil, withStatus(http.StatusNotFound, comatproto.SyncGetHostStatusErrHostNotFound,
			"this relay does not know the host %.100q", req.Params.Hostname)
	}
	if err != nil {
		return nil, err
	}
	info, status := r.public(&stored)
	return &comatproto.SyncGetHostStatusOutput{
		Hostname: info.Name, Seq: seqOf(&info), AccountCount: lex.Int(info.Accounts), Status: lex.Some(status),
	}, nil
}

func (r *Relay) listRepos(ctx context.Context, req *comatproto.SyncListReposRequest) (*comatproto.SyncListReposOutput, error) {
	limit := int(req.Params.Limit.Or(500))
	cursor, err := accountCursor(req.Params.Cursor.Or(""))
	if err != nil {
		return nil, err
	}
	page, err := r.opts.Store.Accounts(ctx, cursor, limit)
	if err != nil {
		return nil, err
	}
	out := &comatproto.SyncListReposOutput{Repos: []*comatproto.SyncListReposRepo{}}
	for i := range page {
		a := &page[i]
		active, status := combined(a)
		out.Repos = append(out.Repos, &comatproto.SyncListReposRepo{
			DID: a.DID, Head: syntax.CID(a.Head.String()), Rev: a.Rev, Active: lex.Bool(active), Status: statusOf(status),
		})
	}
	if len(page) == limit {
		out.Cursor = lex.String(string(page[len(page)-1].DID))
	}
	return out, nil
}

func (r *Relay) listReposByCollection(
	ctx context.Context, req *comatproto.SyncListReposByCollectionRequest,
) (*comatproto.SyncListReposByCollectionOutput, error) {
	limit := int(req.Params.Limit.Or(500))
	cursor, err := accountCursor(req.Params.Cursor.Or(""))
	if err != nil {
		return nil, err
	}
	page, err := r.opts.Store.InCollection(ctx, req.Params.Collection, cursor, limit)
	if err != nil {
		return nil, err
	}
	out := &comatproto.SyncListReposByCollectionOutput{Repos: []*comatproto.SyncListReposByCollectionRepo{}}
	for _, did := range page {
		out.Repos = append(out.Repos, &comatproto.SyncListReposByCollectionRepo{DID: did})
	}
	if len(page) == limit {
		out.Cursor = lex.String(string(page[len(page)-1]))
	}
	return out, nil
}

// repo returns an account that is known, or an error for the caller (SN-57).
func (r *Relay) repo(ctx context.Context, did syntax.DID) (*store.Account, error) {
	a, err := r.accounts.get(ctx, did)
	if err != nil {
		return nil, err
	}
	if a == nil || a.Host == "" && !a.Takedown { // it was taken down before it came
		return nil, withStatus(http.StatusNotFound, comatproto.SyncGetRepoErrRepoNotFound, "this relay does not know the account %s", did)
	}
	return a, nil
}

// shown returns an account whose content may be shown, or an error for the caller
// (SN-57).
func (r *Relay) shown(ctx context.Context, did syntax.DID) (*store.Account, error) {
	a, err := r.repo(ctx, did)
	if err != nil {
		return nil, err
	}
	active, status := combined(a)
	if active {
		return a, nil
	}
	switch status {
	case sync.StatusTakendown:
		return nil, withStatus(http.StatusForbidden, comatproto.SyncGetRepoErrRepoTakendown, "the account %s is taken down", did)
	case sync.StatusSuspended:
		return nil, withStatus(http.StatusForbidden, comatproto.SyncGetRepoErrRepoSuspended, "the account %s is suspended", did)
	case sync.StatusDeleted:
		return nil, withStatus(http.StatusNotFound, comatproto.SyncGetRepoErrRepoNotFound, "the account %s is deleted", did)
	}
	return nil, withStatus(http.StatusForbidden, comatproto.SyncGetRepoErrRepoDeactivated, "the account %s is not active", did)
}

func (r *Relay) getRepoStatus(ctx context.Context, req *comatproto.SyncGetRepoStatusRequest) (*comatproto.SyncGetRepoStatusOutput, error) {
	a, err := r.repo(ctx, req.Params.DID)
	if err != nil {
		return nil, err
	}
	active, status := combined(a)
	out := &comatproto.SyncGetRepoStatusOutput{DID: a.DID, Active: active, Status: statusOf(status)}
	if active && a.Rev != "" {
		out.Rev = lex.Some(a.Rev)
	}
	return out, nil
}

func (r *Relay) getLatestCommit(ctx context.Context, req *comatproto.SyncGetLatestCommitRequest) (*comatproto.SyncGetLatestCommitOutput, error) {
	a, err := r.shown(ctx, req.Params.DID)
	if err != nil {
		return nil, err
	}
	if a.Rev == "" {
		return nil, withStatus(http.StatusNotFound, comatproto.SyncGetLatestCommitErrRepoNotFound, "this relay has seen no commit of %s", a.DID)
	}
	return &comatproto.SyncGetLatestCommitOutput{CID: syntax.CID(a.Head.String()), Rev: a.Rev}, nil
}

// getRepo gives the errors of getRepo; where there is none, redirect has answered.
func (r *Relay) getRepo(ctx context.Context, req *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
	if _, err := r.shown(ctx, req.Params.DID); err != nil {
		return nil, err
	}
	return nil, xrpc.NewError(xrpc.ErrInvalidRequest, "the repository is at the account's server")
}

// redirect sends who asks for a repository to the account's server (SN-54b).
func (r *Relay) redirect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		query := req.URL.Query()
		did, err := syntax.ParseDID(query.Get("did"))
		if err != nil || req.Method != http.MethodGet && req.Method != http.MethodHead {
			next.ServeHTTP(w, req)
			return
		}
		a, err := r.shown(req.Context(), did)
		if err != nil {
			next.ServeHTTP(w, req)
			return
		}
		h := r.host(a.Host)
		if h == nil {
			next.ServeHTTP(w, req)
			return
		}
		passed := url.Values{"did": {string(did)}}
		if since := query.Get("since"); since != "" {
			passed.Set("since", since)
		}
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.Redirect(w, req, h.client.Service().String()+"/xrpc/"+string(comatproto.SyncGetRepo.NSID)+"?"+passed.Encode(), http.StatusFound)
		r.metrics.Served(req.Context(), comatproto.SyncGetRepo.Method(), http.StatusFound, 0)
	})
}

// routes are all endpoints.
func (r *Relay) routes() http.Handler {
	r.server = r.endpoints()
	mux := http.NewServeMux()
	mux.Handle("/xrpc/", r.server)
	mux.Handle("/xrpc/"+string(comatproto.SyncGetRepo.NSID), r.redirect(r.server))
	mux.HandleFunc("GET /_health", r.serveHealth)
	mux.HandleFunc("GET /{$}", serveRoot)
	mux.Handle("GET /metrics", r.metrics.handler())
	if r.opts.AdminToken != "" {
		mux.Handle("/admin/", r.adminRoutes())
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		w.Header().Set("Server", relayServer+" lexgen")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		mux.ServeHTTP(w, req)
	})
}

// serveHealth is the one of XRPC, where others look for it.
func (r *Relay) serveHealth(w http.ResponseWriter, req *http.Request) {
	version, err := r.health(req.Context())
	answer, status := map[string]string{"version": version}, http.StatusOK
	if err != nil {
		r.opts.Logger.ErrorContext(req.Context(), "the relay is not well", "error", err)
		answer["error"], status = "Service Unavailable", http.StatusServiceUnavailable
	}
	sendJSON(w, status, answer)
}

func serveRoot(w http.ResponseWriter, _ *http.Request) {
	const text = `This is a relay of the AT Protocol. It follows servers of accounts, verifies what
they send, and passes it on as one stream.

  GET  /xrpc/com.atproto.sync.subscribeRepos          the stream: a WebSocket, ?cursor=SEQ
  POST /xrpc/com.atproto.sync.requestCrawl            have a host followed
  GET  /xrpc/com.atproto.sync.listHosts               the hosts that are
  GET  /xrpc/com.atproto.sync.getHostStatus           one of them: ?hostname=
  GET  /xrpc/com.atproto.sync.listRepos               the accounts
  GET  /xrpc/com.atproto.sync.listReposByCollection   those with records in a ?collection=
  GET  /xrpc/com.atproto.sync.getRepoStatus           one of them: ?did=
  GET  /xrpc/com.atproto.sync.getLatestCommit         its last commit: ?did=
  GET  /xrpc/com.atproto.sync.getRepo                 where its repository is: ?did=
`
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	_, _ = w.Write([]byte(text)) // who does not read it is gone
}
