package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// An Option brings what some commands need and this package does without: it must
// not reach generated code, so that gen never needs any.
type Option func(*program)

// WithAccounts lets commands read and write repositories of accounts.
func WithAccounts(a Accounts) Option { return func(p *program) { p.accounts = a } }

// Accounts reads repositories, and opens those of accounts whose password or session
// is there.
type Accounts interface {
	// Published returns the lexicons that a server says are in a repository, as far
	// as they are such: the CID is that of what came. What stands among them and is
	// none is passed over, by its key and the reason.
	Published(ctx context.Context, server *xrpc.Client, did syntax.DID) (list []Published, passedOver []string, err error)
	// Stored returns whose session is in a file, "" if there is no file. It may be
	// read by its owner alone. No error repeats what is in it.
	Stored(file string) (syntax.DID, error)
	// Open goes on with a session, or begins one. The session is kept in the file
	// of the login, if that names one, whenever it changes.
	Open(ctx context.Context, server *xrpc.Client, login Login) (Account, error)
}

// A Login is what opens a repository. Its fields may be empty, except DID. Printed, it
// is the account.
type Login struct {
	DID      syntax.DID // that the session must be of
	Password string     // or an app password
	Factor   string     // the code that the server has sent by mail
	File     string     // where the session is kept
}

// Format prints the account, whatever the verb.
func (l Login) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(l.DID)) }

// A Published is a lexicon in a repository.
type Published struct {
	NSID syntax.NSID
	CID  cid.CID
	JSON []byte // of the record, with its $type
}

// An Account is a repository that may be written to. Each write is one commit, is made
// only if the record is there as it was, and fails with the name InvalidSwap otherwise.
type Account interface {
	// Put writes the lexicon in place of the one with a CID; of none, if that is
	// undefined. The CID is what the server says it has written.
	Put(ctx context.Context, lexicon Published, was cid.CID) (cid.CID, error)
	// Delete removes the lexicon with a CID.
	Delete(ctx context.Context, nsid syntax.NSID, was cid.CID) error
}
