package plc_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// invalid has the kind of error and a part of the message of each invalid log.
var invalid = map[string]struct {
	index  int
	kind   error
	reason string
}{
	"log_invalid_nullification_reused_key.json": {2, plc.ErrSignature, "not signed by one before that (ID-31)"},
	"log_invalid_nullification_too_slow.json":   {2, plc.ErrLate, "(ID-31)"},
	"log_invalid_sig_b64_newline.json":          {0, plc.ErrSignature, "line break (ID-24)"},
	"log_invalid_sig_b64_padding_bits.json":     {0, plc.ErrSignature, "not base64url without padding"},
	"log_invalid_sig_b64_padding_chars.json":    {0, plc.ErrSignature, "not base64url without padding"},
	"log_invalid_sig_der.json":                  {0, crypto.ErrMismatch, "(ID-24, ID-30)"}, // of 64 bytes,
	"log_invalid_sig_k256_high_s.json":          {0, crypto.ErrHighS, "(ID-24, ID-30)"},
	"log_invalid_sig_p256_high_s.json":          {0, crypto.ErrHighS, "(ID-24, ID-30)"},
	"log_invalid_update_nullified.json":         {4, plc.ErrOrder, "was undone (ID-32)"},
	"log_invalid_update_tombstoned.json":        {2, plc.ErrOrder, "tombstone, after which nothing comes (ID-32)"},
}

// logs reads the logs of a folder of real data, by name.
func logs(t testing.TB, folder string) map[string][]byte {
	t.Helper()
	dir := shared.Dir(t, "data", "plc", folder)
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil || len(names) != 10 {
		t.Fatalf("%d logs in %s, want 10 (%v)", len(names), dir, err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(name)] = text
	}
	return all
}

func TestValidLogsVerify_ID20_ID23_ID24_ID25_ID26_ID30_ID31_ID32_ID42(t *testing.T) {
	t.Parallel()
	for name, text := range logs(t, "valid") {
		log, err := plc.ParseLog(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		h, err := log.Verify(log[0].DID)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tombstoned := name == "log_tombstone.json"; tombstoned != (h.State() == nil) {
			t.Errorf("%s: the state at the end is %v", name, h.State())
		}
	}
}

func TestInvalidLogsAreRefused_ID24_ID31_ID32_ID42(t *testing.T) {
	t.Parallel()
	for name, text := range logs(t, "invalid") {
		want, ok := invalid[name]
		if !ok {
			t.Errorf("%s: nothing is expected of it", name)
			continue
		}
		log, err := plc.ParseLog(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, err = log.Verify(log[0].DID)
		var e *plc.Error
		if !errors.As(err, &e) || !errors.Is(err, want.kind) || !strings.Contains(e.Reason, want.reason) || e.Index != want.index {
			t.Errorf("%s: %v, want %v of operation %d with %q", name, err, want.kind, want.index, want.reason)
		}
	}
}
