package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"github.com/lexgen/lexgen/codegen/output"
)

// stamps returns where it is remembered what the last run made its output
// from; nowhere, if the user has no folder for caches.
func (w world) stamps() output.Stamps {
	dir, err := w.cacheDir()
	if err != nil {
		return output.Stamps{}
	}
	return output.Stamps{Dir: filepath.Join(dir, "lexgen")}
}

// fingerprint returns a hash of the running program, so that each build of
// lexgen is told apart from all others, or nothing if it cannot be read.
func (w world) fingerprint() string {
	name, err := w.executable()
	if err != nil {
		return ""
	}
	file, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer file.Close() //nolint:errcheck // only read
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return ""
	}
	return hex.EncodeToString(h.Sum(nil))
}
