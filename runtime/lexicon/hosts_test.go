package lexicon

import (
	"context"
	"errors"
	"testing"
)

// TestHostsForgetWhoIsNotAsked demands that servers that nobody asks take no memory,
// however those who waited have left.
func TestHostsForgetWhoIsNotAsked_UN25(t *testing.T) {
	t.Parallel()
	h := hosts{each: 1}
	leave, err := h.enter(t.Context(), "https://pds.example.com")
	if err != nil {
		t.Fatal(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := h.enter(ended, "https://pds.example.com"); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits in vain: %v", err)
	}
	if len(h.doors) != 1 {
		t.Errorf("%d servers while one is asked", len(h.doors))
	}
	leave()
	if len(h.doors) != 0 {
		t.Errorf("%d servers are remembered", len(h.doors))
	}
}
