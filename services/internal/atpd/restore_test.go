package atpd

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/backup"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/sqlstore"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// TestADamagedBackupIsRefusedWhole has one with more operations than a restore
// keeps at once, and a wrong byte at its end: nothing of it is there afterwards.
// Then it restores the sound one, whose next number is a new one.
func TestADamagedBackupIsRefusedWhole_ID39_ID42(t *testing.T) {
	t.Parallel()
	const count = did.ExportPage + 1
	var batch []store.Addition
	for i := range count {
		op := &did.Update{State: did.State{RotationKeys: plctest.Keys(t, "a"), AlsoKnownAs: []string{string(rune('a' + i))}}}
		plctest.Sign(t, op, "a")
		batch = append(batch, plctest.Addition(op, op, plctest.Noon, 0))
	}
	from := &storetest.Memory{}
	if _, err := from.Append(t.Context(), batch...); err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := backup.Write(t.Context(), from, &file); err != nil {
		t.Fatal(err)
	}
	damaged := bytes.Clone(file.Bytes())
	damaged[len(damaged)-10] ^= 1 // in the hash
	for name, database := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return filepath.Join(t.TempDir(), "plc.sqlite") },
		"postgres": func(t *testing.T) string { return eachstore.PostgresSchema(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := &plcSettings{database: database(t), skip: 500}
			if _, err := o.restoreFrom(t.Context(), bytes.NewReader(damaged)); !errors.Is(err, backup.ErrDamaged) {
				t.Error(err)
			}
			if restored, err := o.restoreFrom(t.Context(), bytes.NewReader(file.Bytes())); err != nil || restored != count { // into an empty database, or it fails
				t.Fatal(restored, err)
			}
			db, err := sqlstore.Open(t.Context(), o.database)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			op := plctest.Update(t, plctest.State(t, "next.test", "a"), nil, "a")
			if seq, err := db.Append(t.Context(), plctest.Addition(op, op, plctest.Noon, 0)); err != nil || seq != count+500+1 {
				t.Errorf("the next number is %d: %v", seq, err)
			}
		})
	}
}
