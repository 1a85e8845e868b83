package guard_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/guard"
)

func get(t *testing.T, client *http.Client, url string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatalf("%s: %v", url, err)
	}
	answer, err := client.Do(r) //nolint:bodyclose // ReadAll closes it
	if err != nil {
		return "", err
	}
	b, err := guard.ReadAll(answer.Body, 1000)
	return answer.Status + " " + string(b), err
}

// server returns an https server on loopback, a client option that trusts it, and
// a count of its requests.
func server(t *testing.T, handler http.HandlerFunc) (*httptest.Server, guard.Options, *atomic.Int64) {
	t.Helper()
	count := &atomic.Int64{}
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	return s, guard.Options{TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, Development: true}, count
}

func TestDevelopmentReachesLoopback(t *testing.T) {
	t.Parallel()
	s, opts, _ := server(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.UserAgent()) })
	opts.UserAgent = "lexgen-test"
	if got, err := get(t, guard.NewClient(opts), s.URL); err != nil || got != "200 OK lexgen-test" {
		t.Errorf("%s, %v", got, err)
	}
	opts.Development = false
	if _, err := get(t, guard.NewClient(opts), s.URL); !errors.Is(err, guard.ErrForbidden) {
		t.Errorf("%v", err)
	}
	if _, err := get(t, guard.NewClient(guard.Options{}), "http://1.1.1.1/"); !errors.Is(err, guard.ErrForbidden) || !strings.Contains(err.Error(), "instead of https") {
		t.Errorf("%v", err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	s, opts, count := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	if got, err := get(t, guard.NewClient(opts), s.URL); err != nil || !strings.HasPrefix(got, "302") || count.Load() != 1 {
		t.Errorf("%s, %v after %d requests", got, err, count.Load())
	}
	count.Store(0)
	opts.Redirects = 3
	if _, err := get(t, guard.NewClient(opts), s.URL); !errors.Is(err, guard.ErrForbidden) || count.Load() != 4 {
		t.Errorf("%v after %d requests", err, count.Load())
	}
}

func TestReadAllIsBounded(t *testing.T) {
	t.Parallel()
	s, opts, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		chunk := strings.Repeat("x", 1<<10)
		for range 1 << 20 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	})
	opts.Timeout = time.Minute
	if _, err := get(t, guard.NewClient(opts), s.URL); !errors.Is(err, guard.ErrTooLarge) {
		t.Errorf("%v", err)
	}
	long, opts, _ := server(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
	})
	if got, err := get(t, guard.NewClient(opts), long.URL); err == nil {
		t.Errorf("a header of 100 KB is read: %s", got)
	}
	slow, opts, _ := server(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	opts.Timeout = 50 * time.Millisecond
	if got, err := get(t, guard.NewClient(opts), slow.URL); err == nil {
		t.Errorf("who never answers has answered: %s", got)
	}
}
