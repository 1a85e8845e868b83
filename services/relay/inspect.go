package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
)

// An Overview is how a relay is now. Times of JSON are in nanoseconds.
type Overview struct {
	Version string `json:"version"`
	// Hosts are how many there are by status.
	Hosts map[string]int `json:"hosts"`
	// Accounts is the sum of those of all hosts.
	Accounts int64 `json:"accounts"`
	// Rate is how many events come each second, over about a minute.
	Rate float64 `json:"rate"`
	// Lag is the median of that of the hosts of which an event was passed on within the
	// last minute, the lower one of two: no host decides it alone, unless there is one
	// only. 0 if there is none.
	Lag time.Duration `json:"lag"`
	// Dropped and Latest say which events are kept: those behind Dropped.
	Dropped int64 `json:"dropped"`
	Latest  int64 `json:"latest"`
	// Rejected counts events that were not passed on by reason, since the start.
	Rejected map[sync.Reason]int64 `json:"rejected"`
}

// A Host is what the operator sees of a host.
type Host struct {
	Name     string `json:"name"`
	Status   string `json:"status"` // as in com.atproto.sync.defs#hostStatus
	NoSSL    bool   `json:"noSSL,omitempty"`
	Trusted  bool   `json:"trusted"`
	Banned   bool   `json:"banned"`
	ByAdmin  bool   `json:"byAdmin"`
	Accounts int64  `json:"accounts"`
	// AccountLimit is how many accounts the host may have.
	AccountLimit int64     `json:"accountLimit"`
	FirstSeen    time.Time `json:"firstSeen"`
	// Seq is that of the last event up to which all were processed; -1 before the first.
	Seq int64 `json:"seq"`
	// Connected says whether there is a connection now.
	Connected bool `json:"connected"`
	// Stopped is why the host is not followed any more, "" if it is.
	Stopped string `json:"stopped,omitempty"`
	// Failed is why the last connection ended, and Failures is how many on end have
	// brought nothing; Retry is when there is another one.
	Failed   string    `json:"failed,omitempty"`
	Failures int       `json:"failures"`
	Retry    time.Time `json:"retry,omitzero"`
	// Waits is until when the host has to wait for its quota.
	Waits time.Time `json:"waits,omitzero"`
	// LastEvent is when the last event came, and Rate how many come each second. Lag is
	// how old the last one that was passed on was then, in nanoseconds. Events counts
	// those that came by kind, Rejected those that were not passed on by reason, since the
	// start.
	LastEvent time.Time             `json:"lastEvent,omitzero"`
	Lag       time.Duration         `json:"lag"`
	Rate      float64               `json:"rate"`
	Events    map[string]int64      `json:"events"`
	Rejected  map[sync.Reason]int64 `json:"rejected"`
	// Rejections are the last of them, the last one first.
	Rejections []Rejection `json:"rejections"`
}

// An Account is what the operator sees of an account, to answer why it is not here.
type Account struct {
	DID   syntax.DID `json:"did"`
	Known bool       `json:"known"`
	// Host, Rev, Head and the rest are what the relay has; see [store.Account].
	Host           string     `json:"host,omitempty"`
	Rev            syntax.TID `json:"rev,omitempty"`
	Head           string     `json:"head,omitempty"`
	Upstream       string     `json:"upstream,omitempty"` // the status at its server
	Takedown       bool       `json:"takedown"`
	Throttled      bool       `json:"throttled"`
	Desynchronized bool       `json:"desynchronized"`
	FirstSeen      time.Time  `json:"firstSeen,omitzero"`
	// Active and Status are what is said of it in public.
	Active bool   `json:"active"`
	Status string `json:"status,omitempty"`
	// Handle and PDS are what its DID document says, and IdentityError why there is none.
	Handle        syntax.Handle `json:"handle,omitempty"`
	PDS           string        `json:"pds,omitempty"`
	HasKey        bool          `json:"hasKey"`
	IdentityError string        `json:"identityError,omitempty"`
	// Why says what keeps its events from being passed on, the most important first;
	// nothing if they are.
	Why []string `json:"why"`
	// Rejections are its last ones since the start, the last one first.
	Rejections []Rejection `json:"rejections"`
}

// Overview returns how the relay is now.
func (r *Relay) Overview() *Overview {
	window := r.opts.Log.Window()
	o := &Overview{
		Version: r.opts.Version, Hosts: map[string]int{}, Dropped: window.Dropped, Latest: window.Latest, Rejected: map[sync.Reason]int64{},
	}
	var lags []time.Duration
	for _, h := range r.all() {
		v := h.view(false)
		o.Hosts[v.Status]++
		o.Accounts += v.Accounts
		o.Rate += v.Rate
		if h.passesOn() {
			lags = append(lags, v.Lag)
		}
		for reason, n := range v.Rejected {
			o.Rejected[reason] += n
		}
	}
	if len(lags) > 0 {
		slices.Sort(lags)
		o.Lag = lags[(len(lags)-1)/2]
	}
	return o
}

// passesOn reports whether an event of the host was passed on within the last minute.
func (h *host) passesOn() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.relay.opts.Now().Sub(h.passed) < time.Minute
}

// all returns the hosts in the order of their names.
func (r *Relay) all() []*host {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.SortedFunc(maps.Values(r.hosts), func(a, b *host) int { return cmp.Compare(a.name, b.name) })
}

// Hosts returns the hosts behind one in the order of their names, limit at most, without
// their rejections; "" is the beginning.
func (r *Relay) Hosts(after string, limit int) []*Host {
	page := []*Host{}
	for _, h := range r.all() {
		if h.name > after && len(page) < limit {
			page = append(page, h.view(false))
		}
	}
	return page
}

// Host returns a host with its last rejections, nil if it is not known. Its name may be written
// as for [Relay.AddHost].
func (r *Relay) Host(name string) *Host {
	h := r.host(nameOf(&r.opts, name))
	if h == nil {
		return nil
	}
	return h.view(true)
}

func (h *host) view(rejections bool) *Host {
	status := h.status()
	h.mu.Lock()
	defer h.mu.Unlock()
	v := &Host{
		Name: h.name, Status: string(status), NoSSL: h.info.NoSSL, Trusted: h.info.Trusted, Banned: h.info.Banned, ByAdmin: h.info.ByAdmin,
		Accounts: h.info.Accounts, AccountLimit: h.info.AccountLimit, FirstSeen: h.info.FirstSeen, Seq: h.info.Seq, Connected: h.phase == connected,
		Stopped: h.info.Stopped, Failed: h.failed, Failures: h.failures, LastEvent: h.lastEvent, Lag: h.lag,
		Rate: h.rate.perSecond(h.relay.opts.Now()), Events: maps.Clone(h.events), Rejected: maps.Clone(h.rejected), Rejections: []Rejection{},
	}
	if h.phase == pausing {
		v.Retry = h.retry
	}
	if h.waits.After(h.relay.opts.Now()) {
		v.Waits = h.waits
	}
	if rejections {
		v.Rejections = h.relay.ofHosts.of(h.name)
	}
	return v
}

// Account returns what is known of an account, what its DID document says now, and why
// its events are not passed on, if they are not. It asks for the document.
func (r *Relay) Account(ctx context.Context, did syntax.DID) (*Account, error) {
	known, err := r.accounts.get(ctx, did)
	if err != nil {
		return nil, err
	}
	v := &Account{DID: did, Why: []string{}, Rejections: r.ofAccounts.of(string(did))}
	if known != nil {
		v.Known, v.Host, v.Rev, v.Takedown, v.Throttled = true, known.Host, known.Rev, known.Takedown, known.Throttled
		v.Desynchronized, v.FirstSeen = known.Desynchronized, known.FirstSeen
		v.Active, v.Status = combined(known)
		if known.Head.Defined() {
			v.Head = known.Head.String()
		}
		if v.Upstream = known.Status; known.Active && v.Upstream == "" {
			v.Upstream = "active"
		}
	}
	id, err := r.opts.Directory.LookupUnnamed(ctx, did, true)
	if err == nil {
		id, err = r.opts.Directory.LookupDID(ctx, did)
	}
	if err != nil {
		v.IdentityError = detailOf(err)
	} else {
		v.Handle, v.PDS, v.HasKey = id.Handle, id.PDS, id.SigningKey != nil
	}
	v.Why = append(v.Why, r.why(known, id, err)...)
	return v, nil
}

// why says what keeps the events of an account from being passed on.
func (r *Relay) why(known *store.Account, id *identity.Identity, err error) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	switch {
	case errors.Is(err, identity.ErrUnavailable):
		say("nobody says now where the account is: %s", detailOf(err))
	case err != nil:
		say("the DID leads to no account: %s", detailOf(err))
	case id.Broken():
		say("the DID document has no signing key, or no server")
	default:
		all = append(all, r.whyHost(known, id.PDS)...)
	}
	switch {
	case known == nil:
		say("no event of the account has come from its server since this relay follows it")
		return all
	case known.Takedown:
		say("it is taken down here: restore it")
	case known.Throttled:
		say("its host had more accounts than it may have when it came: raise the limit of %s", known.Host)
	}
	if !known.Active {
		say("it is not active at its server (%s): its commits are dropped until the server says otherwise, which it is asked when one comes", known.Status)
	}
	if known.Desynchronized {
		say("events are missing: its next commit or #sync is passed on as a #sync, a few times an hour")
	}
	return all
}

// whyHost says what keeps the events of an account's server from coming.
func (r *Relay) whyHost(known *store.Account, pds string) (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	var at *host
	for _, h := range r.all() {
		if h.verifier.Host == pds {
			at = h
		}
	}
	if at == nil {
		say("its server %s is not followed: add the host", pds)
		return all
	}
	if known != nil && known.Host != at.name {
		say("it has moved from %s to %s, from which no event has come yet", known.Host, at.name)
	}
	v := at.view(false)
	switch {
	case v.Banned:
		say("its host %s is banned", v.Name)
	case v.Stopped != "":
		say("its host %s is not followed any more: %s", v.Name, v.Stopped)
	case !v.Connected:
		say("its host %s is not connected: %s", v.Name, cmp.Or(v.Failed, "the connection is being made"))
	case !v.Waits.IsZero():
		say("its host %s has to wait for its quota until %s", v.Name, v.Waits.UTC().Format(time.RFC3339))
	}
	return all
}
