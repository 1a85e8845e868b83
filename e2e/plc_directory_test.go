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
	a.t.Helper()
	return newDirectory(a.t, "http://"+a.serve("plc", "--database", filepath.Join(a.dir, database)).address)
}

// serving is a service of atpd that runs.
type serving struct {
	address string
	stop    func() // demands that it ends well; the end of the test calls it, too
}

// serve runs a service until the test ends.
func (a atpd) serve(service string, args ...string) serving {
	t := a.t
	t.Helper()
	cmd := exec.Command(a.path, append([]string{service, "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...) //nolint:noctx // ends by a signal
	cmd.Dir = a.dir
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
	stop := sync.OnceFunc(func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		reading.Wait()
		if err := cmd.Wait(); err != nil {
			t.Errorf("atpd %s: %v\n%s", service, err, &told)
		}
	})
	t.Cleanup(stop)
	var entry struct{ Address string }
	for entry.Address == "" {
		if !lines.Scan() {
			t.Fatalf("atpd %s does not start:\n%s", service, &told)
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
	return serving{entry.Address, stop}
}

// ourDirectory runs a new atpd plc until the test ends.
func ourDirectory(t *testing.T) directory {
	t.Helper()
	node(t) // without the other side there is nothing to compare it with
	return newATPD(t).directory("plc.sqlite")
}
