package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	synced "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
)

// A source is a server with one account, which posts, and a directory that has its document.
type source struct {
	*httptest.Server

	t      *testing.T
	did    syntax.DID
	log    *synced.Log
	writer *repo.Writer
	posted int
}

func newSource(t *testing.T) *source {
	t.Helper()
	s := &source{t: t, did: "did:plc:ewvi7nxzyoun6zhxrhs64oiz"}
	key, err := crypto.GenerateKey(crypto.K256, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s.writer = repo.NewWriter(blockstore.NewMemory(), key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{Now: time.Now})})
	if s.log, err = synced.OpenLog(t.Context(), &synced.MemoryLog{}); err != nil {
		t.Fatal(err)
	}
	server := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(server, s.log.Serve)
	mux := http.NewServeMux()
	mux.Handle("/xrpc/", server)
	mux.HandleFunc("GET /"+string(s.did), func(w http.ResponseWriter, _ *http.Request) {
		document := map[string]any{
			"id":                 s.did,
			"verificationMethod": []any{map[string]any{"id": s.did + "#atproto", "type": "Multikey", "controller": s.did, "publicKeyMultibase": key.PublicKey().Multikey()}},
			"service":            []any{map[string]any{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": s.URL}},
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(document)
	})
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	t.Cleanup(s.CloseClientConnections)
	return s
}

// posts makes some commits.
func (s *source) posts(n int) {
	s.t.Helper()
	for range n {
		data, err := lex.MarshalCBOR(map[string]any{"$type": "com.example.post", "text": fmt.Sprint("post ", s.posted)})
		if err != nil {
			s.t.Fatal(err)
		}
		write := repo.CreateData("com.example.post", syntax.RecordKey(fmt.Sprintf("key%06d", s.posted)), data)
		var change *repo.Change
		if s.posted == 0 {
			change, err = s.writer.Init(s.t.Context(), s.did, write)
		} else {
			change, err = s.writer.Apply(s.t.Context(), write)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		event, err := synced.CommitEvent(change, time.Now())
		if err == nil {
			_, err = s.log.Append(s.t.Context(), event)
		}
		if err != nil {
			s.t.Fatal(err)
		}
		s.posted++
	}
}

// An operatorsShell runs lines of the documentation in a folder of its own.
type operatorsShell struct {
	t        *testing.T
	env      []string
	dir      string
	postgres string
	relay    *exec.Cmd // that runs, or nil
	url      string    // of it
	ended    sync.WaitGroup
}

// run runs a line. A relay that it starts goes on in the background.
func (s *operatorsShell) run(line string) {
	s.t.Helper()
	if strings.HasPrefix(line, "createdb") {
		return // the test has one
	}
	line = strings.ReplaceAll(line, "postgres:///relay", "'"+s.postgres+"'")
	cmd := exec.Command("sh", "-c", "exec "+line) //nolint:noctx // it ends by signals
	cmd.Dir, cmd.Env = s.dir, s.env
	if line != "atpd relay" && !strings.HasPrefix(line, "atpd relay --") {
		if out, err := cmd.CombinedOutput(); err != nil {
			s.t.Fatalf("%s: %v: %s", line, err, out)
		}
		return
	}
	s.end(syscall.SIGTERM)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	address := make(chan string, 1)
	s.ended.Go(func() {
		defer close(address)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			var entry struct{ Msg, Address string }
			if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Msg == "the relay answers" {
				address <- entry.Address
			}
			text.WriteString(lines.Text() + "\n")
		}
	})
	s.relay = cmd
	where, ok := <-address
	if !ok {
		s.ended.Wait()
		s.t.Fatalf("%s does not start: %s", line, &text)
	}
	s.url = "http://" + where
}

// end ends the relay that runs.
func (s *operatorsShell) end(signal os.Signal) {
	if s.relay == nil {
		return
	}
	_ = s.relay.Process.Signal(signal)
	s.ended.Wait()
	_ = s.relay.Wait()
	s.relay = nil
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// section returns the lines of the shell in a section of the documentation.
func section(t *testing.T, text, title string) []string {
	t.Helper()
	_, text, found := strings.Cut(text, "\n## "+title+"\n")
	text, _, _ = strings.Cut(text, "\n## ")
	var lines []string
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	if !found || len(lines) == 0 {
		t.Fatalf("the documentation has no commands in a section %q", title)
	}
	return lines
}

// A follower is a subscriber that connects again with the cursor that it has. It remembers
// which commit had which seq.
type follower struct {
	cursor int64
	commit map[int64]syntax.TID
	posts  map[string]bool
}

// follow reads what the relay sends until a post has come.
func (f *follower) follow(t *testing.T, url string, until int) {
	t.Helper()
	ctx, cancel := context.WithCancel(plctest.Soon(t))
	defer cancel()
	client := xrpc.NewClient(url, xrpc.WithHTTPClient(&http.Client{Transport: &http.Transport{}}))
	params := &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(f.cursor)}
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(ctx, client, params) {
		if err != nil {
			t.Fatal(err)
		}
		c, ok := m.(*comatproto.SyncSubscribeReposCommit)
		if !ok {
			continue
		}
		if known := f.commit[c.Seq]; c.Seq <= f.cursor || known != "" {
			t.Errorf("seq %d behind %d", c.Seq, f.cursor)
		}
		f.cursor, f.commit[c.Seq] = c.Seq, c.Rev
		for _, op := range c.Ops {
			f.posts[op.Path] = true
		}
		if f.posts[fmt.Sprintf("com.example.post/key%06d", until-1)] {
			return
		}
	}
}

// TestTheDocumentationOfRelaysIsTrue_SN52_ES14 does what docs/relay.md says: it backs up a relay
// that runs, loses it with its file, restores it, moves it to PostgreSQL, and back. A
// subscriber goes on with its cursor each time: seqs rise, and no post is missing.
func TestTheDocumentationOfRelaysIsTrue_SN52_ES14(t *testing.T) {
	t.Parallel()
	postgres := eachstore.PostgresSchema(t)
	text, err := os.ReadFile(filepath.Join(shared.ModuleRoot(), "docs", "relay.md"))
	if err != nil {
		t.Fatal(err)
	}
	host := newSource(t)
	s := &operatorsShell{t: t, dir: t.TempDir(), postgres: postgres, env: append(os.Environ(),
		"PATH="+filepath.Dir(binary(t))+":"+os.Getenv("PATH"), "ATPD_RELAY_LISTEN=127.0.0.1:0", "ATPD_RELAY_LOG_FORMAT=json",
		"ATPD_RELAY_ALLOW_HTTP=true", "ATPD_RELAY_ALLOW_PRIVATE=true", "ATPD_RELAY_EVENTS_PER_SECOND=10000",
	)}
	t.Cleanup(func() { s.end(os.Kill) })
	s.env = append(s.env, "ATPD_RELAY_PLC="+host.URL, "ATPD_RELAY_HOSTS="+strings.TrimPrefix(host.URL, "http://"))
	f := &follower{commit: map[int64]syntax.TID{}, posts: map[string]bool{}}

	s.run("atpd relay")
	waitConnected(t, s)
	host.posts(100)
	f.follow(t, s.url, 50)
	for _, line := range section(t, string(text), "Back up") {
		s.run(line)
	}
	host.posts(100)
	f.follow(t, s.url, 200)
	s.end(os.Kill)
	if err := os.Remove(filepath.Join(s.dir, "relay.sqlite")); err != nil {
		t.Fatal(err)
	}
	for _, title := range []string{"Restore", "Move to PostgreSQL"} {
		for _, line := range section(t, string(text), title) {
			s.end(syscall.SIGTERM)
			host.posts(10) // while nobody follows it
			before := f.cursor
			if s.run(line); s.relay == nil {
				continue
			}
			if f.follow(t, s.url, host.posted); f.cursor <= before+1_000_000_000 {
				t.Errorf("%s: seq %d behind %d", line, f.cursor, before)
			}
		}
	}
	for i := range host.posted {
		if post := fmt.Sprintf("com.example.post/key%06d", i); !f.posts[post] {
			t.Errorf("%s is missing", post)
		}
	}
}

// waitConnected waits until the relay follows its host, so that it begins before the first
// post.
func waitConnected(t *testing.T, s *operatorsShell) {
	t.Helper()
	token, err := os.ReadFile(filepath.Join(s.dir, "relay-admin-token"))
	if err != nil {
		t.Fatal(err)
	}
	for ctx := plctest.Soon(t); ; time.Sleep(10 * time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/admin/hosts", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
		var answer struct{ Hosts []struct{ Connected bool } }
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		err = json.NewDecoder(res.Body).Decode(&answer)
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if len(answer.Hosts) == 1 && answer.Hosts[0].Connected {
			return
		}
	}
}
