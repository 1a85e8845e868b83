package e2e_test

import (
	"maps"
	"strings"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// writer is an account of the PDS that writes notes. Its methods return what happens
// to it, in the words of a follower.
type writer struct {
	pdsAccount

	pds  pds
	name string
}

// writer makes an account.
func (p pds) writer(name string) *writer {
	p.t.Helper()
	return &writer{p.account(syntax.Handle(name + ".test")), p, name}
}

// done fails the test where a call has failed.
func done[T any](w *writer, out T, err error) T {
	w.pds.t.Helper()
	if err != nil {
		w.pds.t.Fatal(err)
	}
	return out
}

func noteOf(text string, more lex.Extra) *lex.UnknownObject {
	fields := lex.Extra{"text": text}
	maps.Copy(fields, more)
	return &lex.UnknownObject{Type: string(notes), Fields: fields}
}

// created makes a note.
func (w *writer) created(key syntax.RecordKey, text string, more lex.Extra) string {
	w.pds.t.Helper()
	out, err := comatproto.RepoCreateRecord.Call(w.pds.t.Context(), w.client, &comatproto.RepoCreateRecordInput{
		Repo: syntax.AtIdentifier(w.did), Collection: notes, Rkey: lex.Some(key), Record: noteOf(text, more),
	})
	return w.said(repo.ActionCreate, key, string(done(w, out, err).CID))
}

// illustrated makes a note with a blob.
func (w *writer) illustrated(key syntax.RecordKey) string {
	w.pds.t.Helper()
	out, err := comatproto.RepoUploadBlob.Call(w.pds.t.Context(), w.client, &xrpc.Body{Reader: strings.NewReader("an image"), Type: "image/png"})
	blob := done(w, out, err).Blob
	return w.created(key, "with an image", lex.Extra{
		"image": map[string]any{"$type": "blob", "ref": blob.Ref, "mimeType": blob.MimeType, "size": blob.Size},
	})
}

// updated replaces a note.
func (w *writer) updated(key syntax.RecordKey, text string) string {
	w.pds.t.Helper()
	out, err := comatproto.RepoPutRecord.Call(w.pds.t.Context(), w.client, &comatproto.RepoPutRecordInput{
		Repo: syntax.AtIdentifier(w.did), Collection: notes, Rkey: key, Record: noteOf(text, nil),
	})
	return w.said(repo.ActionUpdate, key, string(done(w, out, err).CID))
}

// deleted deletes a note.
func (w *writer) deleted(key syntax.RecordKey) string {
	w.pds.t.Helper()
	out, err := comatproto.RepoDeleteRecord.Call(w.pds.t.Context(), w.client, &comatproto.RepoDeleteRecordInput{
		Repo: syntax.AtIdentifier(w.did), Collection: notes, Rkey: key,
	})
	done(w, out, err)
	return w.said(repo.ActionDelete, key, "")
}

func (w *writer) said(action repo.Action, key syntax.RecordKey, id string) string {
	return strings.TrimSpace(w.name + " " + string(action) + " " + string(notes) + "/" + string(key) + " " + id)
}

// named changes the handle.
func (w *writer) named(handle syntax.Handle) {
	w.pds.t.Helper()
	out, err := comatproto.IdentityUpdateHandle.Call(w.pds.t.Context(), w.client, &comatproto.IdentityUpdateHandleInput{Handle: handle})
	done(w, out, err)
	w.handle = handle
}

// deactivated has the account rest.
func (w *writer) deactivated() {
	w.pds.t.Helper()
	out, err := comatproto.ServerDeactivateAccount.Call(w.pds.t.Context(), w.client, &comatproto.ServerDeactivateAccountInput{})
	done(w, out, err)
}

// activated ends that.
func (w *writer) activated() {
	w.pds.t.Helper()
	out, err := comatproto.ServerActivateAccount.Call(w.pds.t.Context(), w.client, &xrpc.None{})
	done(w, out, err)
}

// gone has the operator delete the account.
func (w *writer) gone() {
	w.pds.t.Helper()
	out, err := comatproto.AdminDeleteAccount.Call(w.pds.t.Context(), w.pds.admin, &comatproto.AdminDeleteAccountInput{DID: w.did})
	done(w, out, err)
}
