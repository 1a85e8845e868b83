package crashtest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// newKey returns the key that a name stands for.
func newKey(name string) (*crypto.PrivateKey, error) {
	secret := sha256.Sum256([]byte(name))
	return crypto.ParsePrivateKey(crypto.K256, secret[:])
}

// An account is one with a repository at a host. It is for one goroutine.
type account struct {
	did    syntax.DID
	store  *blockstore.Memory
	writer *repo.Writer
	made   int // commits
}

// nameOf is that from which the key of an account is made.
func nameOf(host string, i int) string { return fmt.Sprintf("%s/%d", host, i) }

func newAccount(did syntax.DID, name string) (*account, error) {
	key, err := newKey(name)
	if err != nil {
		return nil, err
	}
	store := blockstore.NewMemory()
	return &account{did: did, store: store, writer: repo.NewWriter(store, key, repo.WriterOptions{})}, nil
}

// firstOperation is that of the DID of an account.
func firstOperation(name, origin string) (*plc.Update, error) {
	key, err := newKey(name)
	if err != nil {
		return nil, err
	}
	text := key.PublicKey().DIDKey()
	op := &plc.Update{State: plc.State{
		RotationKeys: []string{text}, VerificationMethods: map[string]string{"atproto": text}, AlsoKnownAs: []string{},
		Services: map[string]plc.Service{"atproto_pds": {Type: "AtprotoPersonalDataServer", Endpoint: origin}},
	}}
	return op, plc.Sign(op, key)
}

const posts syntax.NSID = "com.example.post"

// slots is how many records a repository has at most, so that its tree is small.
const slots = 8

// commit makes the next commit: it creates a record, and later changes or removes it.
func (a *account) commit(ctx context.Context) (*repo.Change, error) {
	key := syntax.RecordKey(fmt.Sprintf("key%d", a.made%slots))
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(posts), "text": fmt.Sprintf("This is commit %d of %s.", a.made, a.did)})
	if err != nil {
		return nil, err
	}
	write := repo.CreateData(posts, key, data)
	switch a.made / slots % 3 {
	case 1:
		write = repo.UpdateData(posts, key, data)
	case 2:
		write = repo.Delete(posts, key)
	}
	var change *repo.Change
	if a.made == 0 {
		change, err = a.writer.Init(ctx, a.did, write)
	} else {
		change, err = a.writer.Apply(ctx, write)
	}
	if err == nil {
		a.made++
	}
	return change, err
}

// remember takes the blocks of a commit that was made by an earlier process.
func (a *account) remember(ctx context.Context, m *comatproto.SyncSubscribeReposCommit) error {
	file, err := car.Parse(m.Blocks, car.Options{})
	if err != nil {
		return err
	}
	var blocks []blockstore.Block
	for b, err := range file.Blocks() {
		if err != nil {
			return err
		}
		blocks = append(blocks, b)
	}
	tx, err := a.store.Begin(ctx)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	head, err := a.store.Head(ctx)
	if err != nil {
		return err
	}
	if err := tx.Put(ctx, m.Rev, blocks...); err != nil {
		return err
	}
	if err := tx.SetHead(ctx, head, m.Commit.CID); err != nil {
		return err
	}
	a.made++
	return tx.Commit(ctx)
}

// compact forgets the blocks of commits before the last one.
func (a *account) compact(ctx context.Context, name string) error {
	fresh, err := newAccount(a.did, name)
	if err != nil || a.made == 0 {
		return err
	}
	var file bytes.Buffer
	head, err := a.store.Head(ctx)
	if err != nil {
		return err
	}
	r, err := repo.Open(ctx, a.store, head)
	if err != nil {
		return err
	}
	if err := r.Export(ctx, &file); err != nil {
		return err
	}
	key, err := newKey(name)
	if err != nil {
		return err
	}
	if _, err := repo.Import(ctx, fresh.store, &file, repo.Identity{DID: a.did, Key: key.PublicKey()}, repo.VerifyOptions{}); err != nil {
		return err
	}
	a.store, a.writer = fresh.store, fresh.writer
	return nil
}

// commitHeader is what the frame of a #commit begins with.
var commitHeader = []byte("\xa2atg#commitbop\x01")

// parseCommit reads the frame of a #commit.
func parseCommit(frame []byte) (*comatproto.SyncSubscribeReposCommit, error) {
	body, ok := bytes.CutPrefix(frame, commitHeader)
	if !ok {
		return nil, fmt.Errorf("a frame that begins with %q is no #commit", frame[:min(len(frame), 20)])
	}
	m := &comatproto.SyncSubscribeReposCommit{}
	return m, lex.DecodeCBOR(body, m)
}

// A digest stands for a message.
type digest [sha256.Size]byte

// digestOf returns that of a message.
func digestOf(m lex.Object) (digest, error) {
	frame, err := xrpc.AppendFrame(nil, comatproto.SyncSubscribeRepos.NSID, m)
	return sha256.Sum256(frame), err
}

// withoutSeq returns the digest of a message, whatever its seq is.
func withoutSeq(m *comatproto.SyncSubscribeReposCommit) (digest, error) {
	c := *m
	c.Seq = 0
	return digestOf(&c)
}
