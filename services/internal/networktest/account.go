package networktest

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Posts is the collection of records that [Create], [Update] and [Delete] write.
const Posts syntax.NSID = "com.example.post"

// An Account is an account with its repository, at the host that it is at now. It is
// for one user at a time, but for what hosts serve of it.
type Account struct {
	DID    syntax.DID
	Handle syntax.Handle
	Home   *Host
	// Key is the one that signs commits now.
	Key *crypto.PrivateKey

	keys   int // how many there were
	wrongs int // how many misbehaviours there were
	clock  *syntax.TIDClock

	mu     sync.Mutex // guards below, which hosts serve
	store  *blockstore.Memory
	status string // "" for active
}

// Active says whether it is active at its host.
func (a *Account) Active() bool { return a.Status() == "" }

// Status says why it is not active.
func (a *Account) Status() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.status
}

func (a *Account) setStatus(status string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.status = status
}

// Store has the repository.
func (a *Account) Store() *blockstore.Memory {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.store
}

func (a *Account) setStore(store *blockstore.Memory) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.store = store
}

// Repo returns the repository as it is.
func (a *Account) Repo(ctx context.Context) (*repo.Repo, error) {
	store := a.Store()
	head, err := store.Head(ctx)
	if err != nil {
		return nil, err
	}
	return repo.Open(ctx, store, head)
}

// newAccount returns the account of a name, with an empty store.
func newAccount(name string) (*Account, error) {
	sum := sha256.Sum256([]byte(name))
	a := &Account{
		DID:    syntax.DID("did:plc:" + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15]))),
		Handle: syntax.Handle(name + ".example.com"),
		store:  blockstore.NewMemory(),
		clock:  newClock(),
	}
	return a, a.newKey()
}

func newClock() *syntax.TIDClock {
	return syntax.NewTIDClock(syntax.TIDClockOptions{Now: time.Now, ClockID: new(uint16)})
}

// newKey gives the account another key, the same in every run.
func (a *Account) newKey() error {
	a.keys++
	key, err := Key(fmt.Sprint(a.DID, a.keys))
	if err == nil {
		a.Key = key
	}
	return err
}

// Key returns the key of a name.
func Key(name string) (*crypto.PrivateKey, error) {
	sum := sha256.Sum256([]byte("the key of " + name))
	return crypto.ParsePrivateKey(crypto.K256, sum[:])
}

// writer returns what makes commits of the account.
func (a *Account) writer(limits repo.Limits) *repo.Writer {
	return repo.NewWriter(a.Store(), a.Key, repo.WriterOptions{Clock: a.clock, Limits: limits})
}

// Create writes a new record with a text.
func Create(key syntax.RecordKey, text string) repo.Write {
	return repo.CreateData(Posts, key, post(text))
}

// Update replaces a record.
func Update(key syntax.RecordKey, text string) repo.Write {
	return repo.UpdateData(Posts, key, post(text))
}

// Delete removes a record.
func Delete(key syntax.RecordKey) repo.Write { return repo.Delete(Posts, key) }

// post returns the DAG-CBOR of a record.
func post(text string) []byte {
	data, err := lex.MarshalCBOR(map[string]any{"$type": string(Posts), "text": text})
	if err != nil {
		return nil // text can be encoded; an empty record is refused where it is written
	}
	return data
}
