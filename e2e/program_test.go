package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/repo"
)

// TestProgramOnPeersFiles verifies, takes apart and makes again with lexgen
// repo what the other side has made, and has the other side verify that.
func TestProgramOnPeersFiles(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	h, key := randomHistory(t, r, 200), randomKey(t, r, crypto.K256)
	theirs := makeHistory(t, key, h)
	p := newProgram(t)
	p.write("alice.car", theirs.CAR)
	p.write("alice.json", fmt.Appendf(nil, `{"id": %q, "verificationMethod": [{"id": "#atproto", "type": "Multikey", "controller": %[1]q, "publicKeyMultibase": %[2]q}]}`,
		did, key.PublicKey().Multikey()))

	_, told := p.run("repo", "verify", "alice.car", "--did-doc", "alice.json")
	if want := fmt.Sprintf("%d records, no violations; the signature is that of %s", len(h.records), did); !strings.Contains(told, want) {
		t.Errorf("verify says %q, want %q", told, want)
	}
	var paths strings.Builder
	for _, path := range h.paths() {
		fmt.Fprintf(&paths, "%s\t%v\n", path, cid.Sum(cid.DagCBOR, h.records[path]))
	}
	if listed, _ := p.run("repo", "ls", "alice.car"); listed != paths.String() {
		t.Errorf("ls prints\n%s\nwant\n%s", listed, &paths)
	}
	for _, path := range sample(r, h, 5) {
		if text, _ := p.run("repo", "get", "alice.car", path); !bytes.Equal(cborOf(t, []byte(text)), h.records[path]) {
			t.Errorf("get prints %s\nwant %x", text, h.records[path])
		}
	}

	p.run("repo", "unpack", "alice.car", "alice")
	p.run("repo", "pack", "alice", "again.car")
	again := load(t, p.read("again.car"), key)
	if want := theirs.Commits[len(theirs.Commits)-1].Head; textOf(again.Head()) != want {
		t.Errorf("packed again it is %v, want %s", again.Head(), want)
	}

	ourKey := randomKey(t, r, crypto.P256)
	p.write("our.key", []byte(ourKey.Multikey()))
	added := write{Action: repo.ActionCreate, Path: "com.example.added/self"}
	added.Record = randomRecord(t, r, added.Path, 0)
	p.write("alice/"+added.Path+".json", added.Record)
	p.run("repo", "pack", "alice", "changed.car", "--key", "our.key")
	if out, _ := p.run("repo", "diff", "alice.car", "changed.car"); out != "+ "+added.Path+"\n" {
		t.Errorf("diff prints %q", out)
	}
	in := verification{p.read("changed.car"), did, ourKey.PublicKey().DIDKey()}
	all := newHistory(t, append(h.batches, []write{added}))
	checkVerified(t, call[verified](t, "repo", "verify", in), load(t, in.CAR, ourKey), all.records)
}

// program is lexgen in a folder of its own.
type program struct {
	t   *testing.T
	dir string
	env []string // further variables of its environment
}

func newProgram(t *testing.T) program {
	t.Helper()
	p := program{t: t, dir: t.TempDir()}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", p.path("lexgen"), "./cmd/lexgen")
	cmd.Dir = shared.ModuleRoot()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return p
}

func (p program) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

// run runs the program, which must succeed, and returns what it prints and
// tells.
func (p program) run(args ...string) (out, told string) {
	p.t.Helper()
	out, told, err := p.try(args...)
	if err != nil {
		p.t.Fatalf("lexgen %s: %v\n%s", strings.Join(args, " "), err, told)
	}
	return out, told
}

// try runs the program, and returns what it prints and tells.
func (p program) try(args ...string) (out, told string, err error) {
	p.t.Helper()
	cmd := exec.CommandContext(p.t.Context(), p.path("lexgen"), args...)
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), p.env...)
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func (p program) write(name string, data []byte) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), data, 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p program) read(name string) []byte {
	p.t.Helper()
	b, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}
