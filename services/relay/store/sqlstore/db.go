// Package sqlstore keeps what a Relay remembers, its events included, in one SQL
// database: a file of SQLite, or PostgreSQL.
package sqlstore

import (
	"context"
	_ "embed" // for the schema
	"errors"

	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay/store"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

//go:embed schema.sql
var schema string

// DB is an open database. It implements [store.Store].
type DB struct {
	*sqldb.DB

	events *eventlog.DB
}

var _ store.Store = (*DB)(nil)

// Open opens a database and makes the tables where there are none. The name is a URL
// that begins with postgres://, or a path of a file, which is made, readable by its
// owner alone, where there is none.
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := sqldb.Open(ctx, name, sqldb.Schema{Name: "relay", Version: 1, SQL: schema, Pragmas: eventlog.Pragmas()})
	if err != nil {
		return nil, err
	}
	events, err := eventlog.Within(ctx, db)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &DB{db, events}, nil
}

// Events returns the log of events in the same database. It is closed with it.
func (db *DB) Events() *eventlog.DB { return db.events }
