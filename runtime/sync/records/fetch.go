package records

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// A fetch is one attempt to bring an account in step.
type fetch struct {
	syncer  *Syncer
	job     *job
	id      *identity.Identity // nil for a file that was not fetched
	doubt   bool               // of whether the key and the server are still the account's
	changed int                // records
	waited  time.Duration      // for the account's server, since its place was taken
}

// errOldRev says that a repository is older than what is known of it.
var errOldRev = errors.New("an older version than is known")

// run fetches the repository, and once more if the directory, asked anew, says that the
// account has another key or server than it remembered (SN-31, SN-33): one that has no
// repository, or does not answer, may be the one that the account has left.
func (f *fetch) run(ctx context.Context) error {
	id, err := f.lookUp(ctx)
	if err = f.locate(id, err); err == nil {
		err = f.fromSources(ctx)
	}
	if err == nil || !f.doubt || f.final(ctx, err) {
		return err
	}
	fresh, lookUpErr := f.lookUpAnew(ctx)
	if lookUpErr != nil || fresh.Broken() || fresh.PDS == f.id.PDS && fresh.SigningKey.Equal(f.id.SigningKey) {
		return err
	}
	if err := f.locate(fresh, nil); err != nil {
		return err
	}
	return f.fromSources(ctx)
}

// lookUp looks up whose the account is, unless that was found before.
func (f *fetch) lookUp(ctx context.Context) (*identity.Identity, error) {
	j := f.job
	if j.id != nil {
		return j.id, nil
	}
	defer f.syncer.schedule.lookedUp(j.repo.DID, &j.admission)
	return f.syncer.Directory.LookupUnnamed(ctx, j.repo.DID, false)
}

// errNoRoom says that too many accounts are looked up anew.
var errNoRoom = errors.New("too many accounts are looked up")

// lookUpAnew has the directory ask again. An account of did:web leaves its place for that.
func (f *fetch) lookUpAnew(ctx context.Context) (*identity.Identity, error) {
	j := f.job
	if methodOf(j.repo.DID) == web {
		f.leave(false)
		if !f.syncer.schedule.lookUp(j) {
			return nil, errNoRoom
		}
		defer f.syncer.schedule.lookedUp(j.repo.DID, &j.admission)
	}
	return f.syncer.Directory.LookupUnnamed(ctx, j.repo.DID, true)
}

// leave gives the place at a host back, and notes how long that was waited for, and whether
// a repository came.
func (f *fetch) leave(came bool) {
	c, p := f.syncer.schedule, f.job.place
	c.took(p.host, f.waited, came)
	c.leave(p)
	f.job.place, f.waited = place{}, 0
}

// fromSources asks the upstream, and then the account's own server (SN-39). The error
// is that of the last one.
func (f *fetch) fromSources(ctx context.Context) error {
	s := f.syncer
	upstream := s.Upstream
	if s.Clients != nil { // a relay sends on to servers that strangers choose
		upstream = s.Clients(f.origin())
	}
	err := f.once(ctx, upstream, f.origin())
	if err == nil || f.final(ctx, err) || s.Clients == nil || f.id.PDS == f.origin() {
		if why, ok := errors.AsType[*failure](err); ok && s.Host == "" {
			why.status = "" // a relay is not the one that knows
		}
		return err
	}
	return f.once(ctx, s.Clients(f.id.PDS), f.id.PDS)
}

// origin is that of the upstream.
func (f *fetch) origin() string {
	if f.syncer.Host != "" {
		return f.syncer.Host
	}
	u := f.syncer.Upstream.Service()
	return u.Scheme + "://" + u.Host
}

// final reports whether no other source can mend an error.
func (*fetch) final(ctx context.Context, err error) bool {
	_, store := errors.AsType[*storeError](err)
	return store || errors.Is(err, errStale) || ctx.Err() != nil
}

// once makes one request.
func (f *fetch) once(ctx context.Context, client *xrpc.Client, origin string) error {
	s := f.syncer
	start, before := s.Now(), f.changed
	waited, err := f.request(ctx, client)
	if err != nil && !f.final(ctx, err) {
		err = classified(err)
	}
	var reason sync.Reason
	if why, ok := errors.AsType[*failure](err); ok {
		reason = why.reason
	} else if err != nil {
		reason = ReasonStale
	}
	took := s.Now().Sub(start)
	f.doubt = f.doubt || reason == sync.ReasonSignature || reason == sync.ReasonInactive || origin == f.id.PDS && err != nil
	if origin == f.id.PDS {
		f.waited += waited
		s.schedule.answered(origin, reason != sync.ReasonUnavailable && reason != ReasonSlow, took)
	}
	s.Observer.Fetched(f.job.repo.DID, origin, took, f.changed-before, reason, err)
	return err
}

// patience is that with the account's server, also for an upstream that sends on to it. There
// is no other server without Clients, and nothing is known of the upstream.
func (f *fetch) patience() time.Duration {
	if f.syncer.Clients == nil && f.id.PDS != f.origin() {
		return beginning
	}
	return f.syncer.schedule.patience(f.id.PDS)
}

// request asks for the repository and reads it, and returns how long the server was waited
// for. The time that it has is not that of the store.
func (f *fetch) request(ctx context.Context, client *xrpc.Client) (waited time.Duration, err error) {
	p := f.syncer.pace(ctx, f.patience())
	defer p.end(nil)
	var body *xrpc.Body
	err = p.wait(func() (err error) { //nolint:contextcheck // it is that of p
		body, err = comatproto.SyncGetRepo.Call(p.ctx, client, &comatproto.SyncGetRepoParams{DID: f.job.repo.DID})
		return err
	})
	if err == nil {
		defer body.Close() //nolint:errcheck // it was read to its end, or is of no use
		err = f.read(ctx, identityOf(f.job.repo.DID, f.id), paced{p, body})
	}
	slow := p.over() || body != nil && errors.Is(err, context.DeadlineExceeded) // it has answered, and then nothing more came
	if err != nil && slow && !f.final(ctx, err) {
		err = &failure{reason: ReasonSlow, err: fmt.Errorf("%d bytes in %v: %w", p.came, p.waited, err)}
	}
	return p.waited, err
}

// read verifies a repository and compares it with what is stored.
func (f *fetch) read(ctx context.Context, id repo.Identity, file io.Reader) error {
	s := f.syncer
	c := &comparison{ctx: ctx, syncer: s, did: id.DID}
	defer func() { f.changed += c.changed }()
	c.flush = func(batch []RecordEvent) error {
		return s.mine(ctx, f.job, func(r *Repo) *Change {
			r.Want = max(r.Want, c.rev) // an older one would take back what is told now
			out := &Change{Repo: *r}
			out.add(batch)
			return out
		})
	}
	contents, err := repo.Verify(ctx, file, id, repo.VerifyOptions{
		MaxTotal: s.Limits.Repo, MaxHeld: s.Limits.Held, Now: s.Now, Record: c.record,
		Commit: func(commit *repo.Commit) error {
			c.rev = commit.Rev
			return f.notOlder(ctx, commit)
		},
	})
	if err == nil {
		err = c.gone("")
	}
	if err == nil {
		err = c.store()
	}
	if err != nil {
		return err
	}
	return s.mine(ctx, f.job, func(r *Repo) *Change {
		r.Rev, r.Data = contents.Commit.Rev, contents.Commit.Data
		r.Want = max(r.Want, r.Rev)
		if !r.Active && f.id != nil { // its server has said that it was not
			return s.says(r, true, "")
		}
		return &Change{Repo: *r}
	})
}

// notOlder refuses a repository that is older than what was seen of it.
func (f *fetch) notOlder(ctx context.Context, commit *repo.Commit) error {
	r, err := f.syncer.Store.Repo(ctx, commit.DID)
	switch {
	case err != nil:
		return storeFailed(commit.DID, err)
	case r == nil:
		return errStale
	case commit.Rev < max(r.Rev, r.Want):
		return fmt.Errorf("%w: the rev is %s, and %s is known", errOldRev, commit.Rev, max(r.Rev, r.Want))
	}
	return nil
}

// classified gives what went wrong its reason.
func classified(err error) error {
	if _, ok := errors.AsType[*failure](err); ok {
		return err
	}
	if answer, ok := errors.AsType[*xrpc.Error](err); ok {
		return answered(answer)
	}
	reason := sync.ReasonUnavailable
	if _, ok := errors.AsType[*repo.Error](err); ok {
		reason = sync.ReasonMalformed
	}
	for _, c := range []struct {
		kind   error
		reason sync.Reason
	}{
		{errOldRev, sync.ReasonOldRev},
		{errStale, ReasonStale},
		{repo.ErrSignature, sync.ReasonSignature},
		{repo.ErrIdentity, sync.ReasonMismatch},
		{repo.ErrRev, sync.ReasonFutureRev},
		{repo.ErrLimit, sync.ReasonOversize},
		{car.ErrLimit, sync.ReasonOversize},
	} {
		if errors.Is(err, c.kind) {
			reason = c.reason
			break
		}
	}
	return &failure{reason: reason, err: err}
}

// answered gives an error that a server has answered with its reason.
func answered(err *xrpc.Error) error {
	f := &failure{reason: ReasonNotFound, err: err}
	switch err.Name {
	case comatproto.SyncGetRepoErrRepoTakendown:
		f.reason, f.status = sync.ReasonInactive, sync.StatusTakendown
	case comatproto.SyncGetRepoErrRepoSuspended:
		f.reason, f.status = sync.ReasonInactive, sync.StatusSuspended
	case comatproto.SyncGetRepoErrRepoDeactivated:
		f.reason, f.status = sync.ReasonInactive, sync.StatusDeactivated
	default:
		if err.Status >= http.StatusInternalServerError || err.Status == http.StatusTooManyRequests {
			f.reason = sync.ReasonUnavailable
		}
	}
	return f
}
