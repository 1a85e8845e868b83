package networktest

import (
	"bytes"
	"context"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// handle registers what a host serves.
func (h *Host) handle(s *xrpc.Server) {
	comatproto.SyncSubscribeRepos.Handle(s, h.subscribeRepos)
	comatproto.SyncGetRepo.Handle(s, h.getRepo)
	comatproto.SyncGetLatestCommit.Handle(s, h.getLatestCommit)
	comatproto.SyncGetRepoStatus.Handle(s, h.getRepoStatus)
	comatproto.SyncListRepos.Handle(s, h.listRepos)
	comatproto.RepoGetRecord.Handle(s, h.getRecord)
	comatproto.ServerDescribeServer.Handle(s, h.describeServer)
}

// subscribeRepos is [events.Log.Serve], but for lies that were ordered.
func (h *Host) subscribeRepos(
	ctx context.Context, r *comatproto.SyncSubscribeReposRequest, out *xrpc.Stream[comatproto.SyncSubscribeReposMessage],
) error {
	h.Calls.Add("subscribeRepos")
	log := h.Log()
	after, outdated, err := log.Window().After(r.Params.Cursor)
	if err != nil {
		return err
	}
	if outdated {
		if err := out.Send(&comatproto.SyncSubscribeReposInfo{Name: xrpc.InfoOutdatedCursor}); err != nil {
			return err
		}
	}
	return log.Follow(ctx, after, func(e events.Entry) error {
		frames, err := h.told(e)
		for _, frame := range frames {
			if err := out.SendFrame(frame); err != nil {
				return err
			}
		}
		return err
	})
}

func (h *Host) getRepo(ctx context.Context, r *comatproto.SyncGetRepoRequest) (*xrpc.Body, error) {
	h.Calls.Add("getRepo")
	found, a, err := h.served(ctx, r.Params.DID)
	if err != nil {
		return nil, err
	}
	var file bytes.Buffer
	if since, ok := r.Params.Since.Get(); ok {
		err = repo.ExportSince(ctx, a.Store(), &file, since)
	} else {
		err = found.Export(ctx, &file)
	}
	return &xrpc.Body{Reader: bytes.NewReader(file.Bytes()), Type: repo.ExportMediaType, Length: int64(file.Len())}, err
}

func (h *Host) getLatestCommit(ctx context.Context, r *comatproto.SyncGetLatestCommitRequest) (*comatproto.SyncGetLatestCommitOutput, error) {
	found, _, err := h.served(ctx, r.Params.DID)
	if err != nil {
		return nil, err
	}
	return &comatproto.SyncGetLatestCommitOutput{CID: syntax.CID(found.Head().String()), Rev: found.Rev()}, nil
}

func (h *Host) getRepoStatus(ctx context.Context, r *comatproto.SyncGetRepoStatusRequest) (*comatproto.SyncGetRepoStatusOutput, error) {
	a, status := h.account(r.Params.DID)
	if a == nil && status == "" {
		return nil, xrpc.NewError(comatproto.SyncGetRepoStatusErrRepoNotFound, "There is no such account")
	}
	out := &comatproto.SyncGetRepoStatusOutput{DID: r.Params.DID, Active: status == ""}
	if status != "" {
		out.Status = lex.Some(status)
		return out, nil
	}
	found, _, err := h.served(ctx, r.Params.DID)
	if err != nil {
		return nil, err
	}
	out.Rev = lex.Some(found.Rev())
	return out, nil
}

func (h *Host) listRepos(ctx context.Context, r *comatproto.SyncListReposRequest) (*comatproto.SyncListReposOutput, error) {
	out := &comatproto.SyncListReposOutput{Repos: []*comatproto.SyncListReposRepo{}}
	limit := int(r.Params.Limit.Or(500))
	for _, a := range h.Accounts() {
		if strings.Compare(string(a.DID), r.Params.Cursor.Or("")) <= 0 {
			continue
		}
		if len(out.Repos) == limit {
			out.Cursor = lex.Some(string(out.Repos[limit-1].DID))
			break
		}
		_, status := h.account(a.DID)
		found, err := a.Repo(ctx)
		if err != nil {
			return nil, err
		}
		item := &comatproto.SyncListReposRepo{DID: a.DID, Head: syntax.CID(found.Head().String()), Rev: found.Rev(), Active: lex.Some(status == "")}
		if status != "" {
			item.Status = lex.Some(status)
		}
		out.Repos = append(out.Repos, item)
	}
	return out, nil
}

func (h *Host) getRecord(ctx context.Context, r *comatproto.RepoGetRecordRequest) (*comatproto.RepoGetRecordOutput, error) {
	found, _, err := h.served(ctx, syntax.DID(r.Params.Repo))
	if err != nil {
		return nil, err
	}
	record, err := found.Get(ctx, r.Params.Collection, r.Params.Rkey)
	if err != nil {
		return nil, xrpc.NewError(comatproto.RepoGetRecordErrRecordNotFound, "There is no such record")
	}
	out := &comatproto.RepoGetRecordOutput{
		URI: syntax.ATURI("at://" + string(r.Params.Repo) + "/" + record.Path), CID: lex.Some(syntax.CID(record.CID.String())),
	}
	return out, record.Decode(&out.Value)
}

func (h *Host) describeServer(context.Context, *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
	return &comatproto.ServerDescribeServerOutput{DID: syntax.DID("did:web:" + h.Name), AvailableUserDomains: []string{".example.com"}}, nil
}
