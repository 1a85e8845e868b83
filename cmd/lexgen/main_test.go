package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
)

// TestMain lets the scripts run the test binary as lexgen.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lexgen": main})
}

// TestScripts runs testdata/script; each file says what it claims.
func TestScripts(t *testing.T) {
	t.Parallel()
	vars := goVariables(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *golden.Update,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, vars...)
			env.Values[networkKey{}] = &scriptNetwork{t: t}
			env.Setenv("ESC", "\x1b[31m")
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("XDG_CACHE_HOME", "")
			env.Setenv("LocalAppData", filepath.Join(env.WorkDir, "home"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exits,
			"steady":   steady,
			"modproxy": modproxy,
			"has":      has,
			"waitfor":  waitfor,
			"serve":    serve,
			"lexnet":   lexnet,
		},
	})
}

// goVariables lets the scripts build programs from the checkout without a
// network.
func goVariables(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", "-json", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	var caches struct{ GOCACHE, GOMODCACHE string }
	if err := json.Unmarshal(out, &caches); err != nil {
		t.Fatal(err)
	}
	return []string{
		"CHECKOUT=" + shared.ModuleRoot(),
		"GOCACHE=" + caches.GOCACHE,
		"GOMODCACHE=" + caches.GOMODCACHE,
		"GOPROXY=off",
		"GOSUMDB=off",
		"GOTOOLCHAIN=local",
		"GOWORK=off",
		"GOFLAGS=",
	}
}

// exits runs a program and demands an exit status: exits STATUS PROGRAM ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS PROGRAM [ARG...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

var (
	elapsed = regexp.MustCompile(`in \d+\.\d\d s`)
	version = regexp.MustCompile(`"version": "(\(devel\)|v[^"]*)"`)
)

// steady puts what the last program printed into a file, without the time that
// it took, lexgen's version and the path of the working folder: steady
// stdout|stderr FILE.
func steady(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: steady stdout|stderr FILE")
	}
	text := elapsed.ReplaceAllString(ts.ReadFile(args[0]), "in T s")
	text = version.ReplaceAllString(text, `"version": "V"`)
	text = strings.ReplaceAll(text, "file://"+ts.Getenv("WORK"), "file:///WORK")
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(text), 0o600))
}

// has demands that a file begins with a line: has FILE LINE.
func has(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: has FILE LINE")
	}
	if strings.HasPrefix(ts.ReadFile(args[0]), args[1]+"\n") == neg {
		ts.Fatalf("%s begins otherwise:\n%s", args[0], ts.ReadFile(args[0]))
	}
}

// modproxy makes a proxy of Go modules out of a folder that holds one:
// modproxy PROXY MODULE@VERSION DIR.
func modproxy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: modproxy PROXY MODULE@VERSION DIR")
	}
	path, version, _ := strings.Cut(args[1], "@")
	versions := filepath.Join(ts.MkAbs(args[0]), path, "@v")
	ts.Check(os.MkdirAll(versions, 0o755))
	write := func(extension string, data []byte) {
		ts.Check(os.WriteFile(filepath.Join(versions, version+extension), data, 0o600))
	}
	var content bytes.Buffer
	ts.Check(zip.CreateFromDir(&content, module.Version{Path: path, Version: version}, ts.MkAbs(args[2])))
	write(".zip", content.Bytes())
	write(".mod", fmt.Appendf(nil, "module %s\n", path))
	write(".info", fmt.Appendf(nil, `{"Version":%q}`, version))
}

// waitfor waits until a file exists: waitfor FILE.
func waitfor(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfor FILE")
	}
	for range 600 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s does not appear", args[0])
}

// serve starts a service for the rest of the script, whose URL is in $URL: a query
// com.example.get whose answer would colour a terminal, and a subscription
// com.example.watch that sends one message and makes the file sent when lexgen must
// have it.
func serve(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: serve")
	}
	sent := ts.MkAbs("sent")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/xrpc/com.example.get" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{\"text\":\"\u202e\\u001b[31m\", \"n\": [1]}")
			return
		}
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer conn.CloseNow()
		gone := conn.CloseRead(r.Context())
		const event = "\xa2\x61t\x66#event\x62op\x01\xa1\x63seq\x01"
		if conn.Write(gone, websocket.MessageBinary, []byte(event)) == nil && conn.Ping(gone) == nil {
			_ = os.WriteFile(sent, nil, 0o600)
		}
		<-gone.Done()
	}))
	ts.Defer(server.Close)
	ts.Setenv("URL", server.URL)
}
