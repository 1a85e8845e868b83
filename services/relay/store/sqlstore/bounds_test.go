package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// TestNothingWaitsForEverForADatabase has somebody else lock all tables for ever. Each method
// ends with an error; those that read a file are not held up at all. When the lock is gone
// the store goes on.
func TestNothingWaitsForEverForADatabase(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name func(*testing.T) string) {
		database := name(t)
		db, _ := open(t, database)
		other, _ := open(t, database)
		db.Patience, db.Events().Patience = 50*time.Millisecond, 50*time.Millisecond
		host, entry := store.Host{Name: "pds.example.com"}, []sync.Entry{{Seq: 1, DID: "did:web:a.example.com", Frame: []byte("1")}}
		writes := map[string]func(context.Context) error{
			"Commit": func(ctx context.Context) error {
				return db.Commit(ctx, &store.Batch{Seqs: map[string]int64{host.Name: 1}})
			},
			"PutHost": func(ctx context.Context) error { return db.PutHost(ctx, host) },
			"Append":  func(ctx context.Context) error { return db.Events().Append(ctx, 0, entry) },
			"Own":     func(ctx context.Context) error { _, err := db.Events().Own(ctx); return err },
			"Drop":    func(ctx context.Context) error { return db.Events().Drop(ctx, 1) },
			"Erase":   func(ctx context.Context) error { return db.Events().Erase(ctx, entry[0].DID, 1) },
			"Skip":    func(ctx context.Context) error { return db.Events().Skip(ctx, 1) },
		}
		reads := map[string]func(context.Context) error{
			"Account":        func(ctx context.Context) error { _, err := db.Account(ctx, entry[0].DID); return err },
			"Accounts":       func(ctx context.Context) error { _, err := db.Accounts(ctx, "", 1); return err },
			"Throttled":      func(ctx context.Context) error { _, err := db.Throttled(ctx, host.Name, 1); return err },
			"CountThrottled": func(ctx context.Context) error { _, err := db.CountThrottled(ctx, host.Name); return err },
			"InCollection":   func(ctx context.Context) error { _, err := db.InCollection(ctx, "com.example.post", "", 1); return err },
			"Collections":    func(ctx context.Context) error { _, err := db.Collections(ctx, entry[0].DID, 1); return err },
			"Host":           func(ctx context.Context) error { _, err := db.Host(ctx, host.Name); return err },
			"Hosts":          func(ctx context.Context) error { _, err := db.Hosts(ctx, "", 1); return err },
			"NewHosts":       func(ctx context.Context) error { _, err := db.NewHosts(ctx, time.Time{}); return err },
			"Read":           func(ctx context.Context) error { _, err := db.Events().Read(ctx, 0, 1, 1); return err },
			"State":          func(ctx context.Context) error { _, err := db.Events().State(ctx); return err },
		}
		whileLocked(t, other, func(ctx context.Context) {
			for name, do := range writes {
				if err := do(ctx); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if !db.IsPostgres() { // they are not to fail, however busy the machine is
				db.Patience, db.Events().Patience = time.Minute, time.Minute
			}
			for name, do := range reads {
				if err := do(ctx); errors.Is(err, context.DeadlineExceeded) != db.IsPostgres() {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
		db.Patience, db.Events().Patience = time.Minute, time.Minute
		if err := db.PutHost(t.Context(), host); err != nil {
			t.Error(err)
		}
		if _, err := db.Host(t.Context(), host.Name); err != nil {
			t.Error(err)
		}
	})
}

// whileLocked does something while nobody can write to a database, nor read PostgreSQL.
func whileLocked(t *testing.T, db *sqlstore.DB, do func(context.Context)) {
	t.Helper()
	over := errors.New("the lock is over")
	err := db.AtLeisure().Transact(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		if db.IsPostgres() {
			const lock = "LOCK TABLE relay_host, relay_account, relay_collection, event, event_window IN ACCESS EXCLUSIVE MODE"
			if _, err := tx.ExecContext(ctx, lock); err != nil {
				return err
			}
		}
		do(ctx)
		return over
	})
	if !errors.Is(err, over) {
		t.Fatal(err)
	}
}

// TestThoseWhoListTakeNoConnectionOfIngest has so many read that no connection is left to
// them. What the relay needs to take events in does not wait for them.
func TestThoseWhoListTakeNoConnectionOfIngest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, name func(*testing.T) string) {
		db, _ := open(t, name(t))
		for range db.Reader.Stats().MaxOpenConnections {
			conn, err := db.Reader.Conn(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
		db.Patience, db.Events().Patience = 5*time.Second, 5*time.Second // or it waits for ever
		host, did := store.Host{Name: "pds.example.com"}, syntax.DID("did:web:a.example.com")
		err := errors.Join(
			db.PutHost(t.Context(), host),
			db.Commit(t.Context(), &store.Batch{Accounts: []store.Account{{DID: did, Host: host.Name}}}),
			db.Events().Append(t.Context(), 0, []sync.Entry{{Seq: 1, DID: did, Frame: []byte("1")}}),
		)
		_, hostErr := db.Host(t.Context(), host.Name)
		_, accountErr := db.Account(t.Context(), did)
		_, collectionsErr := db.Collections(t.Context(), did, 1)
		_, newErr := db.NewHosts(t.Context(), time.Time{})
		_, stateErr := db.Events().State(t.Context())
		if err := errors.Join(err, hostErr, accountErr, collectionsErr, newErr, stateErr); err != nil {
			t.Error(err)
		}
	})
}
