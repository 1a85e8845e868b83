package lexicontest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// An Account has a repository, and a server of its own that serves proofs of it.
type Account struct {
	DID syntax.DID
	// URL is that of the server.
	URL string

	n      *Network
	server *httptest.Server
	store  *blockstore.Memory

	mu       sync.Mutex
	key      *crypto.PrivateKey
	writer   *repo.Writer
	head     cid.CID
	wrap     func(http.Handler) http.Handler // may be nil
	sessions sessions
	requests int
	parallel int
	most     int // parallel requests
}

// Account makes an account with a key by a number, and its document.
func (n *Network) Account(did syntax.DID) *Account {
	n.t.Helper()
	a := &Account{DID: did, n: n, store: blockstore.NewMemory()}
	a.SetKey(n.Key())
	change, err := a.writer.Init(n.t.Context(), did)
	if err != nil {
		n.t.Fatal(err)
	}
	a.head = change.Commit
	api := xrpc.NewServer()
	comatproto.SyncGetRecord.Handle(api, a.getRecord)
	a.handleRepo(api)
	a.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.serve(api, w, r) }))
	n.t.Cleanup(a.server.Close)
	a.URL = a.server.URL
	n.SetDocument(did, a.Document(a.key.PublicKey(), a.URL))
	return a
}

// Key makes a key.
func (n *Network) Key() *crypto.PrivateKey {
	n.t.Helper()
	key, err := crypto.GenerateKey(crypto.K256, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	return key
}

// Document returns a DID document of the account with that key and server.
func (a *Account) Document(key *crypto.PublicKey, pds string) string {
	return fmt.Sprintf(`{"id":%q,"verificationMethod":[{"id":"#atproto","type":"Multikey","controller":%q,"publicKeyMultibase":%q}],
		"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":%q}]}`, a.DID, a.DID, key.Multikey(), pds)
}

// SetKey has a key sign from now on. The document is not changed.
func (a *Account) SetKey(key *crypto.PrivateKey) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.key, a.writer = key, repo.NewWriter(a.store, key, repo.WriterOptions{})
}

// SigningKey returns the public part of the key that signs.
func (a *Account) SigningKey() *crypto.PublicKey {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.key.PublicKey()
}

// Intercept has the server answer through wrap, which may be nil.
func (a *Account) Intercept(wrap func(http.Handler) http.Handler) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wrap = wrap
}

// Requests returns how many requests the server got, and how many at most at a time.
func (a *Account) Requests() (all, most int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests, a.most
}

func (a *Account) serve(api http.Handler, w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.requests++
	a.parallel++
	a.most = max(a.most, a.parallel)
	handler := api
	if a.wrap != nil {
		handler = a.wrap(api)
	}
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.parallel--
	}()
	handler.ServeHTTP(w, r)
}

func (a *Account) getRecord(ctx context.Context, r *comatproto.SyncGetRecordRequest) (*xrpc.Body, error) {
	if r.Params.DID != a.DID {
		return nil, xrpc.NewError(comatproto.SyncGetRecordErrRepoNotFound, "there is no repository of %s", r.Params.DID)
	}
	file, err := a.proof(ctx, r.Params.Collection, r.Params.Rkey)
	if err != nil {
		return nil, err
	}
	return &xrpc.Body{Reader: bytes.NewReader(file), Type: repo.ExportMediaType}, nil
}

func (a *Account) proof(ctx context.Context, collection syntax.NSID, key syntax.RecordKey) ([]byte, error) {
	a.mu.Lock()
	head := a.head
	a.mu.Unlock()
	r, err := repo.Open(ctx, a.store, head)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	err = r.WriteProof(ctx, &file, collection, key)
	return file.Bytes(), err
}

// Proof returns what the server sends for a schema.
func (a *Account) Proof(nsid syntax.NSID) []byte {
	a.n.t.Helper()
	file, err := a.proof(a.n.t.Context(), lexicon.Collection, syntax.RecordKey(nsid))
	if err != nil {
		a.n.t.Fatal(err)
	}
	return file
}

// Publish puts schemas, as the text of their files, into the repository in one commit,
// has the DNS name the account as their authority, and returns their CIDs.
func (a *Account) Publish(texts ...string) []cid.CID {
	a.n.t.Helper()
	var cids []cid.CID
	var writes []repo.Write
	for _, text := range texts {
		nsid, data, err := record(text)
		if err != nil {
			a.n.t.Fatalf("%v in %s", err, text)
		}
		a.n.Set("_lexicon."+nsid.Authority(), "did="+string(a.DID))
		cids = append(cids, cid.Sum(cid.DagCBOR, data))
		writes = append(writes, repo.PutData(lexicon.Collection, syntax.RecordKey(nsid), data))
	}
	a.Apply(writes...)
	return cids
}

// record returns the record that publishes a text.
func record(text string) (syntax.NSID, []byte, error) {
	var head struct {
		ID syntax.NSID `json:"id"`
	}
	if err := json.Unmarshal([]byte(text), &head); err != nil {
		return "", nil, fmt.Errorf("read a schema: %w", err)
	}
	open := strings.Index(text, "{")
	if head.ID == "" || open < 0 {
		return "", nil, errors.New("no id")
	}
	data, err := lexicon.Encode([]byte(`{"$type":"` + string(lexicon.Collection) + `",` + text[open+1:]))
	return head.ID, data, err
}

// Apply changes the repository.
func (a *Account) Apply(writes ...repo.Write) {
	a.n.t.Helper()
	a.mu.Lock()
	writer := a.writer
	a.mu.Unlock()
	for len(writes) > 0 { // a commit has so many at most
		const most = 200
		now := writes[:min(len(writes), most)]
		change, err := writer.Apply(a.n.t.Context(), now...)
		if err != nil {
			a.n.t.Fatal(err)
		}
		writes = writes[len(now):]
		a.mu.Lock()
		a.head = change.Commit
		a.mu.Unlock()
	}
}

// Unpublish deletes schemas from the repository.
func (a *Account) Unpublish(nsids ...syntax.NSID) {
	a.n.t.Helper()
	for _, nsid := range nsids {
		a.Apply(repo.Delete(lexicon.Collection, syntax.RecordKey(nsid)))
	}
}

// Put puts a schema, as the text of its file, into the repository, whoever its
// authority is.
func (a *Account) Put(text string) {
	a.n.t.Helper()
	nsid, data, err := record(text)
	if err != nil {
		a.n.t.Fatalf("%v in %s", err, text)
	}
	a.Apply(repo.PutData(lexicon.Collection, syntax.RecordKey(nsid), data))
}
