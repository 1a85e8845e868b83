package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Stamps remembers outside the output folder what the last run made it from,
// so that a run with nothing to do can end at once. The zero value remembers
// nothing.
type Stamps struct {
	Dir string // folder of the stamps, created if need be; empty for none
}

// stamp is what one output folder was made from.
type stamp struct {
	Key      string          `json:"key"`      // hash of all inputs
	Manifest string          `json:"manifest"` // hash of the manifest that was written
	Summary  json.RawMessage `json:"summary"`
}

// Fresh reports whether dir was made from inputs with that key and still is
// what was written then: every file of the manifest is there with its bytes. If
// so, it fills summary with what Save was given.
func (s Stamps) Fresh(dir, key string, summary any) bool {
	name, err := s.path(dir)
	if err != nil {
		return false
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	var st stamp
	if json.Unmarshal(data, &st) != nil || st.Key != key || !intact(dir, st.Manifest) {
		return false
	}
	return json.Unmarshal(st.Summary, summary) == nil
}

// intact reports whether a folder has the manifest with that hash and all
// files as the manifest says.
func intact(dir, want string) bool {
	root, err := openFolder(dir)
	if err != nil {
		return false
	}
	defer root.Close() //nolint:errcheck // only read
	m, data, err := readManifest(root)
	if err != nil || data == nil || hash(data) != want {
		return false
	}
	for name, sum := range m.Files {
		have, err := readFile(root, name, maxOwned)
		if err != nil || hash(have) != sum {
			return false
		}
	}
	return true
}

// Save remembers that dir was just made from inputs with that key. Failing to
// costs the next run its shortcut and nothing else, so callers may ignore the
// error.
func (s Stamps) Save(dir, key string, summary any) error {
	name, err := s.path(dir)
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(filepath.Join(dir, ManifestName))
	if err != nil {
		return err
	}
	text, err := json.Marshal(summary)
	if err != nil {
		return fmt.Errorf("encode the summary: %w", err)
	}
	data, err := json.Marshal(stamp{Key: key, Manifest: hash(manifest), Summary: text})
	if err != nil {
		return fmt.Errorf("encode the stamp: %w", err)
	}
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o600)
}

// path returns the file of the stamp of an output folder.
func (s Stamps) path(dir string) (string, error) {
	if s.Dir == "" {
		return "", errors.New("no folder for stamps")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.Join(s.Dir, hash([]byte(abs))+".json"), nil
}
