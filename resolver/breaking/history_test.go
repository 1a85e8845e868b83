package breaking_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// TestHistoryReplays makes a repository with 200 versions of a namespace, one
// mutation each, and compares every version with the one before and the last one
// with the first. testdata/history.txt is the summary.
func TestHistoryReplays_LE01(t *testing.T) {
	if testing.Short() {
		t.Skip("a git command for each step takes its time")
	}
	t.Parallel()
	versions := 200
	repository := history(t, versions)
	var b strings.Builder
	var first, before version
	for i := range versions {
		is := loadFrom(t, resolver.GitCommit(resolver.GitSpec{Ref: fmt.Sprintf("v%d", i), Path: "lexicons", Folder: repository}))
		if i == 0 {
			first = is
		} else {
			summarize(&b, fmt.Sprintf("v%d", i), before, is)
		}
		before = is
	}
	summarize(&b, "all", first, before)
	golden.File(t, filepath.Join("testdata", "history.txt"), b.String())
}

// summarize writes one line about a version: how many changes there are of each
// verdict, the advice, and the gravest change.
func summarize(b *strings.Builder, name string, before, is version) {
	report := breaking.Compare(before.graph, is.graph, breaking.Options{})
	fmt.Fprintf(b, "%s: ", name)
	gravest := breaking.Compatible
	for _, v := range []breaking.Verdict{breaking.Breaking, breaking.Risky, breaking.Compatible} {
		n, _ := report.Count(v)
		fmt.Fprintf(b, "%d %s, ", n, v)
		if n > 0 {
			gravest = max(gravest, v)
		}
	}
	fmt.Fprintf(b, "%s\n", report.Advice())
	for _, f := range report.Findings {
		if f.Verdict == gravest {
			fmt.Fprintf(b, "\t%s\n", f.Message())
			break
		}
	}
}

// history makes the repository: a tag for each version, and returns its folder.
func history(t *testing.T, versions int) string {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		shared.Missing(t, "git", err.Error())
	}
	dir := t.TempDir()
	files := map[string]string{
		"post.json":    `{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"record","key":"tid","record":{"type":"object","required":["text"],"properties":{"text":{"type":"string","maxLength":300},"embed":{"type":"union","refs":["com.example.defs#image","com.example.defs#video"]},"parent":{"type":"ref","ref":"com.example.defs#link"}}}}}}`,
		"defs.json":    `{"lexicon":1,"id":"com.example.defs","defs":{"image":{"type":"object","properties":{"file":{"type":"blob","maxSize":1000},"alt":{"type":"string"}}},"video":{"type":"object","properties":{"file":{"type":"blob"},"size":{"type":"integer"}}},"link":{"type":"object","required":["uri"],"properties":{"uri":{"type":"string","format":"at-uri"}}},"view":{"type":"object","properties":{"count":{"type":"integer"},"author":{"type":"string","format":"did"}}}}}`,
		"posts.json":   `{"lexicon":1,"id":"com.example.getPosts","defs":{"main":{"type":"query","parameters":{"type":"params","properties":{"limit":{"type":"integer","maximum":100},"author":{"type":"string"}}},"output":{"encoding":"application/json","schema":{"type":"object","properties":{"posts":{"type":"array","items":{"type":"ref","ref":"com.example.defs#view"}}}}}}}}`,
		"publish.json": `{"lexicon":1,"id":"com.example.publish","defs":{"main":{"type":"procedure","input":{"encoding":"application/json","schema":{"type":"object","properties":{"text":{"type":"string"},"draft":{"type":"boolean"}}}},"errors":[{"name":"TooLong"}]}}}`,
		"stream.json":  `{"lexicon":1,"id":"com.example.temp.subscribe","defs":{"main":{"type":"subscription","message":{"schema":{"type":"union","refs":["#event"]}}},"event":{"type":"object","properties":{"seq":{"type":"integer"}}}}}`,
	}
	names := []string{"defs.json", "post.json", "posts.json", "publish.json", "stream.json"}
	r := rand.New(rand.NewPCG(200, 1))
	git(t, dir, "init", "-q", "-b", "main")
	for i := range versions {
		if i > 0 {
			next(r, files, names)
		}
		for name, text := range files {
			write(t, filepath.Join(dir, "lexicons", name), text)
		}
		git(t, dir, "add", "-A")
		git(t, dir, "commit", "-q", "--allow-empty", "-m", "x")
		git(t, dir, "tag", fmt.Sprintf("v%d", i))
	}
	return dir
}

// next mutates one file until something changes.
func next(r *rand.Rand, files map[string]string, names []string) {
	for range 100 {
		name := names[r.IntN(len(names))]
		lexicon := parsed(files[name])
		if (mutation{r}).one(lexicon) != "" {
			files[name] = written(lexicon)
			return
		}
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.Background(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
