package relay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/relay/store"
)

// HostChange is what the operator changes of a host; nil leaves it as it is.
type HostChange struct {
	AccountLimit *int64 `json:"accountLimit,omitempty"`
	Trusted      *bool  `json:"trusted,omitempty"`
	Banned       *bool  `json:"banned,omitempty"`
	// Seq is where to go on: behind that seq, which is below 2^53 (ES-08), 0 for all that the
	// host has kept, -1 for what is new. What is between is left out, or comes again (ES-12).
	Seq *int64 `json:"seq,omitempty"`
	// Restart connects to the host anew, also if it was stopped.
	Restart bool `json:"restart,omitempty"`
}

// errChange says that a change makes no sense.
var errChange = errors.New("relay: not a change")

func (c *HostChange) check() error {
	if c.AccountLimit != nil && *c.AccountLimit < 0 || c.Seq != nil && (*c.Seq < store.NoSeq || *c.Seq > xrpc.MaxSeq) {
		return fmt.Errorf("%w: accountLimit must be 0 or more, and seq from -1 to %d", errChange, int64(xrpc.MaxSeq))
	}
	return nil
}

// ChangeHost changes a host, whose name may be written as for [Relay.RequestCrawl]. A name
// that is not known can be banned, with all hosts below it. Accounts that are throttled are
// let in, those first that came first, as far as the limit that the change says goes. The end of
// ctx does not leave a change half made; after an error it can be made again. What it says of the
// host itself, such as a ban, holds at once and whether it can be stored or not.
func (r *Relay) ChangeHost(ctx context.Context, name string, c HostChange) error {
	if err := errors.Join(c.check(), r.replaced()); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	h := r.host(nameOf(&r.opts, name))
	if h == nil {
		var err error
		if h, err = r.newBanned(name, &c); err != nil {
			return err
		}
	}
	r.apply(h, &c)
	err := h.store(ctx)
	if err != nil {
		return err
	}
	if c.AccountLimit != nil || c.Trusted != nil {
		err = h.letIn(ctx)
	}
	if c.Seq != nil {
		err = errors.Join(err, r.accounts.flush(ctx))
	}
	return err
}

// newBanned returns the host of a name that is not known, if it is to be banned. It is stored with
// the change.
func (r *Relay) newBanned(name string, c *HostChange) (*host, error) {
	if c.Banned == nil || !*c.Banned {
		return nil, fmt.Errorf("%w: %.100q", errNoHost, name)
	}
	info, err := parseHost(&r.opts, name, true)
	if err != nil {
		return nil, err
	}
	info.Banned, info.ByAdmin, info.FirstSeen = true, true, r.opts.Now().UTC().Truncate(time.Millisecond)
	info.AccountLimit, info.Stopped = r.opts.Limits.AccountsPerHost, "it was banned before it was ever followed"
	r.adding.Lock()
	defer r.adding.Unlock()
	if h := r.host(info.Name); h != nil { // by now
		return h, nil
	}
	return r.know(info), nil
}

// apply makes a change of a host for this process, and begins anew what depends on it.
func (r *Relay) apply(h *host, c *HostChange) {
	h.set(func(info *store.Host) {
		set(&info.AccountLimit, c.AccountLimit)
		set(&info.Trusted, c.Trusted)
		set(&info.Banned, c.Banned)
		if c.Restart || c.Seq != nil {
			info.Stopped = ""
		}
	})
	if c.Seq != nil {
		h.moveTo(*c.Seq)
	}
	if c.Restart || c.Banned != nil || c.Seq != nil {
		h.forgive()
		h.wake(false)
	}
	if c.Banned != nil {
		r.wakeBelow(h.name)
	}
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

// wakeBelow wakes the hosts below a name whose ban was said or ended. They ask for their bans
// before they connect.
func (r *Relay) wakeBelow(name string) {
	for _, h := range r.all() {
		if h.name != name && slices.Contains(parents(h.name), name) {
			h.forgive()
			h.wake(false)
		}
	}
}

// letIn ends that accounts are throttled, those that came first, while there is room.
func (h *host) letIn(ctx context.Context) error {
	h.letting.Lock()
	defer h.letting.Unlock()
	if err := h.relay.accounts.flush(ctx); err != nil { // the store is to know of all
		return err
	}
	more, err := h.room(ctx)
	if err != nil {
		return err
	}
	for more > 0 {
		page, err := h.relay.opts.Store.Throttled(ctx, h.name, int(min(more, pageLength)))
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			_, err := h.relay.accounts.set(ctx, page[i].DID, func(a *store.Account) { // which are stored below
				if a.Host == h.name {
					a.Throttled = false
				}
			})
			if err != nil {
				return err
			}
		}
		if err := h.relay.accounts.flush(ctx); err != nil {
			return err
		}
		more -= int64(len(page))
	}
	return nil
}

// room is how many more accounts that are not throttled the host may have, as the store knows.
func (h *host) room(ctx context.Context) (int64, error) {
	limits := h.infoNow()
	if limits.Trusted {
		return math.MaxInt64, nil
	}
	throttled, err := h.relay.opts.Store.CountThrottled(ctx, h.name)
	if err != nil {
		return 0, err
	}
	known, err := h.relay.opts.Store.Host(ctx, h.name)
	return limits.AccountLimit - (known.Accounts - throttled), err
}

// errUnknownAccount says that no event of an account has come.
var errUnknownAccount = fmt.Errorf("relay: no such account: %w", store.ErrNotFound)

// TakeDown takes an account down here, or, with down false, ends that (SN-59). What it
// is then is passed on as an #account; its later commits are dropped while it is down.
// An account that is not known yet can be taken down, too, if its DID is one that accounts may have
// (SY-03): nothing is passed on of it then, as nothing ever was.
func (r *Relay) TakeDown(ctx context.Context, did syntax.DID, down bool) error {
	if err := r.replaced(); err != nil {
		return err
	}
	if err := r.accounts.prepare(ctx, did); err != nil {
		return err
	}
	unlock, err := r.locks.lock(ctx, did) // what is under way comes before, and no content behind
	if err != nil {
		return err
	}
	defer unlock()
	known, err := r.accounts.get(ctx, did)
	switch {
	case err != nil:
		return err
	case known == nil && !down:
		return fmt.Errorf("%w: %s", errUnknownAccount, did)
	case known == nil && !did.Blessed():
		return fmt.Errorf("%w: no account has the DID %.100q: want did:plc: and 24 of a to z and 2 to 7, or did:web: and a host name", errChange, did)
	case known == nil, known.Host == "":
		_, err := r.accounts.update(ctx, did, func(a *store.Account) { a.Takedown = down })
		return errors.Join(err, r.accounts.flush(ctx))
	case known.Takedown == down: // perhaps since a call that could not store it
		return r.accounts.flush(ctx)
	}
	if err := r.changeAccount(ctx, did, func(a *store.Account) { a.Takedown = down }); err != nil {
		return err
	}
	return r.accounts.flush(ctx)
}

// adminRoutes are the endpoints of the operator.
func (r *Relay) adminRoutes() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(*http.Request) (any, error){
		"GET /admin/overview":                 func(*http.Request) (any, error) { return r.Overview(), nil },
		"GET /admin/hosts":                    r.adminHosts,
		"POST /admin/hosts":                   r.adminAddHost,
		"GET /admin/hosts/{host}":             r.adminHost,
		"POST /admin/hosts/{host}":            r.adminChangeHost,
		"GET /admin/accounts/{did}":           r.adminAccount,
		"POST /admin/accounts/{did}/takedown": func(req *http.Request) (any, error) { return r.adminTakeDown(req, true) },
		"POST /admin/accounts/{did}/restore":  func(req *http.Request) (any, error) { return r.adminTakeDown(req, false) },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, req *http.Request) {
			out, err := serve(req)
			if err != nil {
				r.refuse(w, req, err)
				return
			}
			sendJSON(w, http.StatusOK, out)
		})
	}
	// Browsers send a password that they know with forms of other pages, too.
	return http.NewCrossOriginProtection().Handler(r.authorized(mux))
}

type adminError struct {
	Error   string `json:"error"`
	Message string `json:"message"`
}

// refuse answers with an error. The operator is told all of it.
func (r *Relay) refuse(w http.ResponseWriter, req *http.Request, err error) {
	status, name := http.StatusInternalServerError, xrpc.ErrInternalServerError
	if errors.Is(err, ErrBanned) {
		err = fmt.Errorf("%w: end the ban first", err)
	}
	switch {
	case errors.Is(err, errNoHost), errors.Is(err, store.ErrNotFound):
		status, name = http.StatusNotFound, xrpc.ErrInvalidRequest
	case errors.Is(err, errChange), errors.Is(err, errName), errors.Is(err, errProbe), errors.Is(err, errRelay),
		errors.Is(err, ErrBanned), errors.Is(err, errTooMany):
		status, name = http.StatusBadRequest, xrpc.ErrInvalidRequest
	case errors.Is(err, sync.ErrFenced):
		status, name = http.StatusServiceUnavailable, errUnavailable
	default:
		r.opts.Logger.ErrorContext(req.Context(), "a request of the operator failed", "path", req.URL.Path, "error", err)
	}
	sendJSON(w, status, adminError{string(name), err.Error()})
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte(`{"error":"InternalServerError"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(visible.JSON(text), '\n')) // who does not read it is gone
}

// maxAdminInput bounds what the operator sends, in bytes.
const maxAdminInput = 16 << 10

// input reads the JSON of a request.
func input(req *http.Request, into any) error {
	d := json.NewDecoder(io.LimitReader(req.Body, maxAdminInput))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %w", errChange, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: there is something behind the JSON", errChange)
	}
	return nil
}

func (r *Relay) adminHosts(req *http.Request) (any, error) {
	limit := 200
	if text := req.URL.Query().Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > 1000 {
			return nil, fmt.Errorf("%w: limit must be from 1 to 1000", errChange)
		}
	}
	page := r.Hosts(req.URL.Query().Get("cursor"), limit)
	out := map[string]any{"hosts": page}
	if len(page) == limit {
		out["cursor"] = page[limit-1].Name
	}
	return out, nil
}

func (r *Relay) adminAddHost(req *http.Request) (any, error) {
	var in struct {
		Hostname string `json:"hostname"`
		HostChange
	}
	if err := input(req, &in); err != nil {
		return nil, err
	}
	info, err := parseHost(&r.opts, in.Hostname, true)
	if err == nil {
		err = in.check() // before it is added
	}
	if err != nil {
		return nil, err
	}
	if in.Banned == nil || !*in.Banned {
		if err := r.RequestCrawl(req.Context(), in.Hostname, Operator); err != nil {
			return nil, err
		}
	}
	if err := r.ChangeHost(req.Context(), info.Name, in.HostChange); err != nil {
		return nil, err
	}
	return r.Host(info.Name), nil
}

func (r *Relay) adminHost(req *http.Request) (any, error) {
	v := r.Host(req.PathValue("host"))
	if v == nil {
		return nil, fmt.Errorf("%w: %.100q", errNoHost, req.PathValue("host"))
	}
	return v, nil
}

func (r *Relay) adminChangeHost(req *http.Request) (any, error) {
	var in HostChange
	if err := input(req, &in); err != nil {
		return nil, err
	}
	if err := r.ChangeHost(req.Context(), req.PathValue("host"), in); err != nil {
		return nil, err
	}
	return r.Host(req.PathValue("host")), nil
}

func (r *Relay) adminAccount(req *http.Request) (any, error) {
	did, err := syntax.ParseDID(req.PathValue("did"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errChange, err)
	}
	return r.Account(req.Context(), did)
}

func (r *Relay) adminTakeDown(req *http.Request, down bool) (any, error) {
	did, err := syntax.ParseDID(req.PathValue("did"))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errChange, err)
	}
	if err := r.TakeDown(req.Context(), did, down); err != nil {
		return nil, err
	}
	return r.Account(req.Context(), did)
}
