package atpd

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// TestTheOperatorHasAPageAndEndpoints asks the handler of the daemon for both, and has a page
// of somebody else send a form to the endpoints with a password that the browser knows.
func TestTheOperatorHasAPageAndEndpoints(t *testing.T) {
	t.Parallel()
	db, err := sqlstore.Open(t.Context(), filepath.Join(t.TempDir(), "relay.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p := &program{now: time.Now, after: time.After}
	o := &relaySettings{adminToken: "the token of the operator", plc: "http://localhost:1"}
	directory := o.directory(p.now)
	defer directory.Close()
	server, err := p.newRelay(t.Context(), o, db, directory, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	handler := p.withAdminPage(server, db, directory, slog.New(slog.DiscardHandler))
	for _, ask := range []struct {
		method, path, body, site string
		status                   int
		says                     string
	}{
		{"GET", "/admin", "", "", http.StatusSeeOther, "/admin/ui/"},
		{"GET", "/admin/", "", "", http.StatusSeeOther, "/admin/ui/"},
		{"GET", "/admin/ui/", "", "", http.StatusSeeOther, "sign-in"},
		{"GET", "/admin/ui/sign-in", "", "", http.StatusOK, "Token of the operator"},
		{"GET", "/admin/overview", "", "", http.StatusOK, `"latest":0`},
		{"POST", "/admin/hosts", `{"hostname": "spam.example.com", "banned": true}`, "cross-site", http.StatusForbidden, "cross-origin"},
		{"GET", "/admin/hosts/spam.example.com", "", "", http.StatusNotFound, "no such host"},
		{"POST", "/admin/hosts", `{"hostname": "spam.example.com", "banned": true}`, "", http.StatusOK, `"banned":true`},
		{"GET", "/", "", "", http.StatusOK, "relay"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), ask.method, ask.path, strings.NewReader(ask.body))
		r.SetBasicAuth("admin", o.adminToken)
		if ask.site != "" {
			r.Header.Set("Sec-Fetch-Site", ask.site)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != ask.status || !strings.Contains(w.Body.String()+w.Header().Get("Location"), ask.says) {
			t.Errorf("%s %s from %q: %d %s", ask.method, ask.path, ask.site, w.Code, w.Body)
		}
	}
}
