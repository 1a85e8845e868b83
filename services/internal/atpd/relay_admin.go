package atpd

import (
	"log/slog"
	"net/http"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/admin"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// withAdminPage is a relay with the page of its operator at /admin/.
func (p *program) withAdminPage(server *relay.Relay, db *sqlstore.DB, directory *identity.Directory, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", server)
	mux.Handle("GET /admin/{$}", http.RedirectHandler(admin.Path, http.StatusSeeOther))
	mux.Handle("GET /admin", http.RedirectHandler(admin.Path, http.StatusSeeOther))
	mux.Handle(admin.Path, admin.New(admin.Options{
		Relay: server, Now: p.now, Logger: log, LookupHandle: directory.LookupHandle, Size: db.Size, Subscribers: server.Subscribers,
	}))
	return mux
}
