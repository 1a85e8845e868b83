package admin

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/services/relay"
)

// hostData is what the page of a host shows.
type hostData struct {
	*relay.Host

	Kinds   []count
	Reasons []count
}

func (p *Page) host(w http.ResponseWriter, r *http.Request, s session) {
	p.showHost(w, r, s, http.StatusOK, "")
}

func (p *Page) showHost(w http.ResponseWriter, r *http.Request, s session, status int, problem string) {
	h := p.opts.Relay.Host(r.PathValue("host"))
	if h == nil {
		p.fail(w, r, s, http.StatusNotFound, "This relay does not know the host "+strconv.Quote(visible.Clipped(r.PathValue("host"), 100))+".")
		return
	}
	p.render(w, r, status, "host", view{
		Title: h.Name, Session: s, Problem: problem, Done: r.URL.Query().Get("done"), Data: &hostData{h, counts(h.Events), counts(h.Rejected)},
	})
}

// errForm says that a form is not as the page has made it.
var errForm = errors.New("this form makes no sense")

// changeHost does what a button of the page says.
func (p *Page) changeHost(w http.ResponseWriter, r *http.Request, s session) {
	name, do := r.PathValue("host"), r.PostFormValue("do")
	change, err := hostChange(do, strings.TrimSpace(r.PostFormValue("value")))
	if err == nil {
		p.opts.Logger.InfoContext(r.Context(), "the operator changes a host", "host", name, "what", do)
		err = p.opts.Relay.ChangeHost(r.Context(), name, change)
	}
	if err != nil {
		p.showHost(w, r, s, http.StatusUnprocessableEntity, err.Error())
		return
	}
	http.Redirect(w, r, Path+"hosts/"+url.PathEscape(name)+"?done="+do, http.StatusSeeOther) //nolint:gosec // a page of this one
}

func hostChange(do, value string) (c relay.HostChange, err error) {
	switch do {
	case "ban", "unban":
		c.Banned = new(do == "ban")
	case "trust", "distrust":
		c.Trusted = new(do == "trust")
	case "reconnect":
		c.Restart = true
	case "limit", "move":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return c, errors.Join(errForm, err)
		}
		if do == "limit" {
			c.AccountLimit = &n
		} else {
			c.Seq = &n
		}
	default:
		return c, errForm
	}
	return c, nil
}
