package resolver

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// repository is a Git repository in a temporary folder.
type repository string

func newRepository(t testing.TB) repository {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		shared.Missing(t, "git", err.Error())
	}
	r := repository(t.TempDir())
	r.git(t, "init", "-q", "-b", "main")
	return r
}

// git runs a command in the repository and returns what it prints.
func (r repository) git(t testing.TB, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "git", args...)
	cmd.Dir = string(r)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (r repository) commit(t testing.TB) {
	t.Helper()
	r.git(t, "add", "-A")
	r.git(t, "commit", "-q", "-m", "x")
}

func (r repository) link(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(string(r), name)); err != nil {
		t.Fatal(err)
	}
}

// described lists files: path, path below the source, size and error.
func described(files []File) string {
	var b strings.Builder
	for _, f := range files {
		fmt.Fprintf(&b, "%s %s %d %v\n", f.Path, f.Rel, len(f.Data), f.Err)
	}
	return b.String()
}

func TestGitReadsAsDirDoes(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	dir := string(r)
	write(t, dir, "lex/com/example/a.json", "{}")
	write(t, dir, "lex/b c\nd.json", "[1]")
	write(t, dir, "lex/.hidden/a.json", "{}")
	write(t, dir, "lex/.a.json", "{}")
	write(t, dir, "lex/node_modules/a.json", "{}")
	write(t, dir, "lex/readme.md", "no")
	write(t, dir, "other.json", "{}")
	r.link(t, "com/example/a.json", "lex/link.json")
	r.link(t, "link.json", "lex/twice.json")
	r.commit(t)
	want, err := Dir(filepath.Join(dir, "lex")).Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got, err := GitCommit(GitSpec{Ref: "HEAD", Path: "lex", Folder: filepath.Join(dir, "lex")}).Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i].Path = "git:HEAD:lex/" + want[i].Rel
	}
	if diff := cmp.Diff(want, got); diff != "" || len(got) != 4 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGitReadsTheCommitAndNotTheFolder(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "a.json", "old")
	r.commit(t)
	r.git(t, "tag", "v1")
	write(t, string(r), "a.json", "new one")
	r.commit(t)
	write(t, string(r), "b.json", "of nobody")
	for spec, want := range map[GitSpec]string{
		{Ref: "v1"}:                         "git:v1/a.json a.json 3 <nil>\n",
		{Ref: "v1", Path: "a.json"}:         "git:v1:a.json a.json 3 <nil>\n",
		{Ref: "main"}:                       "git:main/a.json a.json 7 <nil>\n",
		{Ref: "HEAD~1", Path: "a.json"}:     "git:HEAD~1:a.json a.json 3 <nil>\n",
		{Ref: r.git(t, "rev-parse", "v1")}:  "git:" + r.git(t, "rev-parse", "v1") + "/a.json a.json 3 <nil>\n",
		{Ref: "refs/tags/v1", Path: "none"}: "",
	} {
		spec.Folder = string(r)
		files, err := GitCommit(spec).Files(t.Context())
		if want == "" {
			if !errors.Is(err, ErrNotInCommit) {
				t.Errorf("%s: error %v", spec, err)
			}
			continue
		}
		if got := described(files); err != nil || got != want {
			t.Errorf("%s: %v\ngot  %swant %s", spec, err, got, want)
		}
	}
}

func TestGitFollowsNoLinkOut(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "secret.json", "secret")
	write(t, string(r), "lex/a.json", "{}")
	r.link(t, "../secret.json", "lex/out.json")
	r.link(t, "/etc/passwd", "lex/absolute.json")
	r.link(t, "gone.json", "lex/nowhere.json")
	r.link(t, "loop.json", "lex/loop.json")
	r.commit(t)
	files, err := GitCommit(GitSpec{Ref: "main", Path: "lex", Folder: string(r)}).Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := `git:main:lex/a.json a.json 2 <nil>
git:main:lex/absolute.json absolute.json 0 a symbolic link that leads out of the folder, or nowhere
git:main:lex/loop.json loop.json 0 a symbolic link that leads through too many others
git:main:lex/nowhere.json nowhere.json 0 a symbolic link that leads out of the folder, or nowhere
git:main:lex/out.json out.json 0 a symbolic link that leads out of the folder, or nowhere
`
	if diff := cmp.Diff(want, described(files)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestGitDoesNotReadWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "large.json", strings.Repeat(" ", jsontree.MaxSize+100))
	r.commit(t)
	files, err := GitCommit(GitSpec{Ref: "main", Folder: string(r)}).Files(t.Context())
	if err != nil || len(files) != 1 || len(files[0].Data) != jsontree.MaxSize+1 {
		t.Errorf("%v %s", err, described(files))
	}
}

func TestGitErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "a.json", "{}")
	r.commit(t)
	write(t, string(r), "a.json", "{ }")
	r.commit(t)
	shallow := repository(t.TempDir())
	shallow.git(t, "clone", "-q", "--depth=1", "file://"+string(r), ".")
	empty := t.TempDir()
	unborn := newRepository(t)
	for _, c := range []struct {
		spec GitSpec
		want string
	}{
		{GitSpec{Ref: "nope", Folder: string(r)}, "git:nope: there is no commit \"nope\"\nfetch it: git fetch origin nope, and compare with git:FETCH_HEAD"},
		{GitSpec{Ref: "origin/nope", Folder: string(r)}, "git:origin/nope: there is no commit \"origin/nope\"\nfetch it: git fetch origin nope"},
		{GitSpec{Ref: "nope", Folder: string(shallow)}, "in this shallow clone\nfetch it: git fetch --depth=1 origin nope, and compare with git:FETCH_HEAD; or"},
		{GitSpec{Ref: "HEAD~1", Folder: string(shallow)}, "in this shallow clone\nfetch all of the history: git fetch --unshallow (fetch-depth: 0"},
		{GitSpec{Ref: "x;id", Folder: string(r)}, "there is no commit \"x;id\"\nname a branch, a tag or a hash that is here"},
		{GitSpec{Ref: "HEAD", Folder: string(unborn)}, "git:HEAD: there is no commit \"HEAD\": the repository has no commit yet\ncommit first"},
		{GitSpec{Ref: "HEAD", Folder: empty}, "not a git repository"},
		{GitSpec{Ref: "HEAD", Folder: filepath.Join(empty, "none")}, "no such file or directory"},
		{GitSpec{Ref: "-x", Folder: string(r)}, `"-x" begins as a flag or an exclusion`},
	} {
		_, err := GitCommit(c.spec).Files(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.spec, err, c.want)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	if _, err := GitCommit(GitSpec{Ref: "HEAD", Folder: string(r)}).Files(ctx); err == nil || !strings.Contains(err.Error(), "enough") {
		t.Errorf("after cancellation: %v", err)
	}
}

// TestGitRunsNothingThatTheRepositoryNames lets the configuration of a repository
// name programs for all that git runs some for, and takes an object away that git
// would fetch from a remote.
func TestGitRunsNothingThatTheRepositoryNames(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "lex/a.json", "{}")
	write(t, string(r), ".gitattributes", "*.json diff=x filter=x\n")
	r.commit(t)
	marker := filepath.Join(t.TempDir(), "ran")
	run := "touch " + marker + "; false"
	for _, setting := range []string{
		"core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.gitProxy", "core.alternateRefsCommand",
		"diff.x.textconv", "diff.external", "filter.x.smudge", "filter.x.clean", "filter.x.process", "gpg.program",
	} {
		r.git(t, "config", setting, run)
	}
	for name, value := range map[string]string{
		"pager.cat-file": "true", "pager.ls-tree": "true", "log.showSignature": "true", "alias.rev-parse": "!" + run,
		"credential.helper": "!" + run, "core.repositoryFormatVersion": "1", "extensions.partialClone": "evil",
		"remote.evil.promisor": "true", "remote.evil.url": "ext::sh -c 'touch% " + marker + "'", "protocol.ext.allow": "always",
	} {
		r.git(t, "config", name, value)
	}
	spec := GitSpec{Ref: "main", Path: "lex", Folder: string(r)}
	if files, err := GitCommit(spec).Files(t.Context()); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v", files, err)
	}
	object := r.git(t, "rev-parse", "main:lex/a.json")
	if err := os.Remove(filepath.Join(string(r), ".git/objects", object[:2], object[2:])); err != nil {
		t.Fatal(err)
	}
	_, err := GitCommit(spec).Files(t.Context())
	if err == nil || !strings.Contains(err.Error(), "git:main:lex: the content of a.json is not in this clone\nfetch all of it: ") {
		t.Errorf("got %v", err)
	}
	for _, remote := range []string{"ssh://x.invalid/y", string(newRepository(t))} {
		r.git(t, "config", "remote.evil.url", remote)
		r.git(t, "config", "remote.evil.uploadPack", run)
		if _, err := GitCommit(spec).Files(t.Context()); err == nil {
			t.Error("no error without the object")
		}
		if _, err := GitCommit(GitSpec{Ref: strings.Repeat("1", 40), Folder: string(r)}).Files(t.Context()); err == nil {
			t.Error("no error without the commit")
		}
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("a program ran that the repository names")
	}
}

// TestGitFindsTheRepositoryOfTheFolder has variables in the environment that git
// sets for hooks.
func TestGitFindsTheRepositoryOfTheFolder(t *testing.T) {
	other, r := newRepository(t), newRepository(t)
	write(t, string(r), "lex/a.json", "{}")
	r.commit(t)
	folder := filepath.Join(string(r), "lex")
	t.Setenv("GIT_DIR", filepath.Join(string(other), ".git"))
	t.Setenv("GIT_WORK_TREE", string(other))
	t.Setenv("GIT_INDEX_FILE", filepath.Join(string(other), ".git", "index"))
	t.Setenv("GIT_PREFIX", "x/")
	git := GitCommit(GitSpec{Ref: "main", Folder: folder})
	if root, err := git.Root(t.Context()); err != nil || root != "lex" {
		t.Errorf("root %q, %v", root, err)
	}
	if files, err := git.Files(t.Context()); err != nil || len(files) != 1 {
		t.Errorf("got %v, %v", files, err)
	}
}

func TestGitSaysThatASubmoduleIsNotRead(t *testing.T) {
	t.Parallel()
	inner, r := newRepository(t), newRepository(t)
	write(t, string(inner), "a.json", "{}")
	inner.commit(t)
	write(t, string(r), "lex/b.json", "{}")
	r.git(t, "-c", "protocol.file.allow=always", "submodule", "-q", "add", string(inner), "lex/sub")
	r.git(t, "-c", "protocol.file.allow=always", "submodule", "-q", "add", string(inner), "lex/node_modules/sub")
	r.commit(t)
	files, err := GitCommit(GitSpec{Ref: "main", Path: "lex", Folder: string(r)}).Files(t.Context())
	want := "git:main:lex/b.json b.json 2 <nil>\ngit:main:lex/sub sub 0 a submodule, whose files the commit does not have\n"
	if got := described(files); err != nil || got != want {
		t.Errorf("%v\ngot  %swant %s", err, got, want)
	}
}

func TestGitNamesAllFiles(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	for _, name := range []string{"lexgen.yaml", "a/b/c.json", "a/.d/é\n.txt"} {
		if err := os.MkdirAll(filepath.Join(string(r), filepath.Dir(name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(string(r), name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r.commit(t)
	names, err := GitCommit(GitSpec{Ref: "main", Path: "a", Folder: filepath.Join(string(r), "a")}).Names(t.Context())
	if diff := cmp.Diff([]string{"a/.d/é\n.txt", "a/b/c.json", "lexgen.yaml"}, names); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, ref := range []string{"nowhere", "-x"} {
		if _, err := GitCommit(GitSpec{Ref: ref, Folder: string(r)}).Names(t.Context()); err == nil {
			t.Errorf("%s is a commit", ref)
		}
	}
}

func TestGitRootIsTheFolderInTheRepository(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	write(t, string(r), "x/y/a.json", "{}")
	for folder, want := range map[string]string{"": "", "x/y": "x/y"} {
		got, err := GitCommit(GitSpec{Ref: "HEAD", Folder: filepath.Join(string(r), folder)}).Root(t.Context())
		if err != nil || got != want {
			t.Errorf("%q: got %q, %v", folder, got, err)
		}
	}
	if _, err := GitCommit(GitSpec{Ref: "HEAD", Folder: t.TempDir()}).Root(t.Context()); err == nil {
		t.Error("no error without a repository")
	}
}

func TestParseGitSpec(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arg  string
		want GitSpec
		err  string
	}{
		{arg: "git:main", want: GitSpec{Ref: "main"}},
		{arg: "git:origin/main:lexicons/com/", want: GitSpec{Ref: "origin/main", Path: "lexicons/com"}},
		{arg: "git:HEAD~3:a.json", want: GitSpec{Ref: "HEAD~3", Path: "a.json"}},
		{arg: "git:HEAD@{1}", want: GitSpec{Ref: "HEAD@{1}"}},
		{arg: "main", err: "does not begin with git:"},
		{arg: "git:", err: "no commit is named"},
		{arg: "git::lexicons", err: "no commit is named"},
		{arg: "git:main:", err: "no path behind the second colon"},
		{arg: "git:--upload-pack=x", err: "begins as a flag"},
		{arg: "git:^main", err: "begins as a flag"},
		{arg: "git:a b", err: "is no name of a commit"},
		{arg: "git:a\nb", err: "is no name of a commit"},
		{arg: "git:a*", err: "is no name of a commit"},
		{arg: "git:main:../x", err: "leads out of the repository"},
		{arg: "git:main:a/../../x", err: "leads out of the repository"},
		{arg: "git:main:a//b", err: "is not clean"},
		{arg: "git:main:a\nb", err: "control characters"},
	} {
		got, err := ParseGitSpec(c.arg)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%q: error %v, want %q", c.arg, err, c.err)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%q: got %+v, %v", c.arg, got, err)
			continue
		}
		source, err := ParseSource(got.String())
		if err != nil || source.Name() != got.String() {
			t.Errorf("%q: the source is %v, %v", c.arg, source, err)
		}
	}
	if _, err := ParseSource("git:-x"); err == nil {
		t.Error("a flag is a source")
	}
}

// TestGitListingsAreChecked reads what git should never print.
func TestGitListingsAreChecked(t *testing.T) {
	t.Parallel()
	for _, listing := range []string{"x", "100644 blob aa\ta.json", "100644 blob aa x\ta.json", "100644 blob aa 1 a.json"} {
		if _, err := parseGitTree([]byte(listing)); err == nil {
			t.Errorf("%q is no error", listing)
		}
	}
	tree, err := parseGitTree([]byte("160000 commit aa       -\tsub\x00100755 blob bb       3\ta.json\x00"))
	if err != nil || len(tree.entries) != 2 {
		t.Errorf("%v %v", tree, err)
	}
	for _, output := range []string{"", "aa missing\n", "aa blob x\n", "aa blob -1\n\n", "aa blob 9\nabc\n", "aa blob 3\nab"} {
		if err := splitBatch([]byte(output), []string{"aa"}, map[string][]byte{}); err == nil {
			t.Errorf("%q is no error", output)
		}
	}
}

func TestGitTreesAreBounded(t *testing.T) {
	t.Parallel()
	link := &gitTree{entries: map[string]gitEntry{"a.json": {mode: gitLink, id: "aa", size: maxLink + 1}}}
	if links, err := link.links(t.Context(), nil); err != nil || links != nil {
		t.Errorf("a link that is too long is read: %v %v", links, err)
	}
	many := &gitTree{entries: map[string]gitEntry{}}
	for i := range maxFiles + 1 {
		many.entries[fmt.Sprintf("%d.json", i)] = gitEntry{mode: gitRegular, id: "aa"}
	}
	if _, err := many.read(t.Context(), GitCommit(GitSpec{Ref: "HEAD"})); !errors.Is(err, errTooManyFiles) {
		t.Errorf("got %v", err)
	}
	large := &gitTree{entries: map[string]gitEntry{}}
	for i := range maxSourceSize/jsontree.MaxSize + 1 {
		large.entries[fmt.Sprintf("%d.json", i)] = gitEntry{mode: gitRegular, id: "aa", size: jsontree.MaxSize}
	}
	if _, err := large.read(t.Context(), GitCommit(GitSpec{Ref: "HEAD"})); !errors.Is(err, errTooMuchData) {
		t.Errorf("got %v", err)
	}
}
