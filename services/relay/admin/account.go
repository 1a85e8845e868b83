package admin

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay"
)

// accountData is what the page of an account shows; without an account it asks for one.
type accountData struct {
	Asked   string
	Account *relay.Account
}

func (p *Page) account(w http.ResponseWriter, r *http.Request, s session) {
	p.showAccount(w, r, s, r.URL.Query().Get("q"), http.StatusOK, "")
}

func (p *Page) showAccount(w http.ResponseWriter, r *http.Request, s session, asked string, status int, problem string) {
	data := &accountData{Asked: asked}
	title := "Why is this account not here?"
	if strings.TrimSpace(asked) != "" {
		did, err := p.find(r, asked)
		if err == nil {
			data.Account, err = p.opts.Relay.Account(r.Context(), did)
		}
		if err != nil && problem == "" {
			status, problem = http.StatusUnprocessableEntity, err.Error()
		}
		if data.Account != nil {
			title = string(did)
		}
	}
	p.render(w, r, status, "account", view{
		Title: title, Session: s, Problem: problem, Done: r.URL.Query().Get("done"), OfAccount: true, Data: data,
	})
}

// find returns the DID of an account that was asked for by its DID or handle.
func (p *Page) find(r *http.Request, asked string) (syntax.DID, error) {
	text := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(asked), "at://"), "@")
	if strings.HasPrefix(text, "did:") {
		did, err := syntax.ParseDID(text)
		if err != nil {
			return "", fmt.Errorf("%.100q is no DID: %w", text, err)
		}
		return did, nil
	}
	handle, err := syntax.ParseHandle(text)
	switch {
	case err != nil:
		return "", fmt.Errorf("%.100q is neither a DID nor a handle: %w", text, err)
	case p.opts.LookupHandle == nil:
		return "", fmt.Errorf("%s is a handle: this relay looks up DIDs alone", handle)
	}
	id, err := p.opts.LookupHandle(r.Context(), handle)
	if err != nil {
		return "", fmt.Errorf("the handle %s leads to no account now: %w", handle, err)
	}
	return id.DID, nil
}

// changeAccount takes an account down, or ends that.
func (p *Page) changeAccount(w http.ResponseWriter, r *http.Request, s session) {
	do, text := r.PostFormValue("do"), r.PostFormValue("did")
	did, err := syntax.ParseDID(text)
	if err == nil && do != "takedown" && do != "restore" {
		err = errForm
	}
	if err == nil {
		p.opts.Logger.InfoContext(r.Context(), "the operator changes an account", "did", did, "what", do)
		err = p.opts.Relay.TakeDown(r.Context(), did, do == "takedown")
	}
	if err != nil {
		p.showAccount(w, r, s, text, http.StatusUnprocessableEntity, err.Error())
		return
	}
	http.Redirect(w, r, Path+"accounts?"+url.Values{"q": {string(did)}, "done": {do}}.Encode(), http.StatusSeeOther)
}
