package firehose_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/firehose"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestFirehose runs the scripts of testdata against a server on loopback that sends real
// events, over a real directory. A line is a command:
//
//	account NAME            make an account, whose DID is $NAME
//	post NAME PATH...       commit new records
//	delete NAME PATH        commit a deletion
//	forge NAME PATH         commit with another key than that of the account
//	alter NAME PATH         commit without naming one of two new records
//	miss NAME PATH          commit, and send nothing
//	sync NAME               announce the state
//	identity NAME           announce that the identity has changed
//	deactivate NAME         announce that the account is not active
//	lexgen ARG...           run lexgen until it ends
//
// $URL stands for the server, which is also the directory of did:plc.
func TestFirehose_SN01_SN33_SN36_SN37_ES09(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata", func(t *testing.T, c *golden.Case) {
		s := newScript(t)
		for line := range strings.Lines(c.In["script"]) {
			if words := strings.Fields(line); len(words) > 0 {
				fmt.Fprintf(&s.out, "> %s\n", strings.Join(words, " "))
				s.run(words)
			}
		}
		c.Output("log", s.read(s.out.String()))
	})
}

type script struct {
	t        *testing.T
	server   *httptest.Server
	log      *sync.Log
	clock    time.Time
	accounts map[string]*account
	out      strings.Builder
}

// An account has a repository and a key.
type account struct {
	name   string
	did    syntax.DID
	key    *crypto.PrivateKey
	writer *repo.Writer
	begun  bool
}

func newScript(t *testing.T) *script {
	t.Helper()
	log, err := sync.OpenLog(t.Context(), &sync.MemoryLog{})
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, log: log, clock: time.Now().Add(-time.Hour), accounts: map[string]*account{}}
	mux := xrpc.NewServer()
	comatproto.SyncSubscribeRepos.Handle(mux, log.Serve)
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/did:plc:") {
			s.document(w, r)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(s.server.Close)
	return s
}

// document answers as a directory does.
func (s *script) document(w http.ResponseWriter, r *http.Request) {
	for _, a := range s.accounts {
		if r.URL.Path == "/"+string(a.did) {
			w.Header().Set("Content-Type", "application/did+ld+json")
			fmt.Fprintf(w, `{"id":%q,"alsoKnownAs":["at://%s.test"],"verificationMethod":[{"id":"%[1]s#atproto","type":"Multikey","controller":%[1]q,"publicKeyMultibase":%[3]q}],`+
				`"service":[{"id":"#atproto_pds","type":"AtprotoPersonalDataServer","serviceEndpoint":%[4]q}]}`,
				string(a.did), a.name, a.key.PublicKey().Multikey(), s.server.URL)
			return
		}
	}
	http.NotFound(w, r)
}

func (s *script) run(words []string) {
	if words[0] == "lexgen" {
		s.lexgen(words[1:])
		return
	}
	if words[0] == "account" {
		s.newAccount(words[1])
		return
	}
	a := s.accounts[words[1]]
	s.clock = s.clock.Add(time.Second)
	switch words[0] {
	case "identity":
		s.append(&comatproto.SyncSubscribeReposIdentity{DID: a.did, Time: syntax.DatetimeOf(s.clock)})
	case "deactivate":
		s.append(&comatproto.SyncSubscribeReposAccount{DID: a.did, Status: lex.String("deactivated"), Time: syntax.DatetimeOf(s.clock)})
	default:
		s.commit(a, words[0], words[2:])
	}
}

func (s *script) newAccount(name string) {
	key, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{byte(len(s.accounts) + 1)}, crypto.PrivateKeySize))
	if err != nil {
		s.t.Fatal(err)
	}
	s.accounts[name] = &account{
		name: name, did: syntax.DID("did:plc:" + (name + strings.Repeat("a", 24))[:24]), key: key,
		writer: repo.NewWriter(blockstore.NewMemory(), key, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{
			Now: func() time.Time { return s.clock }, ClockID: new(uint16),
		})}),
	}
}

func (s *script) commit(a *account, how string, paths []string) {
	var writes []repo.Write
	for _, path := range paths {
		collection, key, _ := strings.Cut(path, "/")
		if how == "delete" {
			writes = append(writes, repo.Delete(syntax.NSID(collection), syntax.RecordKey(key)))
			continue
		}
		data, err := lex.MarshalCBOR(map[string]any{"$type": collection, "text": "of " + key})
		if err != nil {
			s.t.Fatal(err)
		}
		writes = append(writes, repo.CreateData(syntax.NSID(collection), syntax.RecordKey(key), data))
	}
	change, err := s.change(a, writes)
	if err != nil {
		s.t.Fatal(err)
	}
	event, err := sync.CommitEvent(change, s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	switch how {
	case "miss":
		return
	case "sync":
		state := &comatproto.SyncSubscribeReposSync{DID: a.did, Rev: string(event.Rev), Blocks: event.Blocks, Time: event.Time}
		s.append(state)
		return
	case "alter":
		event.Ops = event.Ops[:1]
	case "forge":
		s.forge(a, event)
	}
	s.append(event)
}

func (s *script) change(a *account, writes []repo.Write) (*repo.Change, error) {
	if !a.begun {
		a.begun = true
		return a.writer.Init(s.t.Context(), a.did, writes...)
	}
	return a.writer.Apply(s.t.Context(), writes...)
}

// forge changes a byte of the signature, and the CIDs that follow from it.
func (s *script) forge(a *account, event *comatproto.SyncSubscribeReposCommit) {
	other, err := crypto.ParsePrivateKey(crypto.K256, bytes.Repeat([]byte{99}, crypto.PrivateKeySize))
	if err != nil {
		s.t.Fatal(err)
	}
	forger := &account{did: a.did, writer: repo.NewWriter(blockstore.NewMemory(), other, repo.WriterOptions{Clock: syntax.NewTIDClock(syntax.TIDClockOptions{
		Now: func() time.Time { return s.clock.Add(time.Minute) }, ClockID: new(uint16),
	})})}
	change, err := s.change(forger, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	forged, err := sync.CommitEvent(change, s.clock)
	if err != nil {
		s.t.Fatal(err)
	}
	*event = *forged
}

func (s *script) append(event lex.Object) {
	if _, err := s.log.Append(s.t.Context(), event); err != nil {
		s.t.Fatal(err)
	}
}

// lexgen runs the command line of the program.
func (s *script) lexgen(args []string) {
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "$URL", s.server.URL)
		for name, a := range s.accounts {
			args[i] = strings.ReplaceAll(args[i], "$"+name, string(a.did))
		}
	}
	var stdout, stderr bytes.Buffer
	if status := cli.Main(cli.AllCommands, args, &stdout, &stderr, cli.WithFollower(firehose.Follow)); status != 0 {
		fmt.Fprintf(&s.out, "exit status %d\n", status)
	}
	s.out.Write(stdout.Bytes())
	s.out.Write(stderr.Bytes())
}

var changing = regexp.MustCompile(`"time_us":\d+|"time":"[^"]*"|"cid":"[^"]*"|\b3[a-z2-7]{12}\b|bafyrei[a-z2-7]+|\d+(\.\d)?m?s\b|[\d.]+/s| +\d+\.\d\n|[\d.h]+m[\d.]+s behind`)

// read replaces what is different in each run.
func (s *script) read(text string) string {
	text = changing.ReplaceAllStringFunc(text, func(found string) string {
		if name, _, ok := strings.Cut(found, ":"); ok {
			return name + ":*"
		}
		if strings.HasSuffix(found, "\n") {
			return " *\n"
		}
		return "*"
	})
	for name, a := range s.accounts {
		text = strings.ReplaceAll(text, string(a.did), "$"+name)
	}
	return strings.ReplaceAll(text, s.server.URL, "$URL")
}

// TestFollowEndsWithItsContext interrupts both ways of following.
func TestFollowEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	s.newAccount("alice")
	for _, directory := range []*identity.Directory{nil, identity.NewDirectory(identity.NewResolver(identity.ResolverOptions{}), identity.CacheOptions{})} {
		ctx, cancel := context.WithCancel(t.Context())
		f := &cli.Following{
			Client: xrpc.NewClient(s.server.URL), Cursor: lex.Some(int64(0)), Directory: directory, Now: time.Now,
			Sleep:  func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
			Each:   func(*cli.FirehoseEvent) error { cancel(); return nil },
			Broken: func(err error) { t.Error(err) }, Reconnecting: func(_ int, err error) { t.Log(err) },
		}
		s.run([]string{"identity", "alice"})
		if err := firehose.Follow(ctx, f); ctx.Err() == nil {
			t.Errorf("ended with %v", err)
		}
		if directory != nil {
			directory.Close()
		}
	}
}

// TestWhatNobodyCouldVerifyIsNotPrinted has a directory that never answers.
func TestWhatNobodyCouldVerifyIsNotPrinted_SN30(t *testing.T) {
	t.Parallel()
	s := newScript(t)
	silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(silent.Close)
	for _, words := range []string{"account alice", "post alice com.example.post/a", "sync alice", "identity alice"} {
		s.run(strings.Fields(words))
	}
	directory := identity.NewDirectory(identity.NewResolver(identity.ResolverOptions{Directory: silent.URL, Environment: syntax.Development}), identity.CacheOptions{})
	defer directory.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	f := &cli.Following{
		Client: xrpc.NewClient(s.server.URL), Cursor: lex.Some(int64(0)), Directory: directory, Now: time.Now,
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		Each: func(e *cli.FirehoseEvent) error {
			got = append(got, fmt.Sprintf("%s: %s %s, %d lines", e.Kind, e.Verdict, e.Reason, len(e.Lines)))
			if len(got) == 3 {
				cancel()
			}
			return nil
		},
		Broken: func(err error) { t.Error(err) }, Reconnecting: func(_ int, err error) { t.Log(err) },
	}
	if err := firehose.Follow(ctx, f); ctx.Err() == nil {
		t.Errorf("ended with %v", err)
	}
	want := []string{
		"commit: gap unavailable, 0 lines", "sync: gap unavailable, 0 lines", "identity: accepted , 1 lines",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
