package e2e_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
)

var seedFlag = flag.Uint64("seed", 0, "repeat the tests with this seed; 0 stands for a new one")

// seeded returns randomness, whose seed is logged.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// call runs a function of a module in the folder node, which must succeed.
func call[T any](t *testing.T, module, function string, argument any) T {
	t.Helper()
	result, err := try[T](t, module, function, argument)
	if err != nil {
		t.Fatalf("%s.%s: %v", module, function, err)
	}
	return result
}

// try runs a function of a module in the folder node. The error is what it
// throws.
func try[T any](t *testing.T, module, function string, argument any) (result T, err error) {
	t.Helper()
	in, err := json.Marshal(argument)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), node(t), "peer.mjs", module, function)
	var out, told bytes.Buffer
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = "node", bytes.NewReader(in), &out, &told
	if err := cmd.Run(); err != nil {
		t.Fatalf("node peer.mjs %s %s: %v\n%s", module, function, err, &told)
	}
	var answer struct {
		Result json.RawMessage `json:"result"`
		Error  *string         `json:"error"`
	}
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		t.Fatalf("%s.%s: %v", module, function, err)
	}
	if answer.Error != nil {
		return result, errors.New(*answer.Error)
	}
	if err := json.Unmarshal(answer.Result, &result); err != nil {
		t.Fatalf("%s.%s: %v: %.1000s", module, function, err, answer.Result)
	}
	return result, nil
}

// A running program of the folder node answers with lines.
type running struct {
	t     *testing.T
	name  string
	in    io.WriteCloser
	lines *bufio.Scanner
	told  *strings.Builder // on standard error
}

// start runs a module of the folder node, with arguments, until the test ends, which
// closes its standard input.
func start(t *testing.T, module string, args ...string) *running {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node(t), append([]string{module}, args...)...)
	r := &running{t: t, name: module, told: &strings.Builder{}}
	cmd.Dir, cmd.Stderr = "node", r.told
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil && t.Context().Err() == nil {
			t.Errorf("%s: %v\n%s", module, err, r.told)
		}
	})
	r.in, r.lines = in, bufio.NewScanner(out)
	return r
}

// say writes a line.
func (r *running) say(line any) {
	r.t.Helper()
	if _, err := fmt.Fprintln(r.in, line); err != nil {
		r.t.Fatalf("%s: %v\n%s", r.name, err, r.told)
	}
}

// line returns the next line.
func (r *running) line() string {
	r.t.Helper()
	if !r.lines.Scan() {
		r.t.Fatalf("%s ends: %v\n%s", r.name, r.lines.Err(), r.told)
	}
	return r.lines.Text()
}

// node returns the Node that npm has installed, else that of the machine. The
// test ends where the packages are missing.
func node(t *testing.T) string {
	t.Helper()
	modules, err := filepath.Abs("node/node_modules")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(modules, "@atproto")); err != nil {
		shared.Missing(t, "e2e", fmt.Sprintf("%v: make e2e installs it", err))
	}
	installed := filepath.Join(modules, ".bin", "node")
	if _, err := os.Stat(installed); err == nil {
		return installed
	}
	program, err := exec.LookPath("node")
	if err != nil {
		shared.Missing(t, "e2e", err.Error())
	}
	return program
}
