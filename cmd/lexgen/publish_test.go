package main_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestPublish runs the scripts of testdata/publish in a network on loopback with the
// accounts alice and bob, each with a server. Each line is a command:
//
//	lexgen ARG...               run lexgen
//	interrupted ARG...          run lexgen, and interrupt it when a server hangs
//	env NAME [TEXT]             set a variable of lexgen's environment
//	dns NAME [TEXT...]          set the TXT records of a name
//	published NAME FILE         somebody else puts a lexicon into a repository
//	unpublished NAME NSID       somebody else removes it
//	refuse NAME [ERROR [WAIT]]  the server refuses who signs in
//	expire NAME access|all      tokens of all sessions expire
//	proof NAME NSID             keep the proof of a lexicon, for the fault older
//	fault NAME [KIND [N]]       the server is wrong, see wrong
//	signed NAME                 print how often somebody has signed in, or renewed tokens
//	edit FILE OLD NEW           replace the first of a text in a file
//	mode MODE FILE              change who has access to a file
//	show FILE                   print a file and who has access to it
//	files                       print the names of all files
//
// $DIR stands for a folder with the other inputs, $ALICE and $BOB for DIDs, $URL for
// the server of alice, $NET for the flags that say where the network is, %20 for a space,
// and %0A for a line feed. What is printed is the command, the exit status unless that is 0, and both
// outputs.
func TestPublish_LE05_LE06_LE07_LE08_LE11(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/publish", func(t *testing.T, c *golden.Case) {
		s := newPublishScript(t)
		for name, text := range c.In {
			if name != "script" {
				s.put(name, text)
			}
		}
		for line := range strings.Lines(c.In["script"]) {
			if words := strings.Fields(line); len(words) > 0 {
				fmt.Fprintf(&s.out, "> %s\n", strings.Join(words, " "))
				s.run(words)
			}
		}
		c.Output("log", s.read(s.out.String()))
	})
}

// spaced puts spaces and line feeds into a word.
var spaced = strings.NewReplacer("%20", " ", "%0A", "\n")

type publishScript struct {
	t        *testing.T
	network  *lexicontest.Network
	accounts map[string]*lexicontest.Account
	dir      string
	env      []string
	out      strings.Builder
	hangs    chan struct{} // a server does
	proof    []byte        // that was kept
}

const (
	aliceDID syntax.DID = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"
	bobDID   syntax.DID = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb"
)

func newPublishScript(t *testing.T) *publishScript {
	t.Helper()
	s := &publishScript{t: t, network: lexicontest.New(t), dir: t.TempDir(), hangs: make(chan struct{}, 1)}
	s.accounts = map[string]*lexicontest.Account{"alice": s.network.Account(aliceDID), "bob": s.network.Account(bobDID)}
	s.accounts["alice"].SetHandle("alice.test")
	s.accounts["bob"].SetHandle("bob.test")
	return s
}

func (s *publishScript) run(words []string) {
	s.t.Helper()
	for i := range words {
		words[i] = s.write(words[i])
	}
	args := append(slices.Clone(words[1:]), "", "", "")
	switch words[0] {
	case "lexgen", "interrupted":
		if words[0] == "interrupted" && runtime.GOOS == "windows" {
			s.t.Skip("signals of other systems")
		}
		s.lexgen(strings.Fields(strings.Join(words[1:], " ")), words[0] == "interrupted")
	case "env":
		s.env = append(s.env, args[0]+"="+args[1])
	case "dns":
		texts := slices.Clone(words[2:])
		for i := range texts {
			texts[i] = spaced.Replace(texts[i])
		}
		s.network.Set(args[0], texts...)
	case "published":
		s.accounts[args[0]].Put(s.file(args[1]))
	case "unpublished":
		s.accounts[args[0]].Unpublish(syntax.NSID(args[1]))
	case "refuse":
		s.refuse(args)
	case "expire":
		s.accounts[args[0]].Expire(args[1] == "all")
	case "proof":
		s.proof = s.accounts[args[0]].Proof(syntax.NSID(args[1]))
	case "fault":
		s.accounts[args[0]].Intercept(s.wrong(args[1], args[2]))
	case "signed":
		fmt.Fprintf(&s.out, "%d\n", s.accounts[args[0]].SignedIn())
	case "edit":
		text := s.file(args[0])
		old := spaced.Replace(args[1])
		if !strings.Contains(text, old) {
			s.t.Fatalf("%s has no %s", args[0], old)
		}
		s.put(args[0], strings.Replace(text, old, spaced.Replace(args[2]), 1))
	case "mode":
		mode := map[string]os.FileMode{"644": 0o644, "600": 0o600}[args[0]]
		if err := os.Chmod(filepath.Join(s.dir, args[1]), mode); err != nil {
			s.t.Fatal(err)
		}
	case "show":
		info, err := os.Stat(filepath.Join(s.dir, args[0]))
		if err != nil {
			s.t.Fatal(err)
		}
		fmt.Fprintf(&s.out, "%v\n%s", info.Mode(), s.file(args[0]))
	case "files":
		err := filepath.WalkDir(s.dir, func(name string, entry os.DirEntry, err error) error {
			if err == nil && !entry.IsDir() {
				fmt.Fprintln(&s.out, filepath.ToSlash(strings.TrimPrefix(name, s.dir+string(filepath.Separator))))
			}
			return err
		})
		if err != nil {
			s.t.Fatal(err)
		}
	default:
		s.t.Fatalf("no command %s", words[0])
	}
}

func (s *publishScript) refuse(args []string) {
	s.t.Helper()
	if args[1] == "" {
		s.accounts[args[0]].Refuse(nil)
		return
	}
	e := xrpc.NewError(xrpc.ErrorName(args[1]), "as the script says")
	if e.Name != xrpc.ErrRateLimitExceeded {
		e.Status = http.StatusUnauthorized
	}
	if args[2] != "" {
		wait, err := time.ParseDuration(args[2])
		if err != nil {
			s.t.Fatal(err)
		}
		e.RetryAfter = wait
		e.RateLimit = &xrpc.RateLimit{Limit: 30, Reset: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	s.accounts[args[0]].Refuse(e)
}

// saying is what a server says that goes wrong in this way, to a method.
var saying = map[string]string{
	"other repo.putRecord":          `{"uri":"at://` + string(aliceDID) + `/com.atproto.lexicon.schema/com.example.a","cid":"bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy"}`,
	"scribe repo.putRecord":         `{"uri":"at://a\nlexgen: 3 published","cid":"\nlexgen: 3 published"}`,
	"stranger server.createSession": strangersSession,
	"renamed server.getSession":     `{"error":"ExpiredToken","message":"a\nlexgen: 3 published"}`,
	"renamed server.refreshSession": strangersSession,
	"lie repo.listRecords":          listing("at://" + string(aliceDID) + "/com.atproto.lexicon.schema/com.example.a"),
	"foreign repo.listRecords":      listing("at://" + string(bobDID) + "/com.atproto.lexicon.schema/com.example.a"),
	"forged repo.listRecords":       listing("at://" + string(aliceDID) + `/com.atproto.lexicon.schema/a\nlexgen: 3 published`),
	"garbage repo.listRecords":      "<html>\x1b[31m",
}

const strangersSession = `{"did":"did:plc:a\nlexgen: 3 published","handle":"a\nlexgen: 3 published","accessJwt":"a.b.c","refreshJwt":"a.b.c"}`

// listing is a list of one record, with the CID of another one.
func listing(uri string) string {
	return `{"records":[{"uri":"` + uri + `","cid":"bafyreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy","value":{"$type":"com.atproto.lexicon.schema"}}]}`
}

// wrong returns how a server goes wrong:
//
//	cut N       the connection ends without an answer to the Nth write, which is made
//	hang N      the Nth write is made, and never answered
//	limit N     there may be no more than N writes
//	refuse N    the Nth write is refused, in words that would colour a terminal
//	race        somebody has changed what is to be written
//	lie         lists have another CID than that of the record
//	foreign     lists have records of somebody else
//	twice       pages never end
//	empty       the first page of a list has no records
//	forged      lists have a key that would begin a line of its own, and a wrong CID
//	stranger    who signs in is somebody whose DID would begin a line of its own
//	renamed     who goes on with a session is that one
//	scribe      what is written has a CID that would begin a line of its own
//	strange     lists begin with a record that is no lexicon
//	older       proofs are the one that was kept
//	meddle      somebody changes lexicons.json before a proof comes
//	endless     answers never end
//	drip        answers come byte by byte, and never end
//	garbage     answers are no JSON
//	other       what is written is another record, as the server says
func (s *publishScript) wrong(kind, number string) func(http.Handler) http.Handler {
	var n int
	_, _ = fmt.Sscan(number, &n)
	var mu sync.Mutex
	writes := 0
	if kind == "" {
		return nil
	}
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			method := strings.TrimPrefix(r.URL.Path, "/xrpc/com.atproto.")
			isWrite := method == "repo.putRecord" || method == "repo.deleteRecord"
			mu.Lock()
			if isWrite {
				writes++
			}
			at := writes
			mu.Unlock()
			said := saying[kind+" "+method]
			switch {
			case strings.HasPrefix(said, `{"error"`):
				answer(w, http.StatusBadRequest, said)
			case said != "":
				answer(w, http.StatusOK, said)
			case kind == "cut" && isWrite && at == n:
				next.ServeHTTP(discarding{http.Header{}}, r)
				panic(http.ErrAbortHandler)
			case kind == "hang" && isWrite && at == n:
				next.ServeHTTP(discarding{http.Header{}}, r)
				s.hangs <- struct{}{}
				<-r.Context().Done()
			case kind == "drip":
				drip(w, r)
			case kind == "limit" && isWrite && at > n:
				w.Header().Set("Retry-After", "3600")
				answer(w, http.StatusTooManyRequests, `{"error":"RateLimitExceeded","message":"Rate Limit Exceeded"}`)
			case kind == "refuse" && isWrite && at == n:
				answer(w, http.StatusBadRequest, `{"error":"InvalidRequest","message":"\u001b[31mno\u202e way"}`)
			case kind == "race" && isWrite:
				answer(w, http.StatusBadRequest, `{"error":"InvalidSwap","message":"Record was at bafyreib"}`)
			case kind == "meddle" && method == "sync.getRecord":
				if err := os.WriteFile(filepath.Join(s.dir, "lexicons.json"), []byte(`{"version": 1, "lexicons": [], "resolutions": {}}`), 0o600); err != nil {
					s.t.Error(err)
				}
				next.ServeHTTP(w, r)
			case kind == "older" && method == "sync.getRecord":
				w.Header().Set("Content-Type", repo.ExportMediaType)
				_, _ = w.Write(s.proof)
			case method != "repo.listRecords":
				next.ServeHTTP(w, r)
			case kind == "twice":
				answer(w, http.StatusOK, `{"cursor":"`+r.URL.Query().Get("cursor")+`1","records":[]}`)
			case kind == "empty" && r.URL.Query().Get("cursor") == "":
				answer(w, http.StatusOK, `{"cursor":"com.example","records":[]}`)
			case kind == "strange" && r.URL.Query().Get("cursor") == "":
				answer(w, http.StatusOK, `{"cursor":"com.example","records":[{"uri":"at://`+string(aliceDID)+`/com.atproto.lexicon.schema/self","cid":"bafyreiahzlw6yonlk6pwpvg5ti5mnl5roxsz2rpz4rgxs5u6e5axj7aa2m","value":{"$type":"com.atproto.lexicon.schema"}}]}`)
			case kind == "endless":
				flood(w)
			default:
				next.ServeHTTP(w, r)
			}
		})
	}
}

// drip answers byte by byte, until nobody reads any more.
func drip(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "sync.getRecord") {
		w.Header().Set("Content-Type", repo.ExportMediaType)
	}
	for r.Context().Err() == nil {
		_, _ = io.WriteString(w, " ")
		_ = http.NewResponseController(w).Flush()
		time.Sleep(50 * time.Millisecond)
	}
}

// flood answers at length, until nobody reads any more.
func flood(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	for {
		if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
			return
		}
	}
}

func answer(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// discarding is a response that nobody gets.
type discarding struct{ header http.Header }

func (d discarding) Header() http.Header         { return d.header }
func (d discarding) WriteHeader(int)             {}
func (d discarding) Write(b []byte) (int, error) { return len(b), nil }

// ownPort is where a question comes from, in an error of the network.
var ownPort = regexp.MustCompile(`127\.0\.0\.1:\d+->`)

// rev is that of a commit.
var rev = regexp.MustCompile(`(commit|had) [2-7a-z]{13}\b`)

// seenRev is the file with what was seen of an account.
var seenRev = regexp.MustCompile(`\S*rev-[0-9a-f]{64}`)

// duration is how long a run of gen took.
var duration = regexp.MustCompile(` in \d+\.\d\d s`)

// lexgen runs lexgen, which finds in its environment what the script says and nothing
// else.
func (s *publishScript) lexgen(args []string, interrupted bool) {
	s.t.Helper()
	for i := range args {
		args[i] = spaced.Replace(args[i])
	}
	cmd := exec.CommandContext(s.t.Context(), "lexgen", args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &stdout, &stderr
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.dir, "LocalAppData=" + s.dir, "GOCOVERDIR=" + os.Getenv("GOCOVERDIR")}, s.env...)
	err := cmd.Start()
	if err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if interrupted {
		select {
		case <-s.hangs:
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				s.t.Error(err)
			}
		case err := <-ended:
			ended <- err
			s.t.Errorf("lexgen %v ends before a server hangs", args)
		}
	}
	err = <-ended
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		fmt.Fprintf(&s.out, "exit status %d\n", failed.ExitCode())
	} else if err != nil {
		s.t.Fatal(err)
	}
	s.out.WriteString(stdout.String())
	s.out.WriteString(stderr.String())
	if strings.Contains(s.out.String(), lexicontest.Password) {
		s.t.Errorf("lexgen %v prints the password", args)
	}
}

func (s *publishScript) file(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

func (s *publishScript) put(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// write replaces names by what they stand for.
func (s *publishScript) write(text string) string {
	network := "--plc " + s.network.Directory + " --dns " + s.network.DNS + " --development"
	return strings.NewReplacer("$DIR", s.dir, "$ALICE", string(aliceDID), "$BOB", string(bobDID), "$URL", s.accounts["alice"].URL,
		"$NET", network, "$ESC", "\x1b[31m", "'", "", "$PASSWORD", lexicontest.Password, "$DNS", s.network.DNS, "$PLC", s.network.Directory).Replace(text)
}

// read replaces what is different in each run by its name.
func (s *publishScript) read(text string) string {
	text = ownPort.ReplaceAllString(text, "$$FROM->")
	text = seenRev.ReplaceAllString(text, "$$REV")
	text = rev.ReplaceAllString(text, "$1 $$TID")
	text = duration.ReplaceAllString(text, "")
	return strings.NewReplacer(s.dir, "$DIR", s.accounts["alice"].URL, "$URL", s.accounts["bob"].URL, "$BOBS",
		s.network.DNS, "$DNS", s.network.Directory, "$PLC", strings.TrimPrefix(s.accounts["alice"].URL, "http://"), "$HOST",
		string(aliceDID), "$ALICE", string(bobDID), "$BOB").Replace(text)
}
