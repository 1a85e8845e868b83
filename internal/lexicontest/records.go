package lexicontest

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// handleRepo serves what who publishes asks: sessions, and records with the rules of
// swaps (PD-03).
func (a *Account) handleRepo(api *xrpc.Server) {
	a.handleSessions(api)
	comatproto.RepoPutRecord.Handle(api, a.putRecord)
	comatproto.RepoDeleteRecord.Handle(api, a.deleteRecord)
	comatproto.RepoListRecords.Handle(api, a.listRecords)
}

// mayWrite checks who writes, and where.
func (a *Account) mayWrite(authorization string, into syntax.AtIdentifier) error {
	if err := a.authorized(authorization, "access"); err != nil {
		return err
	}
	if did, _ := into.DID(); did != a.DID {
		return xrpc.NewError(xrpc.ErrInvalidRequest, "there is no repository of %s", into)
	}
	return nil
}

// current returns the CID of a record, undefined if there is none.
func (a *Account) current(ctx context.Context, collection syntax.NSID, key syntax.RecordKey) (cid.CID, error) {
	r, err := a.open(ctx)
	if err != nil {
		return cid.CID{}, err
	}
	record, err := r.Get(ctx, collection, key)
	if errors.Is(err, repo.ErrNotFound) {
		return cid.CID{}, nil
	}
	return record.CID, err
}

func (a *Account) open(ctx context.Context) (*repo.Repo, error) {
	a.mu.Lock()
	head := a.head
	a.mu.Unlock()
	return repo.Open(ctx, a.store, head)
}

// write makes a commit of one write.
func (a *Account) write(ctx context.Context, w repo.Write) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	change, err := a.writer.Apply(ctx, w)
	if err == nil {
		a.head = change.Commit
	}
	return err
}

func (a *Account) putRecord(ctx context.Context, r *comatproto.RepoPutRecordRequest) (*comatproto.RepoPutRecordOutput, error) {
	in := r.Input
	if err := a.mayWrite(r.HTTP.Header.Get("Authorization"), in.Repo); err != nil {
		return nil, err
	}
	was, err := a.current(ctx, in.Collection, in.Rkey)
	if err != nil {
		return nil, err
	}
	want, ok := in.SwapRecord.Get()
	if ok && string(want) != was.String() || in.SwapRecord.IsNull() && was.Defined() {
		return nil, xrpc.NewError(comatproto.RepoPutRecordErrInvalidSwap, "Record was at %s", was)
	}
	data, err := lex.MarshalCBOR(in.Record)
	if err != nil {
		return nil, xrpc.NewError(xrpc.ErrInvalidRequest, "%v", err)
	}
	if err := a.write(ctx, repo.PutData(in.Collection, in.Rkey, data)); err != nil {
		return nil, err
	}
	return &comatproto.RepoPutRecordOutput{
		URI: syntax.ATURI(fmt.Sprintf("at://%s/%s/%s", a.DID, in.Collection, in.Rkey)),
		CID: syntax.CID(cid.Sum(cid.DagCBOR, data).String()),
	}, nil
}

func (a *Account) deleteRecord(ctx context.Context, r *comatproto.RepoDeleteRecordRequest) (*comatproto.RepoDeleteRecordOutput, error) {
	in := r.Input
	if err := a.mayWrite(r.HTTP.Header.Get("Authorization"), in.Repo); err != nil {
		return nil, err
	}
	was, err := a.current(ctx, in.Collection, in.Rkey)
	if err != nil {
		return nil, err
	}
	if want, ok := in.SwapRecord.Get(); ok && string(want) != was.String() {
		return nil, xrpc.NewError(comatproto.RepoDeleteRecordErrInvalidSwap, "Record was at %s", was)
	}
	if !was.Defined() {
		return &comatproto.RepoDeleteRecordOutput{}, nil
	}
	return &comatproto.RepoDeleteRecordOutput{}, a.write(ctx, repo.Delete(in.Collection, in.Rkey))
}

// pageSize is how many records of a list come at once: few, so that there are pages.
const pageSize = 2

func (a *Account) listRecords(ctx context.Context, r *comatproto.RepoListRecordsRequest) (*comatproto.RepoListRecordsOutput, error) {
	if did, _ := r.Params.Repo.DID(); did != a.DID {
		return nil, xrpc.NewError(xrpc.ErrInvalidRequest, "Could not find repo: %s", r.Params.Repo)
	}
	from, err := a.open(ctx)
	if err != nil {
		return nil, err
	}
	out := &comatproto.RepoListRecordsOutput{Records: []*comatproto.RepoListRecordsRecord{}}
	for record, err := range from.Records(ctx, r.Params.Collection) {
		if err != nil {
			return nil, err
		}
		if string(record.Key()) <= r.Params.Cursor.Or("") {
			continue
		}
		value := &lex.UnknownObject{}
		if err := lex.DecodeCBOR(record.Data, value); err != nil {
			return nil, err
		}
		out.Records = append(out.Records, &comatproto.RepoListRecordsRecord{
			URI: syntax.ATURI("at://" + string(a.DID) + "/" + record.Path), CID: syntax.CID(record.CID.String()), Value: value,
		})
		if len(out.Records) == pageSize {
			out.Cursor = lex.String(string(record.Key()))
			break
		}
	}
	return out, nil
}
