// Package sqlstore keeps the operations of a directory in a SQL database: a file
// of SQLite, or PostgreSQL.
//
//	db, err := sqlstore.Open(ctx, "plc.sqlite")
//	db, err := sqlstore.Open(ctx, "postgres://plc@localhost/plc")
package sqlstore

import (
	"context"
	_ "embed" // for the schema

	"github.com/lexgen/lexgen/services/internal/sqldb"
)

//go:embed schema.sql
var schema string

// DB is an open database. It implements store.Store.
type DB struct{ *sqldb.DB }

// Open opens a database, see [sqldb.Open].
func Open(ctx context.Context, name string) (*DB, error) {
	db, err := sqldb.Open(ctx, name, sqldb.Schema{Name: "plc", Version: 2, SQL: schema})
	if err != nil {
		return nil, err
	}
	return &DB{db}, nil
}
