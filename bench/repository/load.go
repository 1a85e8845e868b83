package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/bluesky-social/indigo/atproto/atcrypto"
	indigo "github.com/bluesky-social/indigo/atproto/repo"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/repo/car"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// load is reading a whole repository from memory, and verifying hashes, tree
// and signature. lexgen also proves that every record is there, and that its
// path is one.
func load(records int) ([]measure.Variant, error) {
	ctx := context.Background()
	s, err := newSigned()
	if err != nil {
		return nil, err
	}
	file, err := newFile(ctx, s.own, records)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ours, err)
	}
	id := repo.Identity{DID: account, Key: s.own.PublicKey()}
	key, err := s.their.PublicKey()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", theirs, err)
	}
	if err := sameRecords(ctx, file, id, key, records); err != nil {
		return nil, err
	}
	if err := bothRefuse(ctx, file, id, key); err != nil {
		return nil, err
	}
	parts, err := hashedOf(ctx, file, id)
	if err != nil {
		return nil, err
	}
	return append(pair(func(int) error {
		_, err := repo.Load(ctx, file, id, repo.VerifyOptions{})
		return err
	}, func(int) error {
		_, err := loadTheirs(ctx, file, key)
		return err
	}), hashing(parts)), nil
}

// hashedOf returns what must be hashed to verify a file.
func hashedOf(ctx context.Context, file []byte, id repo.Identity) ([][]byte, error) {
	var parts [][]byte
	r, err := car.Parse(file, car.Options{Hashes: car.Trust})
	if err != nil {
		return nil, err
	}
	for block, err := range r.Blocks() {
		if err != nil {
			return nil, err
		}
		parts = append(parts, block.Data)
	}
	_, err = repo.Load(ctx, file, id, repo.VerifyOptions{Record: func(record repo.Record) error {
		parts = append(parts, []byte(record.Path))
		return nil
	}})
	return parts, err
}

// account owns all repositories of this package.
const account syntax.DID = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"

// newFile exports a repository of some 250 bytes a record.
func newFile(ctx context.Context, key *crypto.PrivateKey, records int) ([]byte, error) {
	entries, err := sample(4, records)
	if err != nil {
		return nil, err
	}
	writes := make([]repo.Write, records)
	for i, e := range entries {
		collection, rkey, err := syntax.ParseRepoPath(e.key)
		if err != nil {
			return nil, err
		}
		data, err := lex.MarshalCBOR(map[string]any{
			"$type": string(collection), "createdAt": "2026-06-01T12:00:00.000Z", "number": int64(i),
			"subject": map[string]any{
				"cid": "bafyreigmpffgbpgzfhvml36cecdcz7cn2v7kde2ar7ib4jgol7grj4jyly",
				"uri": fmt.Sprintf("at://%s/app.bsky.feed.post/%013d", account, i),
			},
		})
		if err != nil {
			return nil, err
		}
		writes[i] = repo.CreateData(collection, rkey, data)
	}
	store := blockstore.NewMemory()
	change, err := repo.NewWriter(store, key, repo.WriterOptions{Limits: repo.NoLimits}).Init(ctx, account, writes...)
	if err != nil {
		return nil, err
	}
	r, err := repo.Open(ctx, store, change.Commit)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = r.Export(ctx, &file)
	return file.Bytes(), err
}

func loadTheirs(ctx context.Context, file []byte, key atcrypto.PublicKey) (*indigo.Repo, error) {
	commit, r, err := indigo.LoadRepoFromCAR(ctx, bytes.NewReader(file))
	if err != nil {
		return nil, err //nolint:wrapcheck // measured as it is
	}
	if err := commit.VerifySignature(key); err != nil {
		return nil, err //nolint:wrapcheck // measured as it is
	}
	return r, r.MST.Verify() //nolint:wrapcheck // measured as it is
}

// sameRecords proves that both find the same values under the same keys.
func sameRecords(ctx context.Context, file []byte, id repo.Identity, key atcrypto.PublicKey, want int) error {
	own, err := repo.Load(ctx, file, id, repo.VerifyOptions{})
	if err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	their, err := loadTheirs(ctx, file, key)
	if err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	count := 0
	for entry, err := range own.Entries(ctx, "") {
		if err != nil {
			return fmt.Errorf("%s: %w", ours, err)
		}
		value, err := their.MST.Get([]byte(entry.Key))
		if err != nil || value == nil || !bytes.Equal(value.Bytes(), entry.Value.Bytes()) {
			return fmt.Errorf("%s is %s, and with %s %v (%w)", entry.Key, entry.Value, theirs, value, err)
		}
		count++
	}
	if count != want {
		return fmt.Errorf("%d records, want %d", count, want)
	}
	return nil
}

// bothRefuse proves that both verify hashes and signature.
func bothRefuse(ctx context.Context, file []byte, id repo.Identity, key atcrypto.PublicKey) error {
	changed := bytes.Clone(file)
	changed[len(changed)-1] ^= 1
	other, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{2}, crypto.PrivateKeySize))
	if err != nil {
		return err
	}
	otherKey, err := atcrypto.ParsePublicDIDKey(other.PublicKey().DIDKey())
	if err != nil {
		return fmt.Errorf("%s: %w", theirs, err)
	}
	_, ownHash := repo.Load(ctx, changed, id, repo.VerifyOptions{})
	_, ownKey := repo.Load(ctx, file, repo.Identity{DID: id.DID, Key: other.PublicKey()}, repo.VerifyOptions{})
	_, theirHash := loadTheirs(ctx, changed, key)
	_, theirKey := loadTheirs(ctx, file, otherKey)
	if ownHash == nil || ownKey == nil || theirHash == nil || theirKey == nil {
		return errors.New("a damaged file, or one that another key has signed, is accepted")
	}
	return nil
}
