package plc_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store"
)

// TestMain demands that no test leaves a goroutine behind.
func TestMain(m *testing.M) {
	code := m.Run()
	http.DefaultClient.CloseIdleConnections()
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// serve runs a directory until the test ends.
func serve(t testing.TB, s store.Store, clock *plctest.Clock, change func(*plc.Options)) (*plc.Server, *did.Client) {
	t.Helper()
	opts := plc.Options{Store: s, Now: clock.Now, After: time.After, Poll: 10 * time.Millisecond}
	if change != nil {
		change(&opts)
	}
	server := plc.New(opts)
	listening := httptest.NewServer(server)
	t.Cleanup(listening.Close)
	return server, &did.Client{URL: listening.URL, HTTP: http.DefaultClient}
}
