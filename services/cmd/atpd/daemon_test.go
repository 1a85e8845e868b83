package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/plctest"
)

// builtIn is the folder of the real binary.
var builtIn string

// built is the real binary.
var built = sync.OnceValues(func() (path string, err error) {
	if builtIn, err = os.MkdirTemp("", "atpd"); err != nil {
		return "", err
	}
	path = filepath.Join(builtIn, "atpd")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// binary returns the path of the real binary.
func binary(t *testing.T) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// A daemon is a running atpd plc.
type daemon struct {
	client *plc.Client
	cmd    *exec.Cmd
	log    strings.Builder // complete after wait
	read   sync.WaitGroup
}

// start runs atpd plc on a free port until it ends or the test does.
func start(t *testing.T, args ...string) *daemon {
	t.Helper()
	d := &daemon{cmd: exec.Command(binary(t), append([]string{"plc", "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...)} //nolint:noctx // ends by signals
	stderr, err := d.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address := make(chan string, 1)
	d.read.Go(func() {
		defer close(address)
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			d.log.Write(append(lines.Bytes(), '\n'))
			var entry struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Address != "" {
				address <- entry.Address
			}
		}
	})
	t.Cleanup(func() { d.cmd.Process.Kill(); d.wait() })
	where, ok := <-address
	if !ok {
		d.wait()
		t.Fatalf("atpd does not start: %s", &d.log)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	t.Cleanup(transport.CloseIdleConnections)
	d.client = &plc.Client{URL: "http://" + where, HTTP: &http.Client{Transport: transport}}
	return d
}

// wait waits for the end and returns the exit status, -1 after a kill.
func (d *daemon) wait() int {
	d.read.Wait()
	d.cmd.Wait()
	return d.cmd.ProcessState.ExitCode()
}

// account submits a first operation and returns it.
func account(t *testing.T, client *plc.Client, handle string) plc.Operation {
	t.Helper()
	first := plctest.Update(t, plctest.State(t, handle, "a,b"), nil, "a")
	if err := client.Submit(t.Context(), plc.DID(first), first); err != nil {
		t.Fatal(err)
	}
	return first
}

// export returns all that a directory has.
func export(t *testing.T, client *plc.Client) []plc.Sequenced {
	t.Helper()
	var all []plc.Sequenced
	for line, err := range client.Export(t.Context(), 0) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, line.Sequenced)
	}
	return all
}

// TestSIGTERMDrains ends a daemon that has a stream open.
func TestSIGTERMDrains(t *testing.T) {
	t.Parallel()
	d := start(t, "--database", filepath.Join(t.TempDir(), "plc.sqlite"))
	conn, _, err := websocket.Dial(plctest.Soon(t), d.client.URL+"/export/stream?cursor=0", nil) //nolint:bodyclose // the connection has it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	account(t, d.client, "alice.test")
	if _, _, err := conn.Read(plctest.Soon(t)); err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _, err = conn.Read(plctest.Soon(t))
	var end websocket.CloseError
	if !errors.As(err, &end) || end.Code != websocket.StatusGoingAway {
		t.Error(err)
	}
	if status := d.wait(); status != 0 || !strings.Contains(d.log.String(), "the directory has shut down") {
		t.Errorf("status %d: %s", status, &d.log)
	}
}

// TestADaemonHasAsManyConnectionsAsItMay has one, which a stream takes until it ends:
// who else comes waits.
func TestADaemonHasAsManyConnectionsAsItMay(t *testing.T) {
	t.Parallel()
	d := start(t, "--database", filepath.Join(t.TempDir(), "plc.sqlite"), "--connections", "1")
	conn, _, err := websocket.Dial(plctest.Soon(t), d.client.URL+"/export/stream", nil) //nolint:bodyclose // the connection has it
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	ask := func(ctx context.Context) error {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.client.URL+"/livez", nil)
		if err != nil {
			return err
		}
		answer, err := d.client.HTTP.Do(r)
		if err == nil {
			answer.Body.Close()
		}
		return err
	}
	moment, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := ask(moment); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("another one is answered: %v", err)
	}
	conn.CloseNow()
	if err := ask(plctest.Soon(t)); err != nil {
		t.Error(err)
	}
}

// TestARestoredDirectoryReusesNoNumber_ID39 saves a running directory that gives
// more numbers afterwards, and goes on from what was saved.
func TestARestoredDirectoryReusesNoNumber_ID39(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := start(t, "--database", filepath.Join(dir, "plc.sqlite"))
	first := account(t, d.client, "alice.test")
	atpd := func(args ...string) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), binary(t), append([]string{"plc"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	atpd("backup", filepath.Join(dir, "backup"), "--database", filepath.Join(dir, "plc.sqlite"))
	for _, handle := range []string{"bob.test", "carol.test"} {
		account(t, d.client, handle)
	}
	given := export(t, d.client)
	d.cmd.Process.Kill()
	d.wait()
	atpd("restore", filepath.Join(dir, "backup"), "--database", filepath.Join(dir, "new.sqlite"), "--restore-skip", "10")
	d = start(t, "--database", filepath.Join(dir, "new.sqlite"))
	if log, err := d.client.AuditLog(t.Context(), plc.DID(first)); err != nil || len(log) != 1 {
		t.Fatal(log, err)
	}
	account(t, d.client, "dave.test")
	now := export(t, d.client)
	if len(given) != 3 || len(now) != 2 || now[0].Seq != 1 || now[1].Seq != 12 {
		t.Errorf("%d were given, and now there are %v", len(given), now)
	}
}

// TestAMirrorFollowsADirectory_ID42 kills the mirror in between.
func TestAMirrorFollowsADirectory_ID42(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := start(t, "--database", filepath.Join(dir, "plc.sqlite"))
	account(t, d.client, "alice.test")
	args := []string{"--database", filepath.Join(dir, "mirror.sqlite"), "--mirror", d.client.URL}
	m := start(t, args...)
	follow := func(head int64) {
		t.Helper()
		conn, _, err := websocket.Dial(plctest.Soon(t), m.client.URL+"/export/stream?cursor=0", nil) //nolint:bodyclose // the connection has it
		if err != nil {
			t.Fatal(err)
		}
		defer conn.CloseNow()
		for ctx, seq := plctest.Soon(t), int64(0); seq < head; {
			_, text, err := conn.Read(ctx)
			if err != nil {
				t.Fatal(err)
			}
			op, err := plc.ParseSequenced(text)
			if err != nil {
				t.Fatal(err)
			}
			seq = op.Seq
		}
	}
	follow(1)
	account(t, d.client, "bob.test")
	follow(2)
	m.cmd.Process.Kill()
	m.wait()
	account(t, d.client, "carol.test")
	m = start(t, args...)
	follow(3)
	var refused *plc.DirectoryError
	op := plctest.Update(t, plctest.State(t, "dave.test", "a"), nil, "a")
	if err := m.client.Submit(t.Context(), plc.DID(op), op); !errors.As(err, &refused) || refused.Status != http.StatusForbidden {
		t.Error(err)
	}
}
