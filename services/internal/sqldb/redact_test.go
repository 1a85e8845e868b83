package sqldb_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/services/internal/sqldb"
)

// TestRedacted has a secret wherever a name of a database can have one.
func TestRedacted(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"relay.sqlite":               "relay.sqlite",
		"/data/passwords=1/r.sqlite": "/data/passwords=xxxxx",
		"postgres:///relay?host=/run/postgresql&user=relay":                                      "postgres:///relay?host=%2Frun%2Fpostgresql&user=relay",
		"postgres://relay:s3cret@db.example.com:5432/relay":                                      "postgres://relay:xxxxx@db.example.com:5432/relay",
		"postgresql://db.example.com/relay?password=s3cret":                                      "postgresql://db.example.com/relay?password=xxxxx",
		"postgres://db.example.com/relay?Password=s3cret&p=s3cret":                               "postgres://db.example.com/relay?Password=xxxxx&p=xxxxx",
		"postgres://h/relay?sslkey=/k&sslpassword=s3cret&sslpassword=s3cret&sslmode=verify-full": "postgres://h/relay?sslkey=%2Fk&sslmode=verify-full&sslpassword=xxxxx&sslpassword=xxxxx",
		"postgres://h/relay?options=-c%20a.b%3Ds3cret":                                           "postgres://h/relay?options=xxxxx",
		"postgres://h/relay#s3cret":                                                              "postgres://h/relay",
		"postgres://relay:s3/cret@h/relay":                                                       "the PostgreSQL database",
		"postgres://relay:s3cret@one:1,two:2/relay":                                              "postgres://relay:xxxxx@one:1,two:2/relay",
		"Postgres://relay:s3cret@h/relay":                                                        "postgres://relay:xxxxx@h/relay",
		"host=h user=relay password=s3cret dbname=relay":                                         "host=h user=relay password=xxxxx dbname=relay",
		`host=h PASSWORD = 's3cret \' s3cret' sslpassword=s3cret`:                                "host=h PASSWORD = xxxxx sslpassword=xxxxx",
		"host=h password='s3cret s3cret":                                                         "host=h password=xxxxx",
	} {
		if got := sqldb.Redacted(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestWhatIsNoNameIsNoFile opens databases with names that are no paths. No file is called
// like a password afterwards, and no error has one.
func TestWhatIsNoNameIsNoFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{
		"host=h password=s3cret", "Postgres://relay:s3cret@h/relay", "mysql://relay:s3cret@h/relay", "postgres://relay:s3/cret@h:x/relay",
		"postgres://h/relay?sslmode=none&sslpassword=s3cret",
	} {
		if !strings.Contains(name, "://") {
			name = filepath.Join(dir, name)
		}
		db, err := sqldb.Open(t.Context(), name, numbers)
		if err == nil {
			t.Errorf("%s: it is open: %v", name, db.Close())
		} else if strings.Contains(err.Error(), "cret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) > 0 {
		t.Errorf("%v: %v", files, err)
	}
}
