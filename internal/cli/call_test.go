package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// TestCall runs the scripts of testdata/call, with the lexicons there, against services
// on loopback. Each line is a command:
//
//	lexgen ARG...          run lexgen
//	answer FILE...         answer each call with the next of these, as HTTP has them, and
//	                       at last always with the same one
//	stream NSID FILE       answer subscribers with the frames in a file, see serveStream
//	endless                answer with JSON that does not end
//	env NAME [TEXT]        set a variable of lexgen's environment
//	stdin FILE             the standard input of lexgen
//	mode MODE FILE         change who has access to a file
//	big FILE BYTES         make a file
//	size FILE              how long a file is, or that there is none
//
// $DIR stands for a folder with the other inputs, $LEX for that of the lexicons, $URL for
// the service and $OTHER for another one, $ESC for an escape character, and %20 for a
// space. What is printed is the command, what the services were asked (<), the exit
// status unless that is 0, and both outputs.
func TestCall_XR01_XR03_XR06_XR10_XR12_XR15_XR57_ES03_ES04_ES06_ES12_LX24(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/call", func(t *testing.T, c *golden.Case) {
		s := &callScript{t: t, dir: t.TempDir(), env: map[string]string{}}
		s.service, s.other = httptest.NewServer(s.serve("")), httptest.NewServer(s.serve("other "))
		t.Cleanup(s.service.Close)
		t.Cleanup(s.other.Close)
		for name, text := range c.In {
			if name != "script" {
				write(t, filepath.Join(s.dir, name), s.write(text))
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

type callScript struct {
	t              *testing.T
	dir            string
	env            map[string]string
	stdin          string // a file, "" for nothing
	out            strings.Builder
	service, other *httptest.Server

	mu      sync.Mutex // guards below
	answers []string
	streams map[string]*[]string // lines that are left, by NSID
	endless bool
	asked   []string
	sent    int                // messages
	printed int                // lines that lexgen has printed to standard output
	stop    context.CancelFunc // interrupts lexgen
}

func (s *callScript) run(words []string) {
	words = slices.Clone(words)
	for i := range words {
		words[i] = s.write(words[i])
	}
	args := append(slices.Clone(words[1:]), "", "")
	s.mu.Lock()
	switch words[0] {
	case "answer":
		s.answers, s.endless = nil, false
		for _, name := range words[1:] {
			s.answers = append(s.answers, s.file(name))
		}
	case "stream":
		lines := strings.Split(strings.TrimSpace(s.file(args[1])), "\n")
		s.streams = map[string]*[]string{args[0]: &lines}
	case "endless":
		s.endless = true
	}
	s.mu.Unlock()
	switch words[0] {
	case "lexgen":
		s.lexgen(words[1:])
	case "env":
		s.env[args[0]] = args[1]
	case "stdin":
		s.stdin = args[0]
	case "mode":
		mode := map[string]os.FileMode{"644": 0o644, "600": 0o600}[args[0]]
		if err := os.Chmod(filepath.Join(s.dir, args[1]), mode); err != nil {
			s.t.Fatal(err)
		}
	case "big":
		size := 0
		fmt.Sscan(args[1], &size)
		write(s.t, filepath.Join(s.dir, args[0]), strings.Repeat("x", size))
	case "size":
		info, err := os.Stat(filepath.Join(s.dir, args[0]))
		if err != nil {
			s.out.WriteString("no file\n")
			return
		}
		fmt.Fprintf(&s.out, "%d bytes\n", info.Size())
	}
}

func (s *callScript) file(name string) string {
	text, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}

// lexgen runs lexgen until it ends, or a stream interrupts it.
func (s *callScript) lexgen(args []string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	s.mu.Lock()
	s.stop, s.sent, s.printed, s.asked = cancel, 0, 0, nil
	s.mu.Unlock()
	var stdout, stderr bytes.Buffer
	w := still()
	w.getenv = func(name string) string { return s.env[name] }
	p := &program{args: args, stdout: &countedLines{&stdout, s}, stderr: &stderr, world: w}
	root := p.root(AllCommands)
	root.SetArgs(args)
	if s.stdin != "" {
		root.SetIn(strings.NewReader(s.file(s.stdin)))
	}
	err := root.ExecuteContext(ctx)
	printError(&stderr, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range s.asked {
		s.out.WriteString("< " + line + "\n")
	}
	if status := statusOf(err); status != statusFine {
		fmt.Fprintf(&s.out, "exit status %d\n", status)
	}
	s.out.Write(stdout.Bytes())
	s.out.Write(stderr.Bytes())
}

// countedLines counts what is printed.
type countedLines struct {
	io.Writer

	script *callScript
}

func (c *countedLines) Write(b []byte) (int, error) {
	n, err := c.Writer.Write(b)
	c.script.mu.Lock()
	defer c.script.mu.Unlock()
	c.script.printed += bytes.Count(b, []byte("\n"))
	return n, err
}

// serve returns a service, which says what it was asked behind its name.
func (s *callScript) serve(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		line := name + r.Method + " " + r.URL.RequestURI()
		for _, key := range []string{"Authorization", "Content-Type", "Atproto-Proxy", "Atproto-Accept-Labelers"} {
			if value := r.Header.Get(key); value != "" {
				line += " [" + key + ": " + value + "]"
			}
		}
		if text := string(body); len(text) > 100 {
			line += fmt.Sprintf(" %d bytes", len(text))
		} else if text != "" {
			line += " " + strings.TrimSpace(text)
		}
		s.mu.Lock()
		s.asked = append(s.asked, line)
		nsid := filepath.Base(r.URL.Path)
		stream := s.streams[nsid]
		endless, answer := s.endless, ""
		if len(s.answers) > 0 {
			answer = s.answers[0]
			s.answers = s.answers[min(1, len(s.answers)-1):]
		}
		s.mu.Unlock()
		switch {
		case stream != nil:
			s.serveStream(w, r, nsid, stream)
		case endless:
			w.Header().Set("Content-Type", "application/json")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("[", 1<<16)); err != nil {
					return
				}
			}
		default:
			reply(w, answer)
		}
	})
}

// reply answers with a text in the form of HTTP.
func reply(w http.ResponseWriter, text string) {
	res, err := http.ReadResponse(bufio.NewReader(strings.NewReader(text)), nil)
	if err != nil {
		panic(err) // in a handler: ends the request
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	maps.Copy(w.Header(), res.Header)
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(bytes.TrimSpace(body))
}

// serveStream sends what the lines say:
//
//	message JSON      a message, with its $type
//	error NAME TEXT   an error frame
//	hex DIGITS        a frame of these bytes
//	big BYTES         a frame of so many, behind which lexgen ends the connection
//	text TEXT         a frame that is not binary
//	cut               end the connection; the next one goes on with the next line
//	interrupt         wait until lexgen has printed as many lines as there were messages,
//	                  and interrupt it
//
// Behind the last line there is silence. A connection that outlives its command takes no
// line of the next one's.
func (s *callScript) serveStream(w http.ResponseWriter, r *http.Request, nsid string, left *[]string) {
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer conn.CloseNow()
	ctx := conn.CloseRead(r.Context())
	for {
		s.mu.Lock()
		lines := *left
		if len(lines) == 0 {
			s.mu.Unlock()
			<-ctx.Done()
			return
		}
		*left = lines[1:]
		s.mu.Unlock()
		what, rest, _ := strings.Cut(lines[0], " ")
		var frame []byte
		switch what {
		case "message":
			frame = messageFrame(syntax.NSID(nsid), rest)
			s.mu.Lock()
			s.sent++
			s.mu.Unlock()
		case "error":
			name, text, _ := strings.Cut(rest, " ")
			frame = xrpc.AppendErrorFrame(nil, xrpc.ErrorName(name), text)
		case "hex":
			frame, _ = hex.DecodeString(rest)
		case "big":
			size := 0
			_, _ = fmt.Sscan(rest, &size)
			_ = conn.Write(ctx, websocket.MessageBinary, make([]byte, size))
			<-ctx.Done()
			return
		case "text":
			_ = conn.Write(ctx, websocket.MessageText, []byte(rest))
			continue
		case "cut":
			return
		case "interrupt":
			s.interrupt()
			continue
		}
		if conn.Write(ctx, websocket.MessageBinary, frame) != nil {
			return
		}
	}
}

func messageFrame(nsid syntax.NSID, text string) []byte {
	var m lex.UnknownObject
	if err := lex.DecodeJSON([]byte(text), &m); err != nil {
		panic(err) // in a handler: ends the connection
	}
	frame, err := xrpc.AppendFrame(nil, nsid, &m)
	if err != nil {
		panic(err)
	}
	return frame
}

func (s *callScript) interrupt() {
	for range 1000 {
		s.mu.Lock()
		done := s.printed >= s.sent
		s.mu.Unlock()
		if done {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stop()
}

// write replaces names by what they stand for.
func (s *callScript) write(text string) string {
	return strings.NewReplacer("$DIR", s.dir, "$LEX", "testdata/call/lexicons", "$ESC", "\x1b", "$URL", s.service.URL, "$OTHER", s.other.URL,
		"%20", " ").Replace(text)
}

// read replaces what is different in each run by its name.
func (s *callScript) read(text string) string {
	host := func(url string) string { return strings.TrimPrefix(url, "http://") }
	return strings.NewReplacer(s.dir, "$DIR", s.service.URL, "$URL", s.other.URL, "$OTHER", host(s.service.URL), "$HOST").Replace(text)
}

// calls returns the URL of a service that h serves, and the arguments of a call there.
func calls(t *testing.T, h http.HandlerFunc) func(args ...string) []string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return func(args ...string) []string {
		return append([]string{"call", "--service", server.URL, "--development", "--lexicons", "testdata/call/lexicons"}, args...)
	}
}

// TestCallStopsWhenInterrupted interrupts calls whose answers have begun, and one whose
// answer has not.
func TestCallStopsWhenInterrupted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ nsid, media string }{
		{"com.example.export", "application/vnd.ipld.car"},
		{"com.example.search", "application/json"},
		{"com.example.search", ""},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		args := calls(t, func(w http.ResponseWriter, r *http.Request) {
			if c.media != "" {
				w.Header().Set("Content-Type", c.media)
				_, _ = io.WriteString(w, `{"hits":`)
				_ = http.NewResponseController(w).Flush()
			}
			cancel()
			<-r.Context().Done()
		})
		out := filepath.Join(t.TempDir(), "out")
		p := &program{stdout: io.Discard, stderr: io.Discard, world: still(), args: args(c.nsid, "--output", out)}
		if c.nsid == "com.example.search" {
			p.args = append(p.args, "q=a")
		}
		if got := statusOf(p.run(ctx, AllCommands)); got != statusInterrupted {
			t.Errorf("%v: status %d, want %d", c, got, statusInterrupted)
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("%v: half of an answer stays", c)
		}
	}
}

// TestCallStopsWhenTerminated ends a download as service managers and timeout(1) do.
// It is not parallel: the signal is for the whole process.
func TestCallStopsWhenTerminated(t *testing.T) { //nolint:paralleltest // see above
	if runtime.GOOS == "windows" {
		t.Skip("there is no SIGTERM")
	}
	mine := make(chan os.Signal, 1) // so that the test itself lives on
	signal.Notify(mine, syscall.SIGTERM)
	defer signal.Stop(mine)
	args := calls(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.ipld.car")
		_, _ = io.WriteString(w, "half")
		_ = http.NewResponseController(w).Flush()
		process, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = process.Signal(syscall.SIGTERM)
		}
		if err != nil {
			t.Error(err)
		}
		select {
		case <-r.Context().Done():
		case <-time.After(10 * time.Second):
		}
	})
	out := filepath.Join(t.TempDir(), "out")
	var stderr strings.Builder
	if got := Main(AllCommands, args("com.example.export", "--output", out), io.Discard, &stderr); got != int(statusInterrupted) {
		t.Errorf("status %d, want %d: %s", got, statusInterrupted, &stderr)
	}
	if _, err := os.Stat(out); err == nil {
		t.Error("half of an answer stays")
	}
}

func TestCallSaysWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	args := calls(t, func(w http.ResponseWriter, r *http.Request) {
		switch filepath.Base(r.URL.Path) {
		case "com.example.live":
			conn, err := websocket.Accept(w, r, nil)
			if err != nil {
				return
			}
			defer conn.CloseNow()
			_ = conn.Write(r.Context(), websocket.MessageBinary, messageFrame("com.example.live", `{"$type":"com.example.watch#info","name":"a"}`))
			<-conn.CloseRead(r.Context()).Done()
		case "com.example.export":
			w.Header().Set("Content-Type", "application/vnd.ipld.car")
			_, _ = w.Write(make([]byte, 1<<20))
		default:
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"hits":[]}`)
		}
	})
	for _, line := range [][]string{{"com.example.search", "q=a"}, {"com.example.export"}, {"com.example.live", "--stream"}} {
		p := &program{args: args(line...), stdout: unwritableFile{}, stderr: io.Discard, world: still()}
		if err := p.run(t.Context(), AllCommands); statusOf(err) != statusInternal || err.Error() != "no space left" {
			t.Errorf("%v: %v", line, err)
		}
	}
}

// TestBinaryInputIsNotReadAsAWhole has a service that takes a part of a body that does
// not end, and answers.
func TestBinaryInputIsNotReadAsAWhole_XR06(t *testing.T) {
	t.Parallel()
	args := calls(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
		w.WriteHeader(http.StatusRequestEntityTooLarge)
	})
	p := &program{stdout: io.Discard, stderr: io.Discard, world: still()}
	root := p.root(AllCommands)
	root.SetArgs(args("com.example.importCar", "--input", "-"))
	body := &endlessReader{}
	root.SetIn(body)
	err := root.ExecuteContext(t.Context())
	if got := statusOf(err); got != statusProblem || !strings.Contains(err.Error(), "PayloadTooLarge (413)") {
		t.Errorf("status %d: %v", got, err)
	}
}

type endlessReader struct{}

func (endlessReader) Read(b []byte) (int, error) { return len(b), nil }
