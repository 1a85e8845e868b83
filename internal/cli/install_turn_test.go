//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows

package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestOneRunAtATime has a second run come while the first one is at work, where the folder
// of the lock file is there, and where it is not there yet.
func TestOneRunAtATime(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{".", "new/folder"} {
		p := defaultPlace(filepath.Join(t.TempDir(), folder))
		leave, err := p.enter()
		if err != nil {
			t.Fatal(err)
		}
		commit := func() error { return p.commit(&plan{next: &lock{}}) } // which makes the folder
		if err := commit(); err != nil {
			t.Fatal(err)
		}
		if _, err := p.enter(); err == nil || !strings.Contains(err.Error(), "another run of lexgen install is at work") {
			t.Errorf("%s: two runs are at work: %v", folder, err)
		}
		leave()
		again, err := p.enter()
		if err != nil {
			t.Fatalf("%s: after the end of the first: %v", folder, err)
		}
		again()
	}
}

// TestNoTurnBelowAFile names what is in the way of the folder of the lock file.
func TestNoTurnBelowAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	_, err := defaultPlace(filepath.Join(dir, "file", "folder")).enter()
	if err == nil || statusOf(err) != statusInternal {
		t.Errorf("%v", err)
	}
}
