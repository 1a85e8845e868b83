package relay_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/store"
)

// A silent store does not answer.
type silent struct{ store.Memory }

func (*silent) NewHosts(ctx context.Context, _ time.Time) (int64, error) {
	<-ctx.Done()
	return 0, ctx.Err()
}

// TestHealthDoesNotWaitForADatabase has a store that does not answer. Who asks whether the
// relay is well is told within seconds.
func TestHealthDoesNotWaitForADatabase(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
		if err != nil {
			t.Fatal(err)
		}
		r, err := relay.New(t.Context(), relay.Options{Store: &silent{}, Log: log, Client: http.DefaultClient, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/_health", "/xrpc/_health"} {
			asked, answer := time.Now(), httptest.NewRecorder()
			r.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
			if took := time.Since(asked); answer.Code != http.StatusServiceUnavailable || took > 5*time.Second {
				t.Errorf("%s: %d after %v: %s", path, answer.Code, took, answer.Body)
			}
		}
	})
}
