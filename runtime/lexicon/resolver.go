package lexicon

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Options are the properties of a [Resolver]. A zero field stands for what its comment
// names; only Directory must be there.
type Options struct {
	// Directory leads from NSIDs to accounts, and from these to their servers and
	// keys.
	Directory *identity.Directory
	// Authorities say whose schemas those of an NSID are, in place of the DNS: for
	// networks that have none (LE-11). The key * is for all. The most specific key
	// counts: an NSID before a pattern, a long pattern before a short one.
	Authorities map[syntax.NSIDPattern]syntax.DID
	// Client talks to the servers of accounts, which strangers chose; a client of
	// package guard if nil.
	Client *http.Client
	// Check holds a record, as JSON with its $type, against the rules of the Lexicon
	// language; its error is the reason to refuse it. Without one nothing is known of
	// a record but its type, its version and its id.
	Check func(nsid syntax.NSID, record []byte) error

	// Revs remember the newest rev of each account; nobody if nil, so that a proof that
	// is older than one before it is refused for the schemas that are remembered alone.
	Revs Revs

	// Timeout bounds one request to a server; 10 s.
	Timeout time.Duration
	// Attempts is how often a server is asked that does not answer; 3.
	Attempts int
	// PerHost is how many requests one server gets at a time; 4. Others wait.
	PerHost int
	// MaxProof is the greatest accepted length of a proof in bytes; 4 MiB.
	MaxProof int64

	// AuthorityAge is how old what the DNS said may be; 10 min, as nothing tells of
	// changes (LE-10). Where the DNS does not answer it may be as old as the
	// Directory permits.
	AuthorityAge time.Duration
	// Fresh is how long a schema is given without asking again; 1 h. Whoever follows
	// the events of the network can tell of changes, see [Resolver.Purge].
	Fresh time.Duration
	// MaxAge is how old a schema may be at most, where nobody gives a newer one;
	// 24 h (UN-25).
	MaxAge time.Duration
	// Negative is how long it is remembered that a schema is not published, or is
	// none; 5 min.
	Negative time.Duration
	// Unavailable is how long nobody is asked who has not answered, or not as they
	// should; 30 s.
	Unavailable time.Duration
	// Size is how many schemas are remembered; 10,000. Those that nobody has asked
	// for the longest go first.
	Size int
	// MaxBytes is how many bytes these have together; 64 MiB.
	MaxBytes int64
	// Now tells the time; time.Now.
	Now func() time.Time
}

// maxRedirects is how many redirects of a server are followed (XR-15).
const maxRedirects = 5

func (o Options) withDefaults() Options {
	orElse(&o.Timeout, 10*time.Second)
	orElse(&o.Attempts, 3)
	orElse(&o.PerHost, 4)
	orElse(&o.MaxProof, 4<<20)
	orElse(&o.AuthorityAge, 10*time.Minute)
	orElse(&o.Fresh, time.Hour)
	orElse(&o.MaxAge, 24*time.Hour)
	orElse(&o.Negative, 5*time.Minute)
	orElse(&o.Unavailable, 30*time.Second)
	orElse(&o.Size, 10_000)
	orElse(&o.MaxBytes, 64<<20)
	if o.Client == nil {
		o.Client = guard.NewClient(guard.Options{Timeout: o.Timeout, Redirects: maxRedirects})
	}
	if o.Revs == nil {
		o.Revs = forgetful{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

func orElse[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// A Resolver finds published schemas and remembers them. It may be used by any number
// of goroutines, and starts none: who asks first asks for all who want the same.
type Resolver struct {
	opts     Options
	lexicons *memory
	hosts    hosts
}

// NewResolver returns a resolver that knows nothing yet.
func NewResolver(opts Options) *Resolver {
	opts = opts.withDefaults()
	return &Resolver{opts: opts, lexicons: newMemory(opts), hosts: hosts{each: opts.PerHost}}
}

// Resolve returns the schema of an NSID. Every error is an [*Error], or that of ctx.
func (r *Resolver) Resolve(ctx context.Context, nsid syntax.NSID) (*Lexicon, error) {
	did, err := r.Authority(ctx, nsid)
	if err != nil {
		return nil, err
	}
	return r.Fetch(ctx, did, nsid)
}

// Authority returns the account that has the schema of an NSID: the one of
// [Options].Authorities, or that of the DNS, which is asked for exactly the domain of
// the NSID and for no other (LE-06, LE-07).
func (r *Resolver) Authority(ctx context.Context, nsid syntax.NSID) (syntax.DID, error) {
	if did := r.override(nsid); did != "" {
		return did, nil
	}
	did, err := r.opts.Directory.LookupAuthorityWithin(ctx, nsid, r.opts.AuthorityAge)
	if errors.Is(err, identity.ErrUnavailable) {
		if known, staleErr := r.opts.Directory.LookupAuthority(ctx, nsid); staleErr == nil {
			return known, nil
		}
	}
	if err != nil {
		return "", about(ctx, nsid, "", authorityFault(nsid, err))
	}
	return did, nil
}

// override returns what the options say, "" if nothing.
func (r *Resolver) override(nsid syntax.NSID) syntax.DID {
	var best syntax.NSIDPattern
	for pattern := range r.opts.Authorities {
		if pattern.Match(nsid) && len(pattern) > len(best) {
			best = pattern
		}
	}
	if best == "" {
		return "" // which is no pattern
	}
	return r.opts.Authorities[best]
}

// Fetch returns the schema of an NSID in the repository of an account, whether or not
// that is its authority.
func (r *Resolver) Fetch(ctx context.Context, did syntax.DID, nsid syntax.NSID) (*Lexicon, error) {
	nsid = nsid.Normalize()
	found, err := r.lexicons.get(ctx, key{did, nsid}, func(known *Lexicon) (*Lexicon, error) {
		return r.load(ctx, did, nsid, known)
	})
	if err != nil {
		return nil, about(ctx, nsid, did, err)
	}
	return found, nil
}

// Purge forgets a schema, after an event says that an account has written or deleted
// its record (LE-10). Who waits for it already may still get the one before.
func (r *Resolver) Purge(did syntax.DID, nsid syntax.NSID) {
	r.lexicons.forget(key{did, nsid.Normalize()})
}

// about completes an error.
func about(ctx context.Context, nsid syntax.NSID, did syntax.DID, err error) error {
	if ended := ctx.Err(); ended != nil {
		return ended
	}
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	complete := *e // which others may have got, too
	complete.NSID, complete.DID = nsid, did
	return &complete
}

// authorityFault says what an error of a look-up in the DNS means.
func authorityFault(nsid syntax.NSID, err error) *Error {
	domain := "_lexicon." + nsid.Authority()
	reason := reasonOf(err)
	switch {
	case errors.Is(err, identity.ErrConflict):
		return fault(ErrAmbiguous, err, "leave one TXT record with did= at "+domain, "%s", reason)
	case errors.Is(err, identity.ErrUnavailable):
		return fault(ErrUnavailable, err, "ask again later, ask another DNS server, or name the authority in the configuration", "%s", reason)
	case errors.Is(err, identity.ErrNotFound):
		return fault(ErrAuthority, err, "who owns the domain can publish its authority as a TXT record of "+domain+", did=DID; "+
			"domains above and below do not count (LE-07)", "%s", reason)
	}
	return fault(ErrAuthority, err, "name an NSID whose domain can be looked up", "%s", reason)
}

// reasonOf returns an error of package identity without the name that it is about.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*identity.Error](err); ok {
		return e.Reason
	}
	return err.Error()
}
