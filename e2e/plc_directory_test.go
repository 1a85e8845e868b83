package e2e_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// directory is a running directory of did:plc.
type directory struct {
	client *plc.Client
	pass   func(time.Duration) // sets its clock forward; nil if that cannot be done
}

// url is where it answers.
func (d directory) url() string { return d.client.URL }

func newDirectory(t *testing.T, url string) directory {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return directory{client: &plc.Client{URL: url, HTTP: &http.Client{Transport: transport, Timeout: time.Minute}}}
}

// theirDirectory runs @did-plc/server until the test ends.
func theirDirectory(t *testing.T) directory {
	t.Helper()
	server := start(t, "plc-server.mjs")
	d := newDirectory(t, "http://127.0.0.1:"+server.line())
	d.pass = func(by time.Duration) {
		t.Helper()
		server.say(by.Milliseconds())
		server.line()
	}
	return d
}

// atpd is the program, built for one test.
type atpd struct {
	t    *testing.T
	path string
	dir  string
}

func newATPD(t *testing.T) atpd {
	t.Helper()
	a := atpd{t: t, dir: t.TempDir()}
	a.path = filepath.Join(a.dir, "atpd")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", a.path, "./cmd/atpd")
	cmd.Dir = filepath.Join(shared.ModuleRoot(), "services")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return a
}

// directory runs atpd plc on a database until the test ends.
func (a atpd) directory(database string) directory {
	t := a.t
	t.Helper()
	cmd := exec.Command(a.path, "plc", "--listen", "127.0.0.1:0", "--log-format", "json", "--database", filepath.Join(a.dir, database)) //nolint:noctx // ends by a signal
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	lines := bufio.NewScanner(io.TeeReader(stderr, &told))
	var reading sync.WaitGroup
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("atpd plc: %v\n%s", err, &told)
		}
	})
	var entry struct{ Address string }
	for entry.Address == "" {
		if !lines.Scan() {
			t.Fatalf("atpd plc does not start:\n%s", &told)
		}
		if err := json.Unmarshal(lines.Bytes(), &entry); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
	}
	reading.Go(func() {
		for lines.Scan() {
			continue // all of it is in told
		}
	})
	return newDirectory(t, "http://"+entry.Address)
}

// ourDirectory runs a new atpd plc until the test ends.
func ourDirectory(t *testing.T) directory {
	t.Helper()
	node(t) // without the other side there is nothing to compare it with
	return newATPD(t).directory("plc.sqlite")
}
