package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/syntax"
)

var kills = flag.Int("kills", 5, "how often lexgen install is killed")

// installProject is a folder in which lexgen install is run as a process.
type installProject struct {
	t       *testing.T
	network *lexicontest.Network
	dir     string
	env     []string
}

func newInstallProject(t *testing.T) *installProject {
	t.Helper()
	dir := t.TempDir()
	p := &installProject{t: t, network: lexicontest.New(t), dir: filepath.Join(dir, "project")}
	p.env = append(os.Environ(), "HOME="+dir, "XDG_CACHE_HOME="+filepath.Join(dir, "cache"), "LocalAppData="+filepath.Join(dir, "cache"))
	if err := os.Mkdir(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

// command returns lexgen install, which is killed when ctx ends.
func (p *installProject) command(ctx context.Context, args ...string) (*exec.Cmd, *strings.Builder) {
	args = append([]string{"install", "--dns", p.network.DNS, "--plc", p.network.Directory, "--development"}, args...)
	c := exec.CommandContext(ctx, "lexgen", args...)
	var out strings.Builder
	c.Dir, c.Env, c.Stderr = p.dir, p.env, &out
	return c, &out
}

// install demands that lexgen install ends well.
func (p *installProject) install(args ...string) string {
	p.t.Helper()
	c, out := p.command(p.t.Context(), args...)
	if err := c.Run(); err != nil {
		p.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return out.String()
}

// files returns the files of the project with their texts.
func (p *installProject) files() map[string]string {
	p.t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(p.dir, func(name string, entry fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(p.dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return files
}

// manyLexicons returns the texts of lexicons, of which the first refers to all others.
func manyLexicons(domain string, n int, description string) []string {
	var refs []string
	for i := range n - 1 {
		refs = append(refs, fmt.Sprintf(`"%s.l%d"`, domain, i))
	}
	texts := []string{fmt.Sprintf(`{"lexicon": 1, "id": "%s.all", "defs": {"main": {"type": "object", "description": %q, "properties": {
		"x": {"type": "union", "refs": [%s]}}}}}`, domain, description, strings.Join(refs, ", "))}
	for i := range n - 1 {
		texts = append(texts, fmt.Sprintf(`{"lexicon": 1, "id": "%s.l%d", "defs": {"main": {"type": "object", "description": %q, "properties": {}}}}`,
			domain, i, description))
	}
	return texts
}

// TestKilledInstallsLeaveTheOldOrTheNew kills lexgen install at random moments, as often
// as the flag kills says. What is then there is what was there before, or what was to be
// written, or a part of both with the folder that the next run finishes it from; no file
// is torn, and the lock file is never ahead of the lexicons.
func TestKilledInstallsLeaveTheOldOrTheNew(t *testing.T) {
	t.Parallel()
	const n = 24
	p := newInstallProject(t)
	account := p.network.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	var states []map[string]string // of two versions
	for _, version := range []string{"one", "two"} {
		account.Publish(manyLexicons("com.example", n, version)...)
		began := time.Now()
		p.install("com.example.all", "--update", "--yes")
		states = append(states, p.files())
		t.Logf("an install takes %v", time.Since(began))
	}
	began := time.Now()
	account.Publish(manyLexicons("com.example", n, "one")...)
	p.install("--update", "--yes")
	took := time.Since(began)
	seen := map[string]int{}
	for i := range *kills {
		old, to := states[i%2], states[(i+1)%2]
		account.Publish(manyLexicons("com.example", n, []string{"one", "two"}[(i+1)%2])...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rand.Float64()*1.1*float64(took)))
		c, _ := p.command(ctx, "--update", "--yes")
		_ = c.Run() // killed, or not
		cancel()
		seen[p.judge(old, to)]++
		if out := p.install("--update", "--yes"); !maps.Equal(p.files(), to) {
			t.Fatalf("the run after kill %d does not lead to the new state:\n%s", i, out)
		}
		p.install("--ci")
	}
	t.Logf("%d kills left %v", *kills, seen)
	if *kills >= 50 && (seen["old"] == 0 || seen["staged"]+seen["preparing"] == 0) {
		t.Errorf("the kills did not hit all moments: %v", seen)
	}
}

// TestTheLongestNamesAreInstalled has an NSID that has more bytes than the name of a file.
func TestTheLongestNamesAreInstalled(t *testing.T) {
	t.Parallel()
	p := newInstallProject(t)
	part := strings.Repeat("a", 59)
	domain := strings.Join([]string{"com", part, part, part, part}, ".") // below which the DNS can have _lexicon
	p.network.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz").Publish(manyLexicons(domain, 2, "long")...)
	p.install(domain + ".all")
	p.install("--ci")
}

// TestMoreThanALexgenHolds has 40 lexicons that are as long as records may be: what
// installs them, or compares with them, says where it ends and what to do.
func TestMoreThanALexgenHolds(t *testing.T) {
	t.Parallel()
	p := newInstallProject(t)
	account := p.network.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	texts := manyLexicons("com.example", 40, strings.Repeat("x", 950_000))
	var pins []string
	for _, text := range texts {
		c := account.Publish(text)[0]
		_, rest, _ := strings.Cut(text, `"id": "`)
		nsid, _, _ := strings.Cut(rest, `"`)
		pins = append(pins, fmt.Sprintf(`%q: {"uri": "at://%s/com.atproto.lexicon.schema/%s", "cid": %q}`, nsid, account.DID, nsid, c))
	}
	p.refused("what was asked for leads to too many bytes", "install", "com.example.all")
	own := strings.Replace(manyLexicons("com.example", 1, "own")[0], "com.example.all", "com.example.own", 1)
	p.write("own/com/example/own.json", own)
	p.refused("--against git:REF", "breaking", "--lexicons", "own", "--against", "published")
	p.write("lexicons.json", `{"version": 1, "lexicons": ["com.example.all"], "resolutions": {`+strings.Join(pins, ", ")+"}}")
	p.refused("lexicons.json", "breaking", "--lexicons", "own", "--against", "lock")
}

// refused demands that a command fails, and says in a second line what to do.
func (p *installProject) refused(want string, args ...string) {
	p.t.Helper()
	c := exec.CommandContext(p.t.Context(), "lexgen", append(args, "--dns", p.network.DNS, "--plc", p.network.Directory, "--development")...)
	c.Dir, c.Env = p.dir, p.env
	out, err := c.CombinedOutput()
	text := string(out)
	if failed, ok := errors.AsType[*exec.ExitError](err); !ok || failed.ExitCode() != 1 || !strings.Contains(text, "than 33554432") ||
		!strings.Contains(text, "com.example.l") || !strings.Contains(text, want) || !strings.Contains(text, "\n  nothing was ") {
		p.t.Errorf("%v: %v: %s", args, err, text)
	}
}

func (p *installProject) write(name, text string) {
	p.t.Helper()
	name = filepath.Join(p.dir, filepath.FromSlash(name))
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte(text), 0o600)); err != nil {
		p.t.Fatal(err)
	}
}

// TestTwoInstallsAtOnce begins a second install while the first one asks. The second one
// is told so, and changes nothing of what the first one does.
func TestTwoInstallsAtOnce(t *testing.T) {
	t.Parallel()
	p := newInstallProject(t)
	account := p.network.Account("did:plc:ewvi7nxzyoun6zhxrhs64oiz")
	account.Publish(manyLexicons("com.example", 3, "one")...)
	asked, answer := make(chan struct{}), make(chan struct{})
	var once sync.Once
	account.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			once.Do(func() { close(asked) })
			<-answer
			next.ServeHTTP(w, r)
		})
	})
	first, firstOut := p.command(t.Context(), "com.example.all")
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	second, out := p.command(t.Context(), "com.example.l0")
	if err := second.Run(); err == nil || !strings.Contains(out.String(), "another run of lexgen install is at work in .: wait for its end, and try again") {
		t.Errorf("the second run: %v: %s", err, out)
	}
	close(answer)
	if err := first.Wait(); err != nil {
		t.Errorf("the first run: %v: %s", err, firstOut)
	}
	p.install("--ci")
	p.install("com.example.l0")
}

// judge says which state is there, and fails if it is none that may be.
func (p *installProject) judge(old, to map[string]string) string {
	p.t.Helper()
	var staged, preparing, isOld, isNew bool
	isOld, isNew = true, true
	files := p.files()
	for name, text := range files {
		switch {
		case strings.HasPrefix(name, ".lexicons.json.install/"):
			staged = true
		case strings.HasPrefix(name, ".lexicons.json.install-"):
			preparing = true
		case strings.HasPrefix(filepath.Base(name), "."): // a file that was to be renamed
			staged = true
		case text != old[name] && text != to[name]:
			p.t.Errorf("%s is neither old nor new:\n%s", name, text)
		}
	}
	for name, text := range old {
		isOld = isOld && files[name] == text
	}
	for name, text := range to {
		isNew = isNew && files[name] == text
	}
	switch {
	case isNew:
		return "new"
	case files["lexicons.json"] == to["lexicons.json"]:
		p.t.Errorf("the lock file is new, and the lexicons are not")
	case staged:
		return "staged"
	case !isOld:
		p.t.Errorf("neither old nor new, and nothing to finish it from")
	case preparing:
		return "preparing"
	}
	return "old"
}

// TestManyLexiconsOverASlowNetwork installs 300 lexicons of three accounts, each request
// of whose servers takes a while, is killed in the middle, and goes on.
func TestManyLexiconsOverASlowNetwork_LE09(t *testing.T) {
	t.Parallel()
	const each = 100
	p := newInstallProject(t)
	var accounts []*lexicontest.Account
	var half sync.Once
	ctx, kill := context.WithCancel(t.Context())
	defer kill()
	for i, did := range []syntax.DID{"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:plc:44ybard66vv44zksje25o7dz", "did:plc:z72i7hdynmk6r22z27h6tvur"} {
		a := p.network.Account(did)
		a.Publish(manyLexicons(fmt.Sprintf("com.example%d", i), each, "one of many")...)
		a.Intercept(func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(5 * time.Millisecond)
				next.ServeHTTP(w, r)
				if all, _ := a.Requests(); all >= each/2 {
					half.Do(kill)
				}
			})
		})
		accounts = append(accounts, a)
	}
	roots := []string{"com.example0.all", "com.example1.all", "com.example2.all"}
	c, _ := p.command(ctx, roots...)
	if err := c.Run(); err == nil {
		t.Fatal("it was not killed")
	}
	if files := p.files(); len(files) != 0 {
		t.Errorf("%d files were written", len(files))
	}
	before := 0
	for _, a := range accounts {
		all, _ := a.Requests()
		before += all
	}
	out := p.install(roots...)
	after := 0
	for _, a := range accounts {
		all, most := a.Requests()
		after += all
		if most > 4 {
			t.Errorf("%s got %d requests at a time", a.DID, most)
		}
	}
	t.Logf("%d requests before the kill, %d after: %s", before, after-before, out[strings.LastIndex(strings.TrimSpace(out), "\n")+1:])
	if len(p.files()) != 3*each+1 {
		t.Errorf("%d files", len(p.files()))
	}
	// What the workers had not kept yet when it was killed is asked for again.
	if again := after - 3*each; again > network.DefaultParallel {
		t.Errorf("%d lexicons were fetched twice", again)
	}
	if !strings.Contains(out, " fetched by a run that began at ") {
		t.Errorf("told %s", out)
	}
}
