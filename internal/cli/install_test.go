package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/jsontree"
	schema "github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/cid"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestLockTextIsThatOfTheOtherInstaller has lock files as version 0.3.12 of @atproto/lex
// writes them.
func TestLockTextIsThatOfTheOtherInstaller(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"{\n  \"version\": 1,\n  \"lexicons\": [],\n  \"resolutions\": {}\n}\n",
		`{
  "version": 1,
  "lexicons": [
    "com.example.B",
    "com.example.a"
  ],
  "resolutions": {
    "com.example.B": {
      "uri": "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.atproto.lexicon.schema/com.example.B",
      "cid": "bafyreihnkyrutlike2a4kubi4nize5gxna7luretpclikipn53yisuvs2m"
    },
    "com.example.a": {
      "uri": "at://did:web:example.com/com.atproto.lexicon.schema/com.example.a",
      "cid": "bafyreiarg7blphudhcaouratthoujzn7puyyqkbbvup7ylftslfxvhaoie"
    }
  }
}
`,
	} {
		l, err := parseLock([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(text, string(l.text())); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
	}
}

func TestLocksThatAreNone(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":               "it is no JSON of a lock file",
		`{"version": 2}`: "it has the version 2",
		`{"version": 1, "lexicons": ["../../etc/passwd"]}`:                                      "lexicons: ",
		`{"version": 1, "resolutions": {"com/../x": {}}}`:                                       "resolutions: ",
		`{"version": 1, "resolutions": {"com.example.a": {"uri": "https://x"}}}`:                "resolutions: com.example.a: ",
		`{"version": 1, "resolutions": {"com.example.a": {"uri": "at://a.example", "cid":""}}}`: "resolutions: com.example.a: ",
		`{"version": 1} {}`:           "it is no JSON of a lock file",
		"{\"version\": 1}\n>>>>>>> x": "it is no JSON of a lock file",
		`{"version": 1, "resolutions": {}, "lexicons": [], "resolutions": {}}`:                                                               `it has "resolutions" twice`,
		`{"version": 1, "resolutions": {"com.example.a": {"uri": "x", "uri": "x"}}}`:                                                         `it has "uri" twice`,
		`{"version": 1, "resolutions": {"com.example.a": ` + pinTo("at://did:web:a.example/com.atproto.lexicon.schema/com.example.b") + `}}`: "want at://DID/com.atproto.lexicon.schema/com.example.a",
		`{"version": 1, "resolutions": {"com.example.a": ` + pinTo("at://did:web:a.example/com.example.post/com.example.a") + `}}`:           "want at://DID/com.atproto.lexicon.schema/com.example.a",
		`{"version": 1, "resolutions": {"com.example.a": ` + pinTo("at://a.example/com.atproto.lexicon.schema/com.example.a") + `}}`:         "want at://DID/com.atproto.lexicon.schema/com.example.a",
	} {
		if _, err := parseLock([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	name := filepath.Join(t.TempDir(), lockName)
	if l, err := readLock(name); l != nil || err != nil {
		t.Errorf("a lock that is not there: %v, %v", l, err)
	}
}

// pinTo is what a lock file has for a lexicon.
func pinTo(uri string) string {
	return `{"uri": "` + uri + `", "cid": "bafyreiarg7blphudhcaouratthoujzn7puyyqkbbvup7ylftslfxvhaoie"}`
}

// FuzzLock demands that what is read from a lock file is written as it was read.
func FuzzLock(f *testing.F) {
	f.Add([]byte(`{"version": 1, "lexicons": ["com.example.a"], "resolutions": {"com.example.a": {
		"uri": "at://did:web:example.com/com.atproto.lexicon.schema/com.example.a", "cid": "bafyreiarg7blphudhcaouratthoujzn7puyyqkbbvup7ylftslfxvhaoie"}}}`))
	f.Add([]byte(`{"version": 1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := parseLock(text)
		if err != nil {
			return
		}
		again, err := parseLock(l.text())
		if err != nil || !bytes.Equal(again.text(), l.text()) {
			t.Errorf("%s became %s: %v", text, l.text(), err)
		}
	})
}

// TestProgressOfAnInstall counts on the line of a terminal.
func TestProgressOfAnInstall(t *testing.T) {
	t.Parallel()
	var out locked
	c := &counting{line: &progress{out: &out}}
	c.show()
	c.line.show()
	c.begin("com.example.a")
	c.begin("com.example.b")
	c.found(schema.Result{NSID: "com.example.a"})
	c.end("com.example.a")
	c.found(schema.Result{NSID: "com.example.b"})
	c.end("com.example.b")
	c.line.stop()
	for _, want := range []string{"0 lexicons found, 2 asked for: com.example.b", "2 lexicons found, 1 asked for"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q lacks %q", out.String(), want)
		}
	}
}

// rememberingWorld is a world with a folder for caches.
func rememberingWorld(t *testing.T) world {
	t.Helper()
	w, dir := still(), t.TempDir()
	w.cacheDir = func() (string, error) { return dir, nil }
	return w
}

func fetchedLexicon(t *testing.T, nsid syntax.NSID) *lexnet.Lexicon {
	t.Helper()
	data, err := lexnet.Encode(fmt.Appendf(nil, `{"id": %q}`, nsid))
	if err != nil {
		t.Fatal(err)
	}
	return &lexnet.Lexicon{NSID: nsid, DID: "did:web:example.com", CID: cid.Sum(cid.DagCBOR, data), Data: data}
}

// TestWhatWasFetchedIsRecalled tells what a run finds of an interrupted one: not what is
// torn or altered, not after an hour, and nothing of one that ended.
func TestWhatWasFetchedIsRecalled(t *testing.T) {
	t.Parallel()
	w, now := rememberingWorld(t), time.Unix(1_800_000_000, 0)
	a, b := fetchedLexicon(t, "com.example.a"), fetchedLexicon(t, "com.example.b")
	first := w.recall("lexicons.json", now)
	first.keep(a)
	first.keep(b)
	first.write(journalLine{URI: "at://did:web:example.com/torn"})
	_, _ = first.journal.WriteString(`{"uri":"at://did:web:exam`) // and killed
	has := func(r *recall, l *lexnet.Lexicon) bool {
		found := r.fetched(l.DID, l.NSID)
		return found != nil && found.CID == l.CID && bytes.Equal(found.Data, l.Data)
	}
	next := w.recall("lexicons.json", now.Add(59*time.Minute))
	if !has(next, a) || !has(next, b) {
		t.Error("what was fetched is not there")
	}
	if n, since := next.resumed(); n != 2 || !since.Equal(now) {
		t.Errorf("%d since %v", n, since)
	}
	c := fetchedLexicon(t, "com.example.c")
	next.keep(c)
	next.close()
	if err := os.WriteFile(filepath.Join(next.folder, a.CID.String()), b.Data, 0o600); err != nil {
		t.Fatal(err)
	}
	third := w.recall("lexicons.json", now.Add(59*time.Minute))
	if has(third, a) || !has(third, b) || !has(third, c) {
		t.Error("a record that was altered is believed, or others are not")
	}
	if has(w.recall("other.json", now), b) {
		t.Error("the journal of another lock file counts")
	}
	if has(w.recall("lexicons.json", now, "another directory"), b) {
		t.Error("the journal of another network counts")
	}
	if late := w.recall("lexicons.json", now.Add(61*time.Minute)); has(late, b) {
		t.Error("what is older than an hour counts")
	}
	last := w.recall("lexicons.json", now)
	last.keep(b)
	last.done(now)
	if has(w.recall("lexicons.json", now), b) {
		t.Error("a run that ended counts")
	}
	if _, ok := w.recall("lexicons.json", now).block(b.CID); !ok {
		t.Error("the record is gone with the journal")
	}
	none := still().recall("lexicons.json", now)
	none.keep(b)
	none.done(now)
	if has(none, b) {
		t.Error("without a folder something is kept")
	}
}

// TestAFolderOfAStrangerIsNoInterruptedRun has a checkout bring a folder from which a run
// would be finished.
func TestAFolderOfAStrangerIsNoInterruptedRun(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		plan string
		want bool
	}{
		"a path that leads out": {`{"before": "", "write": {"../../x": ""}}`, false},
		"a removal, too":        {`{"before": "", "write": {}, "remove": {"../x": ""}}`, false},
		"another lock file":     {`{"before": "00", "write": {}}`, false},
		"no JSON":               {`{`, false},
		"a text is missing":     {`{"before": "", "write": {"com.example.none": ""}}`, false},
		"a text is endless":     {`{"before": "", "write": {"com.example.long": ""}}`, false},
		"a text is a link":      {`{"before": "", "write": {"com.example.link": ""}}`, false},
		"one of lexgen":         {`{"before": "", "write": {"com.example.a": ""}}`, true},
	} {
		for _, named := range []func(syntax.NSID) string{stagedName, func(nsid syntax.NSID) string { return string(nsid) + ".json" }} { // and formerly
			dir := t.TempDir()
			p := defaultPlace(dir)
			write(t, filepath.Join(p.staging(), stagedPlan), c.plan)
			write(t, filepath.Join(p.staging(), lockName), "{}")
			write(t, filepath.Join(p.staging(), named("com.example.a")), "{}")
			write(t, filepath.Join(p.staging(), named("com.example.long")), strings.Repeat(" ", jsontree.MaxSize+1))
			if err := os.Symlink("/dev/zero", filepath.Join(p.staging(), named("com.example.link"))); err != nil {
				t.Skip("no symbolic links here")
			}
			write(t, p.staging()+"-123/x", "left over")
			finished, err := p.recover(false)
			if finished != c.want || err != nil {
				t.Errorf("%s: %v, %v", name, finished, err)
			}
			var left []string
			_ = filepath.WalkDir(dir, func(name string, entry os.DirEntry, _ error) error {
				if !entry.IsDir() {
					rel, _ := filepath.Rel(dir, name)
					left = append(left, filepath.ToSlash(rel))
				}
				return nil
			})
			want := ""
			if c.want {
				want = "lexicons/com/example/a.json lexicons.json"
			}
			if got := strings.Join(left, " "); got != want {
				t.Errorf("%s: left %q, want %q", name, got, want)
			}
		}
	}
}

// TestTheLongestNamesAreStaged has lexicons whose NSIDs are as long as they may be, and no
// names of files: a run that was interrupted with them is finished.
func TestTheLongestNamesAreStaged(t *testing.T) {
	t.Parallel()
	at := defaultPlace(t.TempDir())
	label := strings.Repeat("a", 63)
	long := syntax.NSID(strings.Join([]string{label, label, label, label[:61], label}, "."))
	if _, err := syntax.ParseNSID(string(long)); err != nil || len(long) != syntax.MaxNSIDLen {
		t.Fatalf("%d bytes: %v", len(long), err)
	}
	other := long[:len(long)-1] + "b"
	temporary, err := at.stage(&plan{next: &lock{}, changes: []installChange{{nsid: long, text: []byte("long")}, {nsid: other, text: []byte("other")}}})
	if err == nil {
		err = os.Rename(temporary, at.staging())
	}
	if err != nil {
		t.Fatal(err)
	}
	if finished, err := at.recover(false); !finished || err != nil {
		t.Errorf("finished: %t, %v", finished, err)
	}
	for nsid, want := range map[syntax.NSID]string{long: "long", other: "other"} {
		if text, err := os.ReadFile(at.path(nsid)); string(text) != want {
			t.Errorf("%s: %q, %v", nsid, text, err)
		}
	}
}

// TestWhatIsEditedBehindAnInterruptedRunStays has files edited after a run was interrupted
// while it wrote: they stay, and so does what that run is finished from, until --force.
func TestWhatIsEditedBehindAnInterruptedRunStays(t *testing.T) {
	t.Parallel()
	nsids := []syntax.NSID{"com.example.a", "com.example.b", "com.example.old"}
	for name, c := range map[string]struct {
		edit   func(t *testing.T, at *installation)
		edited syntax.NSID
	}{
		"nothing":           {edit: func(*testing.T, *installation) {}},
		"one was written":   {edit: func(t *testing.T, at *installation) { write(t, at.path("com.example.a"), "new a") }},
		"one is gone since": {edit: func(t *testing.T, at *installation) { remove(t, at.path("com.example.old")) }},
		"one was deleted":   {edit: func(t *testing.T, at *installation) { remove(t, at.path("com.example.a")) }},
		"one to be written": {func(t *testing.T, at *installation) { write(t, at.path("com.example.a"), "edited") }, "com.example.a"},
		"a new one":         {func(t *testing.T, at *installation) { write(t, at.path("com.example.b"), "edited") }, "com.example.b"},
		"one to be removed": {func(t *testing.T, at *installation) { write(t, at.path("com.example.old"), "edited") }, "com.example.old"},
	} {
		at := defaultPlace(t.TempDir())
		write(t, at.path("com.example.a"), "old a")
		write(t, at.path("com.example.old"), "old")
		temporary, err := at.stage(&plan{next: &lock{}, changes: []installChange{
			{nsid: "com.example.a", text: []byte("new a"), onDisk: []byte("old a")},
			{nsid: "com.example.b", text: []byte("new b")},
			{nsid: "com.example.old", isRemove: true, onDisk: []byte("old")},
		}})
		if err == nil {
			err = os.Rename(temporary, at.staging())
		}
		if err != nil {
			t.Fatal(err)
		}
		c.edit(t, at)
		texts := func() (all []string) {
			for _, nsid := range nsids {
				text, _ := os.ReadFile(at.path(nsid))
				all = append(all, string(text))
			}
			return all
		}
		if before := texts(); c.edited != "" {
			finished, err := at.recover(false)
			if diff := cmp.Diff(before, texts()); diff != "" || finished || !at.isInterrupted() {
				t.Errorf("%s: finished: %t (-want +got):\n%s", name, finished, diff)
			}
			if statusOf(err) != statusProblem || !strings.HasPrefix(err.Error(), at.path(c.edited)+" was edited after") || strings.Count(err.Error(), "was edited") != 1 {
				t.Errorf("%s: %v", name, err)
			}
		}
		finished, err := at.recover(c.edited != "")
		if diff := cmp.Diff([]string{"new a", "new b", ""}, texts()); diff != "" || !finished || err != nil || at.isInterrupted() {
			t.Errorf("%s: finished: %t, %v (-want +got):\n%s", name, finished, err, diff)
		}
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// TestAnUnwritableFolderLeavesTheOldState fails where the folder cannot be made.
func TestAnUnwritableFolderLeavesTheOldState(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "file"), "x")
	p := defaultPlace(filepath.Join(dir, "file"))
	if err := p.commit(&plan{next: &lock{}}); err == nil {
		t.Error("it was written below a file")
	}
	if got, err := os.ReadFile(filepath.Join(dir, "file")); string(got) != "x" || errors.Is(err, os.ErrNotExist) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestWhatChangesMeanwhileStays has somebody change the lock file and a lexicon after a plan
// was made.
func TestWhatChangesMeanwhileStays(t *testing.T) {
	t.Parallel()
	at := defaultPlace(t.TempDir())
	file := at.path("com.example.a")
	put := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(at.lock, "{}")
	p := &plan{before: sumOfFile(at.lock), next: &lock{}}
	p.add(at, installChange{nsid: "com.example.a", isText: []byte("{}"), is: pin{cid: cid.Sum(cid.DagCBOR, nil)}})
	check := func(want string) {
		t.Helper()
		err := at.checkUnchanged(p)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want+" was changed while this ran") {
			t.Errorf("%v, want %q", err, want)
		}
	}
	check("")
	put(file, "mine")
	check(file)
	put(at.lock, "{} ")
	check(at.lock)
}
