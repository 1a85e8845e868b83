package resolver_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// fixed is a source with given files or a given error.
type fixed struct {
	name  string
	files []resolver.File
	err   error
}

func (f fixed) Name() string { return f.name }

func (f fixed) Files(context.Context) ([]resolver.File, error) { return f.files, f.err }

func TestUnreadableFilesAreDiagnostics(t *testing.T) {
	t.Parallel()
	source := fixed{name: "lex", files: []resolver.File{{Path: "lex/a.json", Rel: "a.json", Err: errors.New("permission denied")}}}
	_, report := resolve(t, source)
	want := "lex/a.json:1:1: error: file cannot be read: permission denied [unreadable-file]"
	if got, _, _ := strings.Cut(render(t, report), "\n"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestAllUnreadableSourcesAreNamed(t *testing.T) {
	t.Parallel()
	gone, lost := errors.New("gone"), errors.New("lost")
	sources := []resolver.Source{fixed{err: gone}, resolver.FS("lex", fstest.MapFS{}), fixed{err: lost}}
	_, err := resolver.Load(t.Context(), sources, &diag.Report{}, resolver.LoadOptions{})
	if !errors.Is(err, gone) || !errors.Is(err, lost) {
		t.Errorf("got %v", err)
	}
}

func TestLoadRejectsMalformedExclusions(t *testing.T) {
	t.Parallel()
	_, err := resolver.Load(t.Context(), nil, &diag.Report{}, resolver.LoadOptions{Exclude: []string{"com.*.x"}})
	if err == nil || !strings.Contains(err.Error(), `exclude "com.*.x"`) {
		t.Errorf("got %v", err)
	}
}

func TestLoadStopsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	source := fixed{files: []resolver.File{{Path: "a.json", Rel: "a.json", Data: []byte("{}")}}}
	if _, err := resolver.Load(ctx, []resolver.Source{source}, &diag.Report{}, resolver.LoadOptions{}); !errors.Is(err, stopped) {
		t.Errorf("got %v", err)
	}
}

// Not parallel: it changes the number of processors.
//
//nolint:paralleltest // see above
func TestResultsDoNotDependOnScheduling(t *testing.T) {
	files := fstest.MapFS{}
	for i := range 100 {
		text := fmt.Sprintf(`{"lexicon":1,"id":"com.example.x%d","defs":{"a":{"type":"float"},"b":{"type":"array","items":{"type":"ref","ref":"#z"}}}}`, i%70)
		files[fmt.Sprintf("f%d.json", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	run := func(processors int) string {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		selection, report := resolve(t, resolver.FS("1", files), resolver.FS("2", files))
		return render(t, report) + describe(selection)
	}
	if diff := cmp.Diff(run(1), run(4)); diff != "" {
		t.Error(diff)
	}
}

func TestSetListsWhatCounts(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{
		"b.json":    {Data: []byte(`{"lexicon":1,"id":"com.example.b","defs":{"main":{"type":"token"}}}`)},
		"c.json":    {Data: []byte(`{"lexicon":1,"id":"com.example.a","defs":{"main":{"type":"token"}}}`)},
		"skip.json": {Data: []byte(`{"lexicon":1,"id":"com.example.c","defs":{"main":{"type":"token"}}}`)},
	}
	set, err := resolver.Load(t.Context(), []resolver.Source{resolver.FS("x", files)}, &diag.Report{}, resolver.LoadOptions{
		Exclude: []string{"com.example.c"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"com.example.a", "com.example.b"}, set.IDs()); diff != "" || set.Files != 2 {
		t.Errorf("%d files\n%s", set.Files, diff)
	}
	for i, doc := range set.Documents() {
		if doc.ID.Value != set.IDs()[i] {
			t.Errorf("document %d is %s", i, doc.ID.Value)
		}
	}
}
