package repo

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// DefaultMaxHeld is how many bytes [Verify] and [Import] hold at most of a file,
// unless they are told otherwise: so many that the heap, of which the garbage
// collector lets a half and more lie unused, stays well below 64 MiB.
const DefaultMaxHeld = 16 << 20

// An Identity is whose a repository must be: an account, and the signing key in
// its DID document (CR-08).
type Identity struct {
	DID syntax.DID
	Key *crypto.PublicKey
}

// Signatures says whether the signature of a commit is verified.
type Signatures int

const (
	// CheckSignature demands account and key of the [Identity].
	CheckSignature Signatures = iota
	// SkipSignature believes that the commit is signed, and demands the account
	// only if the Identity has one: for files that this program has made itself,
	// or where nothing depends on who has made them.
	SkipSignature
)

// VerifyOptions says how a CAR file is verified. The zero value is right for
// files from strangers.
type VerifyOptions struct {
	// MaxTotal is the greatest accepted length of the file in bytes. Zero or
	// less stands for no limit.
	MaxTotal int64
	// MaxHeld is how many bytes are held at most of blocks that arrive before
	// they are needed, with what holding them costs: some 256 bytes for each.
	// Of blocks that may be needed again a quarter of that is held. Files in
	// pre-order (RE-34) need nothing. Others, such as many servers send,
	// need as much as they are long, and twice that if their records are short:
	// without it they are beyond a limit ([ErrOrder]), and MaxHeld has to be raised. Zero or
	// less stands for [DefaultMaxHeld]. It is of no effect where the file is in
	// memory: there, each block takes less than 8 bytes.
	MaxHeld int64
	// Signatures says whether the signature is verified.
	Signatures Signatures
	// Now, if not nil, tells the time: a rev that is more than [MaxRevLead] ahead
	// of it is refused with [ErrRev] (SN-35, UN-21). Whoever takes a repository
	// over from another server should have it, as no later commit may have an
	// earlier rev, and others refuse those of the future.
	Now func() time.Time
	// Commit, if not nil, is called with the commit once account, signature and rev
	// are verified, before the first record. An error ends the verification and is
	// returned as it is.
	Commit func(*Commit) error
	// Record, if not nil, is called with each record in the order of the paths,
	// while verification is still going on. An error ends the verification and is
	// returned as it is.
	Record func(Record) error
	// Violation, if not nil, is called with each violation of a rule that is
	// found, and verification goes on where that is possible. The first one is
	// returned in the end.
	Violation func(*Error)
}

// Contents is what a verified CAR file holds.
type Contents struct {
	Head    cid.CID
	Commit  *Commit
	Nodes   int // of the tree
	Records int
}

// Verify reads a CAR file to its end and checks everything: the hash of every
// block (RE-33), the commit that the first root names (RE-31), its account and
// signature, every node of the tree, path and name of every record (SY-26, DM-11),
// and that the blocks of all are there (RE-32). Other blocks, repeated ones and further roots
// are passed over. What the records say is not read: they may be no DAG-CBOR, or
// something else than a record of their collection.
//
// A file in pre-order is verified in memory that does not depend on its length;
// any other needs as much as MaxHeld allows, or is refused. One whose tree is
// malformed near its root, such as a million nodes below each other, is refused
// after at most 8 MiB of allocations, with MaxHeld on top where the file is in
// disorder (RE-17, RE-18).
func Verify(ctx context.Context, r io.Reader, id Identity, opts VerifyOptions) (*Contents, error) {
	return verifyStream(ctx, r, id, opts, nil)
}

// verifyStream is Verify that calls node with the rev and the commit, and then
// with each node.
func verifyStream(ctx context.Context, r io.Reader, id Identity, opts VerifyOptions, node func(syntax.TID, blockstore.Block) error) (*Contents, error) {
	v := verification{opts: opts, id: id, node: node}
	in, err := car.NewReader(r, car.Options{MaxTotal: opts.MaxTotal})
	if err != nil {
		return nil, v.violated(refused(err))
	}
	room := opts.MaxHeld
	if room <= 0 {
		room = DefaultMaxHeld
	}
	v.arrival = &arrival{in: in, shelf: newWaiting(room), refuse: v.goesOn}
	return v.run(ctx, in.Roots())
}

// Load is [Verify] for a file in memory, and returns its repository, which
// aliases b.
func Load(ctx context.Context, b []byte, id Identity, opts VerifyOptions) (*Repo, error) {
	v := verification{opts: opts, id: id}
	in, blocks, err := parse(b, opts.MaxTotal)
	if err != nil {
		return nil, v.violated(err)
	}
	v.arrival = &arrival{in: in, shelf: blocks, refuse: v.goesOn}
	contents, err := v.run(ctx, in.Roots())
	if err != nil {
		return nil, err
	}
	blocks.flush()
	return &Repo{blocks, contents.Head, contents.Commit, mst.Open(blocks, contents.Commit.Data)}, nil
}

// verification is one run of Verify.
type verification struct {
	arrival  *arrival
	opts     VerifyOptions
	id       Identity
	node     func(syntax.TID, blockstore.Block) error // may be nil
	contents Contents
	first    *Error // violation

	collection string // of the last path, and its slash
}

// run verifies the file with these roots.
func (v *verification) run(ctx context.Context, roots []cid.CID) (*Contents, error) {
	if len(roots) == 0 {
		return nil, v.violated(failf(ErrFile, cid.CID{}, "the file names no root (RE-31)"))
	}
	if v.node != nil && len(roots) > 1 {
		return nil, v.violated(failf(ErrFile, roots[1], "it is one of %d roots, and what is imported has one (RE-31)", len(roots)))
	}
	if err := v.commit(ctx, roots[0]); err != nil {
		return nil, err
	}
	if err := v.tree(ctx); err != nil {
		return nil, err
	}
	if err := v.arrival.drain(ctx); err != nil {
		return nil, v.violated(refused(err))
	}
	if v.first != nil {
		return nil, v.first
	}
	return &v.contents, nil
}

// violated reports a violation, and returns the first one. All other errors it
// returns as they are.
func (v *verification) violated(err error) error {
	if errors.Is(err, errDropped) {
		return v.first
	}
	e, ok := err.(*Error) //nolint:errorlint // an Error inside of another error has been reported
	if !ok {
		return err
	}
	if v.first == nil {
		v.first = e
	}
	if v.opts.Violation != nil {
		v.opts.Violation(e)
	}
	return v.first
}

// goesOn reports a violation, and returns nil if the verification goes on after
// it.
func (v *verification) goesOn(err error) error {
	first := v.violated(err)
	if v.opts.Violation == nil || stopped(err) {
		return first
	}
	return nil
}

// commit checks the commit.
func (v *verification) commit(ctx context.Context, head cid.CID) error {
	data, err := v.arrival.Get(ctx, head)
	if err != nil {
		return v.violated(refused(err))
	}
	commit, err := parseNamed(head, data)
	if err != nil {
		return v.violated(failf(ErrCommit, head, "%v", err))
	}
	v.contents.Head, v.contents.Commit = head, commit
	for _, err := range []error{v.identity(head, commit), checkFuture(head, commit.Rev, v.opts.Now)} {
		if err == nil {
			continue
		}
		if err := v.goesOn(err); err != nil {
			return err
		}
	}
	if v.opts.Commit != nil {
		if err := v.opts.Commit(commit); err != nil {
			return err
		}
	}
	return v.emit(blockstore.Block{CID: head, Data: data})
}

// identity checks whose the commit is.
func (v *verification) identity(head cid.CID, c *Commit) error {
	check := v.opts.Signatures == CheckSignature
	if c.DID != v.id.DID && (check || v.id.DID != "") {
		return failf(ErrIdentity, head, "it is a commit of %s, not of %s (SN-34)", c.DID, v.id.DID)
	}
	if !check {
		return nil
	}
	return c.Verify(v.id.Key)
}

func (v *verification) emit(b blockstore.Block) error {
	if v.node == nil {
		return nil
	}
	return v.node(v.contents.Commit.Rev, b)
}

// tree checks the tree and its records.
func (v *verification) tree(ctx context.Context) error {
	for item, err := range mst.Open(v.arrival, v.contents.Commit.Data).Walk(ctx) {
		switch {
		case err != nil:
			err = v.goesOn(refused(err))
		case item.Node.CID.Defined():
			v.contents.Nodes++
			err = v.emit(item.Node)
		default:
			err = v.record(ctx, item.Entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// record checks a record. The block of one that is refused is passed all the
// same, as it would be held to the end else.
func (v *verification) record(ctx context.Context, e mst.Entry) error {
	v.contents.Records++
	sound := true
	if err := v.pathAndName(e); err != nil {
		if err := v.goesOn(err); err != nil {
			return err
		}
		sound = false
	}
	data, err := v.arrival.Get(ctx, e.Value)
	if err != nil {
		return v.goesOn(atPath(e.Key, refused(err)))
	}
	if !sound || v.opts.Record == nil {
		return nil
	}
	return v.opts.Record(Record{e.Key, e.Value, data})
}

func (v *verification) pathAndName(e mst.Entry) error {
	if err := v.path(e.Key); err != nil {
		return err
	}
	return checkName(e.Key, e.Value)
}

// path checks the path of a record. One after another has the same collection.
func (v *verification) path(path string) error {
	if key, ok := strings.CutPrefix(path, v.collection); ok && v.collection != "" {
		if _, err := syntax.ParseRecordKey(key); err == nil {
			return nil
		}
	}
	if err := checkPath(path); err != nil {
		return err
	}
	v.collection = path[:strings.IndexByte(path, '/')+1]
	return nil
}
