package identity

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Source finds identities without remembering them. A [Resolver] is one.
type Source interface {
	// ResolveDID returns what the document of a DID says.
	ResolveDID(ctx context.Context, did syntax.DID) (*Identity, error)
	// ResolveHandle returns the DID that a handle leads to.
	ResolveHandle(ctx context.Context, handle syntax.Handle) (syntax.DID, error)
	// ResolveAuthority returns the DID that has the schemas of an NSID and of its
	// siblings. What name the NSID has at its end must not matter.
	ResolveAuthority(ctx context.Context, nsid syntax.NSID) (syntax.DID, error)
}

// OAuthAge is how old an answer may be at most while an account signs in (ID-09),
// for [Directory.LookupWithin].
const OAuthAge = 10 * time.Minute

// CacheOptions are the properties of a [Directory]. A zero field stands for what its
// comment names.
type CacheOptions struct {
	// Size is how many DIDs, handles and authorities of NSIDs are remembered, of
	// each; 100,000. Those that nobody has asked for the longest go first.
	Size int
	// Fresh is how long an answer is given without asking again; 1 h (ID-09).
	Fresh time.Duration
	// MaxAge is how old an answer may be at most; 24 h (ID-09). Between Fresh and
	// MaxAge it is given while it is asked for anew.
	MaxAge time.Duration
	// Negative is how long it is remembered that something does not exist; 5 min.
	// It bounds how often the source is asked for what strangers make up.
	Negative time.Duration
	// Unavailable is how long nobody is asked who has not answered; 30 s. Who was
	// not asked, see ErrLimited and ErrDown, is not among them.
	Unavailable time.Duration
	// MinRefresh is how long an answer counts as just received; 10 s. It bounds
	// how often [Directory.Refresh] asks who answers.
	MinRefresh time.Duration
	// Timeout bounds one question, whoever waits for it; 10 s.
	Timeout time.Duration
	// Parallel is how many are looked up at a time by [Directory.LookupAll]; 16.
	Parallel int
	// MaxQuestions is how many DIDs, handles and authorities are asked for at a
	// time, of each; 1,024. Who wants more waits.
	MaxQuestions int
	// Observer counts what happens; may be nil.
	Observer Observer
	// Now tells the time; time.Now.
	Now func() time.Time
}

func (o CacheOptions) withDefaults() CacheOptions {
	orElse(&o.Size, 100_000)
	orElse(&o.Fresh, time.Hour)
	orElse(&o.MaxAge, 24*time.Hour)
	orElse(&o.Negative, 5*time.Minute)
	orElse(&o.Unavailable, 30*time.Second)
	orElse(&o.MinRefresh, 10*time.Second)
	orElse(&o.Timeout, 10*time.Second)
	orElse(&o.Parallel, 16)
	orElse(&o.MaxQuestions, 1024)
	if o.Observer == nil {
		o.Observer = nobody{}
	}
	o.Now = orNow(o.Now)
	return o
}

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}

func orElse[T int | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// A Directory looks up identities and remembers them, failures included: however
// many ask for an account whose server is dead, that is asked once in a while, and
// what is known of it is given as long as MaxAge allows. It may be used by any
// number of goroutines. It asks in goroutines of its own, at most MaxQuestions for
// each [Kind], none of them for longer than Timeout; [Directory.Close] ends them.
type Directory struct {
	opts        CacheOptions
	dids        *cache[syntax.DID, *Identity]
	handles     *cache[syntax.Handle, syntax.DID]
	authorities *cache[syntax.NSID, syntax.DID] // by the NSID of family
}

// NewDirectory returns a directory that knows nothing yet.
func NewDirectory(source Source, opts CacheOptions) *Directory {
	opts = opts.withDefaults()
	return &Directory{
		opts:        opts,
		dids:        newCache(KindDID, opts, source.ResolveDID),
		handles:     newCache(KindHandle, opts, source.ResolveHandle),
		authorities: newCache(KindAuthority, opts, source.ResolveAuthority),
	}
}

// Close ends all questions that are on their way, and waits for that: as long as the
// source takes to notice, which for questions of a [Resolver] to the DNS is until
// their time is over. From then on the directory answers from its memory, and with
// ErrUnavailable where that is not enough.
func (d *Directory) Close() {
	d.dids.close()
	d.handles.close()
	d.authorities.close()
}

// Lookup returns the identity that a DID or a handle leads to.
func (d *Directory) Lookup(ctx context.Context, id syntax.AtIdentifier) (*Identity, error) {
	return d.LookupWithin(ctx, id, d.opts.MaxAge)
}

// LookupWithin is Lookup by answers that are younger than maxAge, such as
// [OAuthAge]. Where nobody gives one, ErrUnavailable is returned instead of what
// is known.
func (d *Directory) LookupWithin(ctx context.Context, id syntax.AtIdentifier, maxAge time.Duration) (*Identity, error) {
	if did, ok := id.DID(); ok {
		return d.lookupDID(ctx, did, maxAge)
	}
	handle, _ := id.Handle()
	return d.lookupHandle(ctx, handle.Normalize(), maxAge)
}

// LookupDID returns the identity of a DID. Its handle is one that leads back to the
// DID, or else [syntax.HandleInvalid] (ID-53); that it cannot be verified is no
// error. Nor is it one that the account is broken (ID-07). Where nobody could be asked
// for the handle at this moment, see ErrLimited, the next look-up asks again.
func (d *Directory) LookupDID(ctx context.Context, did syntax.DID) (*Identity, error) {
	return d.lookupDID(ctx, did, d.opts.MaxAge)
}

func (d *Directory) lookupDID(ctx context.Context, did syntax.DID, maxAge time.Duration) (*Identity, error) {
	i, err := d.dids.get(ctx, did, maxAge)
	if err != nil || i.Handle.IsInvalid() {
		return i, err
	}
	if back, err := d.handles.get(ctx, i.Handle, maxAge); err == nil && back == did {
		return i, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	unnamed := *i
	unnamed.Handle = syntax.HandleInvalid
	return &unnamed, nil
}

// LookupHandle returns the identity that a handle leads to, and that claims the
// handle; a handle that leads to a DID which does not is ErrNotFound (ID-53).
func (d *Directory) LookupHandle(ctx context.Context, handle syntax.Handle) (*Identity, error) {
	return d.lookupHandle(ctx, handle.Normalize(), d.opts.MaxAge)
}

func (d *Directory) lookupHandle(ctx context.Context, handle syntax.Handle, maxAge time.Duration) (*Identity, error) {
	did, err := d.handles.get(ctx, handle, maxAge)
	if err != nil {
		return nil, err
	}
	i, err := d.dids.get(ctx, did, maxAge)
	if err == nil && i.Handle != handle { // it may have changed just now
		i, err = d.dids.refresh(ctx, did)
	}
	switch {
	case err != nil:
		return nil, err
	case i.Handle != handle:
		return nil, failf(ErrNotFound, handle, "it leads to %s, whose handle is %s (ID-53)", did, i.Handle)
	}
	return i, nil
}

// LookupAuthority returns the DID of the repository with the schemas of an NSID.
// NSIDs of one domain are one question (LE-06).
func (d *Directory) LookupAuthority(ctx context.Context, nsid syntax.NSID) (syntax.DID, error) {
	return d.LookupAuthorityWithin(ctx, nsid, d.opts.MaxAge)
}

// LookupAuthorityWithin is LookupAuthority by answers that are younger than maxAge, as
// nothing tells of changes in the DNS (LE-10). Where nobody gives one, ErrUnavailable is
// returned instead of what is known.
func (d *Directory) LookupAuthorityWithin(ctx context.Context, nsid syntax.NSID, maxAge time.Duration) (syntax.DID, error) {
	if _, err := syntax.ParseNSID(string(nsid)); err != nil {
		return "", failf(errors.Join(ErrUnsupported, err), nsid, "it is no NSID: %v", err)
	}
	did, err := d.authorities.get(ctx, family(nsid), maxAge)
	if e, ok := errors.AsType[*Error](err); ok {
		return "", &Error{Name: string(nsid), Reason: e.Reason, Err: e.Err}
	}
	return did, err
}

// family returns the NSID that stands for all with the same authority.
func family(nsid syntax.NSID) syntax.NSID {
	return syntax.NSID(strings.TrimSuffix(string(nsid.Normalize()), nsid.Name()) + "x")
}

// LookupUnnamed returns the identity of a DID for those who want its server and key
// alone: nobody is asked about the handle, which is [syntax.HandleInvalid]. If fresh is
// set the document is looked up anew, as by [Directory.Refresh].
func (d *Directory) LookupUnnamed(ctx context.Context, did syntax.DID, fresh bool) (*Identity, error) {
	i, err := d.document(ctx, did, fresh)
	if err != nil {
		return nil, err
	}
	unnamed := *i
	unnamed.Handle = syntax.HandleInvalid
	return &unnamed, nil
}

// document returns what the document of a DID says, with a handle that is a claim.
func (d *Directory) document(ctx context.Context, did syntax.DID, fresh bool) (*Identity, error) {
	if fresh {
		return d.dids.refresh(ctx, did)
	}
	return d.dids.get(ctx, did, d.opts.MaxAge)
}

// A Result is one answer of [Directory.LookupAll].
type Result struct {
	Identity *Identity // nil if Err is not
	Err      error
}

// LookupAll looks up many at a time, and returns the results in the order of ids.
func (d *Directory) LookupAll(ctx context.Context, ids ...syntax.AtIdentifier) []Result {
	results := make([]Result, len(ids))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(d.opts.Parallel, len(ids)) {
		workers.Go(func() {
			for at := range next {
				i, err := d.Lookup(ctx, ids[at])
				results[at] = Result{Identity: i, Err: err}
			}
		})
	}
	for at := range ids {
		next <- at
	}
	close(next)
	workers.Wait()
	return results
}

// Refresh looks up a DID anew, for when a signature does not match its key (ID-09):
// the key may have changed. It asks at most once in MinRefresh for one DID, however
// often it is called, so that whoever sends wrong signatures cannot make it ask. Its
// handle is verified as by [Directory.LookupDID].
func (d *Directory) Refresh(ctx context.Context, did syntax.DID) (*Identity, error) {
	if _, err := d.dids.refresh(ctx, did); err != nil {
		return nil, err
	}
	return d.LookupDID(ctx, did)
}

// Purge has a DID or handle looked up anew by who asks next, after an event says that
// it has changed. What was known is given, as long as MaxAge allows, only while nobody
// answers, which is tried again after Unavailable: anybody can say that something has
// changed. A DID takes along the handle that it claimed; where the event says which
// handle the account has now, that should be purged, too.
func (d *Directory) Purge(id syntax.AtIdentifier) {
	if handle, ok := id.Handle(); ok {
		d.handles.purge(handle.Normalize())
		return
	}
	did, _ := id.DID()
	if i, ok := d.dids.known(did, d.opts.MaxAge); ok {
		d.handles.purge(i.Handle)
	}
	d.dids.purge(did)
}

// PurgeAuthority is Purge for where the schemas of an NSID and its siblings are.
func (d *Directory) PurgeAuthority(nsid syntax.NSID) { d.authorities.purge(family(nsid)) }

// Key returns the key with that id of a DID: #atproto, which signs commits and tokens,
// or #atproto_label, which signs labels. If fresh is set the document is looked up
// anew, as by [Directory.Refresh], for a signature that failed (XR-43). Nobody is asked
// about the handle. A document without the key is ErrNotFound.
func (d *Directory) Key(ctx context.Context, did syntax.DID, id string, fresh bool) (*crypto.PublicKey, error) {
	i, err := d.document(ctx, did, fresh)
	if err != nil {
		return nil, err
	}
	var key *crypto.PublicKey
	switch id {
	case "#atproto":
		key = i.SigningKey
	case "#atproto_label":
		key = i.LabelerKey
	}
	if key == nil {
		return nil, failf(ErrNotFound, did, "its document has no key %.40q", id)
	}
	return key, nil
}
