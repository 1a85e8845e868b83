package account

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

var errNoPassword = errors.New("there is neither a password nor a session")

// Open implements [cli.Accounts]. A session that the server has ended is begun anew
// if there is a password.
func (Accounts) Open(ctx context.Context, server *xrpc.Client, login cli.Login) (cli.Account, error) {
	stored, err := readSession(login.File)
	if err != nil {
		return nil, err
	}
	kept := &keeper{file: login.File, service: server.Service().String(), own: login.DID}
	if stored != nil {
		if stored.DID != login.DID || stored.Service != kept.service {
			return nil, fmt.Errorf("%s has the session of %s with %s, not of %s with %s: name another file, or delete it",
				login.File, stored.DID, stored.Service, login.DID, kept.service)
		}
		s := atclient.Resume(server, stored.tokens(), atclient.WithSave(kept.save))
		_, err := comatproto.ServerGetSession.Call(ctx, s.Client(), nil)
		if login.Password == "" || !errors.Is(err, atclient.ErrSessionEnded) {
			return &account{client: s.Client(), keeper: kept}, errors.Join(err, kept.err)
		}
	}
	if login.Password == "" {
		return nil, errNoPassword
	}
	if err := checkFolder(login.File); err != nil {
		return nil, err
	}
	options := []atclient.SessionOption{atclient.WithSave(kept.save)}
	if login.Factor != "" {
		options = append(options, atclient.WithAuthFactor(login.Factor))
	}
	s, err := atclient.Login(ctx, server, string(login.DID), login.Password, options...)
	switch {
	case err != nil:
		return nil, err
	case s.DID() != login.DID:
		return nil, fmt.Errorf("the server has signed %.100q in instead of %s", s.DID(), login.DID)
	}
	return &account{client: s.Client(), keeper: kept}, kept.err
}

// account is a repository whose session is open.
type account struct {
	client *xrpc.Client
	keeper *keeper
}

// Put implements [cli.Account].
func (a *account) Put(ctx context.Context, lexicon cli.Published, was cid.CID) (cid.CID, error) {
	record := &comatproto.LexiconSchema{}
	if err := lex.DecodeJSON(lexicon.JSON, record); err != nil {
		return cid.CID{}, err
	}
	swap := atclient.IfAbsent()
	if was.Defined() {
		swap = atclient.IfRecord(syntax.CID(was.String()))
	}
	ref, err := atclient.Put(ctx, a.client, syntax.RecordKey(lexicon.NSID), record, swap)
	if err != nil {
		return cid.CID{}, err
	}
	return cid.Parse(string(ref.CID))
}

// Delete implements [cli.Account].
func (a *account) Delete(ctx context.Context, nsid syntax.NSID, was cid.CID) error {
	return atclient.Delete(ctx, a.client, collection, syntax.RecordKey(nsid), atclient.IfRecord(syntax.CID(was.String())))
}
