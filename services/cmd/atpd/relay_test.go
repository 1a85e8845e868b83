package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// A home is a server with one account, and the directory that has it.
type home struct {
	plc, host string
	account   syntax.DID
	log       *events.Log
	writer    *repo.Writer
}

func newHome(t *testing.T) *home {
	t.Helper()
	directory := httptest.NewServer(plc.New(plc.Options{Store: &storetest.Memory{}, Now: time.Now, After: time.After}))
	t.Cleanup(directory.Close)
	log, err := events.OpenLog(t.Context(), &events.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, log.Serve)
	comatproto.ServerDescribeServer.Handle(server, func(context.Context, *comatproto.ServerDescribeServerRequest) (*comatproto.ServerDescribeServerOutput, error) {
		return &comatproto.ServerDescribeServerOutput{DID: "did:web:localhost", AvailableUserDomains: []string{}}, nil
	})
	serving := httptest.NewServer(server)
	t.Cleanup(func() { server.Close(context.Background()); serving.Close() })
	_, port, _ := strings.Cut(strings.TrimPrefix(serving.URL, "http://"), ":")
	h := &home{plc: directory.URL, host: "localhost:" + port, log: log}
	state := plctest.State(t, "alice.test", "a")
	state.Services["atproto_pds"] = did.Service{Type: "AtprotoPersonalDataServer", Endpoint: "http://" + h.host}
	first := plctest.Update(t, state, nil, "a")
	h.account = did.DID(first)
	client := &did.Client{URL: directory.URL, HTTP: directory.Client()}
	if err := client.Submit(t.Context(), h.account, first); err != nil {
		t.Fatal(err)
	}
	h.writer = repo.NewWriter(blockstore.NewMemory(), plctest.Key(t, "signing"), repo.WriterOptions{})
	return h
}

// post makes a commit with a record, and has the server send it.
func (h *home) post(t *testing.T, key syntax.RecordKey) {
	t.Helper()
	data, err := lex.MarshalCBOR(map[string]any{"$type": "com.example.post"})
	if err != nil {
		t.Fatal(err)
	}
	write := repo.CreateData("com.example.post", key, data)
	change, err := h.writer.Apply(t.Context(), write)
	if h.log.Window().Latest == 0 {
		change, err = h.writer.Init(t.Context(), h.account, write)
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := events.CommitEvent(change, time.Now())
	if err == nil {
		_, err = h.log.Append(t.Context(), e)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// startRelay runs atpd relay in a folder, and returns its address and what stops it,
// which demands that it ends well.
func startRelay(t *testing.T, dir string, args ...string) (address string, stop func()) {
	t.Helper()
	address, end := runRelay(t, dir, args...)
	return address, func() {
		t.Helper()
		if status, said := end(syscall.SIGTERM); status != 0 || !strings.Contains(said, "the relay has shut down") {
			t.Fatalf("status %d: %s", status, said)
		}
	}
}

// runRelay runs atpd relay in a folder, and returns its address, and what waits for its end
// after a signal, or without one.
func runRelay(t *testing.T, dir string, args ...string) (address string, end func(os.Signal) (status int, said string)) {
	t.Helper()
	cmd := exec.Command(binary(t), append([]string{"relay", "--listen", "127.0.0.1:0", "--log-format", "json"}, args...)...) //nolint:noctx // ends by signals
	cmd.Dir = dir
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	var read sync.WaitGroup
	found := make(chan string, 1)
	read.Go(func() {
		defer close(found)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			log.Write(append(lines.Bytes(), '\n'))
			var entry struct{ Address string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Address != "" {
				found <- entry.Address
			}
		}
	})
	wait := sync.OnceFunc(func() { read.Wait(); cmd.Wait() })
	t.Cleanup(func() { cmd.Process.Kill(); wait() })
	address, ok := <-found
	if !ok {
		wait()
		t.Fatalf("atpd does not start: %s", &log)
	}
	return address, func(signal os.Signal) (status int, said string) {
		t.Helper()
		if signal != nil {
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
		}
		plctest.Await(t, "the relay ends", wait)
		return cmd.ProcessState.ExitCode(), log.String()
	}
}

// connected waits until the relay follows the host, as its operator sees it.
func connected(t *testing.T, dir, address, host string) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(dir, "relay-admin-token"))
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	plctest.Await(t, "the host is followed", func() {
		for deadline := time.Now().Add(plctest.Patience); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			req, err := http.NewRequest(http.MethodGet, "http://"+address+"/admin/hosts/"+host, http.NoBody) //nolint:noctx // it is bounded here
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
			res, err := client.Do(req)
			if err != nil {
				continue
			}
			var v struct{ Connected bool }
			err = json.NewDecoder(res.Body).Decode(&v)
			res.Body.Close()
			if err == nil && v.Connected {
				return
			}
		}
	})
}

// TestARelayInAnEmptyFolder_SN50_SN52 starts a relay with one command. It follows a host on
// loopback, is stopped while somebody follows, and goes on where it was with a seq that
// is the next one.
func TestARelayInAnEmptyFolder_SN50_SN52(t *testing.T) {
	t.Parallel()
	h, dir := newHome(t), t.TempDir()
	args := []string{"--allow-http", "--allow-private", "--plc", h.plc, "--hosts", h.host}
	address, stop := startRelay(t, dir, args...)
	connected(t, dir, address, h.host)
	time.Sleep(100 * time.Millisecond) // the host knows it, too
	h.post(t, "one")
	next, leave := h.follow(t, address, 0)
	if got := next(); got != "1 com.example.post/one" {
		t.Error(got)
	}
	leave()
	stop()
	h.post(t, "two") // while nobody follows
	address, stop = startRelay(t, dir, args...)
	next, leave = h.follow(t, address, 1)
	if got := next(); got != "2 com.example.post/two" {
		t.Error(got)
	}
	leave()
	stop()
	for _, name := range []string{"relay.sqlite", "relay-admin-token"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
}

// TestOneRelayRunsOnADatabase_ES08 starts a relay where one runs: it ends at once, and makes
// and changes nothing. Then somebody appends to the log all the same, and the one that runs
// ends with the next event.
func TestOneRelayRunsOnADatabase_ES08(t *testing.T) {
	t.Parallel()
	h, dir := newHome(t), t.TempDir()
	args := []string{"--allow-http", "--allow-private", "--plc", h.plc, "--hosts", h.host}
	address, end := runRelay(t, dir, args...)
	connected(t, dir, address, h.host)
	second := exec.CommandContext(t.Context(), binary(t), "relay", "--listen", "127.0.0.1:0", "--admin-token-file", "other")
	second.Dir = dir
	said, err := second.CombinedOutput()
	if err == nil || second.ProcessState.ExitCode() != 1 || !strings.Contains(string(said), "atpd: lock relay.sqlite: another process uses it") {
		t.Errorf("%v: %s", err, said)
	}
	if _, err := os.Stat(filepath.Join(dir, "other")); err == nil {
		t.Error("a token was made")
	}
	db, err := sqlstore.Open(t.Context(), filepath.Join(dir, "relay.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	h.post(t, "one")
	next, leave := h.follow(t, address, 0)
	if got := next(); got != "1 com.example.post/one" {
		t.Error(got)
	}
	leave()
	log, err := events.OpenLog(t.Context(), db.Events())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Append(t.Context(), &comatproto.SyncSubscribeReposIdentity{DID: h.account, Time: syntax.DatetimeOf(time.Now())}); err != nil {
		t.Fatal(err)
	}
	h.post(t, "two")
	if status, said := end(nil); status != 1 || !strings.Contains(said, "\natpd: relay: another one was started on the same database") {
		t.Errorf("status %d: %s", status, said)
	}
}

// follow follows a relay, and returns what returns its next commit in words.
func (*home) follow(t *testing.T, address string, cursor int64) (next func() string, leave func()) {
	t.Helper()
	transport := &http.Transport{}
	client := xrpc.NewClient("http://"+address, xrpc.WithHTTPClient(&http.Client{Transport: transport}))
	ctx, cancel := context.WithCancel(plctest.Soon(t))
	came := make(chan string, 10)
	var following sync.WaitGroup
	following.Go(func() {
		defer close(came)
		params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(cursor)}
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, client, params) {
			if err != nil {
				came <- err.Error()
				return
			}
			if c, ok := m.(*comatproto.SyncSubscribeReposCommit); ok {
				text := strconv.FormatInt(c.Seq, 10)
				came <- text + " " + c.Ops[0].Path
			}
		}
	})
	return func() string { return <-came }, func() { cancel(); following.Wait(); transport.CloseIdleConnections() }
}
