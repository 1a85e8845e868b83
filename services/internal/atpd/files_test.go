package atpd

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/services/internal/backupfile"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// TestErrorsNameWhatWasAskedFor has files and databases that cannot be made. The errors name
// them, and not those that stand in for them until they are whole, of which none is left.
func TestErrorsNameWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	damaged := filepath.Join(dir, "damaged.backup")
	if err := os.WriteFile(damaged, []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := filepath.Join(dir, "nowhere")
	restore := func(database string) func(context.Context) error {
		return func(ctx context.Context) error {
			o := &relaySettings{database: database, skip: 1}
			return o.restore(ctx, damaged, nil, &bytes.Buffer{})
		}
	}
	write := func(path string) func(context.Context) error {
		return func(ctx context.Context) error {
			o := &relaySettings{database: filepath.Join(dir, "relay.sqlite")}
			return errors.Join(within(ctx, o.database, func(*sqlstore.DB) error { return nil }), o.backup(ctx, path, nil, &bytes.Buffer{}))
		}
	}
	for _, c := range []struct {
		name string
		path string
		do   func(path string) func(context.Context) error
		kind error
	}{
		{"a damaged backup", filepath.Join(dir, "new.sqlite"), restore, backupfile.ErrDamaged},
		{"a database in no folder", filepath.Join(nowhere, "new.sqlite"), restore, fs.ErrNotExist},
		{"a backup in no folder", filepath.Join(nowhere, "new.backup"), write, fs.ErrNotExist},
	} {
		err := c.do(c.path)(t.Context())
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.path) || strings.Contains(err.Error(), c.path+".") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "new*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left: %v", left, err)
	}
}

// TestATokenThatOthersCanReadIsToldOf has a file of the token that is open to others, and
// one that is not.
func TestATokenThatOthersCanReadIsToldOf(t *testing.T) {
	t.Parallel()
	for mode, told := range map[fs.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true} {
		path := filepath.Join(t.TempDir(), "token")
		if err := errors.Join(os.WriteFile(path, []byte("0123456789abcdef\n"), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		o := &relaySettings{adminTokenFile: path}
		token, err := o.token(slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil || token != "0123456789abcdef" || strings.Contains(log.String(), "level=WARN") != told || strings.Contains(log.String(), token) {
			t.Errorf("%v: %q, %v: %s", mode, token, err, &log)
		}
	}
}
