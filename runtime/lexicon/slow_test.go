package lexicon_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/repo"
)

// drips has a server send its answer byte by byte, without an end.
func drips(http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", repo.ExportMediaType)
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte{0})
			_ = http.NewResponseController(w).Flush()
			time.Sleep(10 * time.Millisecond)
		}
	})
}

// TestAnswersThatDripEnd_LE09 has a client that has no limit of its own read what never
// ends.
func TestAnswersThatDripEnd_LE09(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	account := n.Account(alice)
	account.Publish(post)
	account.Intercept(drips)
	opts := options(n)
	opts.Client = &http.Client{}
	opts.Timeout = 200 * time.Millisecond
	_, err := lexicon.NewResolver(opts).Resolve(t.Context(), "com.example.post")
	if !errors.Is(err, lexicon.ErrUnavailable) || !strings.Contains(err.Error(), "its answer takes longer than 200ms") {
		t.Error(err)
	}
}
