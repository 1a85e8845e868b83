package network_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// library is a Finder that has schemas in memory, and counts.
type library struct {
	texts   map[syntax.NSID]string
	asked   atomic.Int64
	now     atomic.Int64
	most    atomic.Int64
	waiting chan struct{} // if not nil, each question waits for one
}

func (l *library) Resolve(ctx context.Context, nsid syntax.NSID) (*lexicon.Lexicon, error) {
	l.asked.Add(1)
	now := l.now.Add(1)
	defer l.now.Add(-1)
	for now > l.most.Load() {
		l.most.Store(now) // one that is too small is tried again
	}
	if l.waiting != nil {
		select {
		case <-l.waiting:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	text, ok := l.texts[nsid]
	if !ok {
		return nil, fmt.Errorf("there is no %s", nsid)
	}
	data, err := lexicon.Encode([]byte(text))
	return &lexicon.Lexicon{NSID: nsid, DID: "did:web:example.com", CID: cid.Sum(cid.DagCBOR, data), Data: data}, err
}

// finder is a function that finds schemas.
type finder func(context.Context, syntax.NSID) (*lexicon.Lexicon, error)

func (f finder) Resolve(ctx context.Context, nsid syntax.NSID) (*lexicon.Lexicon, error) {
	return f(ctx, nsid)
}

// schema returns the text of a schema that refers to others.
func schema(id string, refs ...string) string {
	var members []string
	for i, ref := range refs {
		members = append(members, fmt.Sprintf(`"p%d": {"type": "ref", "ref": %q}`, i, ref))
	}
	return fmt.Sprintf(`{"lexicon": 1, "id": %q, "defs": {"main": {"type": "object", "properties": {%s}}}}`, id, strings.Join(members, ","))
}

func names(results []network.Result) []string {
	var list []string
	for _, r := range results {
		name := string(r.NSID)
		if r.Err != nil {
			name += ": " + r.Err.Error()
		}
		list = append(list, name)
	}
	return list
}

func TestCollectFollowsReferencesOnce_LE09(t *testing.T) {
	t.Parallel()
	l := &library{texts: map[syntax.NSID]string{
		"com.example.a": schema("com.example.a", "com.example.b", "com.example.c", "#main"),
		"com.example.b": schema("com.example.b", "com.example.a", "com.example.gone"),
		"com.example.c": schema("com.example.c", "com.example.b"),
		"com.example.d": schema("com.example.d"),
	}}
	found := 0
	results, err := network.Collect(t.Context(), l, []syntax.NSID{"com.example.a"}, network.CollectOptions{Parallel: 3, Found: func(network.Result) { found++ }})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"com.example.a", "com.example.b", "com.example.c", "com.example.gone: there is no com.example.gone"}
	if diff := cmp.Diff(want, names(results)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if l.asked.Load() != 4 || found != 4 {
		t.Errorf("asked %d times, told of %d", l.asked.Load(), found)
	}
}

func TestCollectIsBounded_UN25(t *testing.T) {
	t.Parallel()
	l := &library{texts: map[syntax.NSID]string{}, waiting: make(chan struct{}, 1000)}
	var refs []string
	for i := range 200 {
		refs = append(refs, fmt.Sprintf("com.example%d.x", i%5)+fmt.Sprint(i))
	}
	for _, ref := range refs {
		l.texts[syntax.NSID(ref)] = schema(ref)
	}
	l.texts["com.example.all"] = schema("com.example.all", refs...)
	for range 201 {
		l.waiting <- struct{}{}
	}
	results, err := network.Collect(t.Context(), l, []syntax.NSID{"com.example.all"}, network.CollectOptions{Parallel: 4})
	if err != nil || len(results) != 201 || l.most.Load() > 4 {
		t.Errorf("%d results, %v, %d at a time", len(results), err, l.most.Load())
	}
	for range 50 {
		l.waiting <- struct{}{}
	}
	if _, err := network.Collect(t.Context(), l, []syntax.NSID{"com.example.all"}, network.CollectOptions{Max: 50}); !errors.Is(err, network.ErrTooMany) {
		t.Errorf("more than 50: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.waiting = make(chan struct{})
	go cancel()
	if _, err := network.Collect(ctx, l, []syntax.NSID{"com.example.all"}, network.CollectOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestTooManyEndAllQuestions_UN25 has the first schema lead to more than there may be:
// what waits is not asked for, and who is asked need not answer.
func TestTooManyEndAllQuestions_UN25(t *testing.T) {
	t.Parallel()
	var refs []string
	texts := map[syntax.NSID]string{}
	for i := range 50 {
		refs = append(refs, fmt.Sprintf("com.example.x%d", i))
		texts[syntax.NSID(refs[i])] = schema(refs[i])
	}
	texts["com.example.all"] = schema("com.example.all", refs...)
	l := &library{texts: texts}
	if _, err := network.Collect(t.Context(), l, []syntax.NSID{"com.example.all"}, network.CollectOptions{Parallel: 1, Max: 50}); !errors.Is(err, network.ErrTooMany) {
		t.Errorf("51 schemas: %v", err)
	}
	if got := l.asked.Load(); got != 1 {
		t.Errorf("%d were asked for, want 1", got)
	}
	asked := make(chan struct{})
	silent := finder(func(ctx context.Context, nsid syntax.NSID) (*lexicon.Lexicon, error) {
		if nsid == "com.example.x0" {
			close(asked)
			<-ctx.Done()
			return nil, ctx.Err()
		}
		<-asked
		return l.Resolve(ctx, nsid)
	})
	_, err := network.Collect(t.Context(), silent, []syntax.NSID{"com.example.all", "com.example.x0"}, network.CollectOptions{Parallel: 2, Max: 50})
	if !errors.Is(err, network.ErrTooMany) {
		t.Errorf("one that does not answer: %v", err)
	}
	if _, err := network.Collect(t.Context(), l, []syntax.NSID{"com.example.all", "com.example.x0"}, network.CollectOptions{Max: 1}); !errors.Is(err, network.ErrTooMany) {
		t.Errorf("two that were asked for: %v", err)
	}
}

// TestBytesAreBounded has schemas that are few and long: those that fit are found, and
// what follows is not asked for.
func TestBytesAreBounded(t *testing.T) {
	t.Parallel()
	const size = 900_000
	texts := map[syntax.NSID]string{}
	var refs []string
	for i := range 50 {
		refs = append(refs, fmt.Sprintf("com.example.x%02d", i))
		texts[syntax.NSID(refs[i])] = strings.Replace(schema(refs[i]), "{", fmt.Sprintf(`{"description": %q, `, strings.Repeat("x", size)), 1)
	}
	texts["com.example.all"] = schema("com.example.all", refs...)
	var sum int64
	for _, root := range []syntax.NSID{"com.example.x00", "com.example.x01"} {
		l := &library{texts: texts}
		found, err := l.Resolve(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		text, err := found.Text()
		if err != nil {
			t.Fatal(err)
		}
		sum += int64(len(text))
	}
	both := []syntax.NSID{"com.example.x00", "com.example.x01"}
	for _, c := range []struct {
		roots []syntax.NSID
		max   int64
		found int // 0 if all are too large
		asked int64
	}{
		{both, sum, 2, 2},
		{both, sum - 1, 0, 2},
		{[]syntax.NSID{"com.example.all"}, 10 * size, 0, 11}, // of which the eleventh is too much
		{[]syntax.NSID{"com.example.all"}, 0, 0, network.DefaultMaxBytes/size + 2},
	} {
		l := &library{texts: texts}
		results, err := network.Collect(t.Context(), l, c.roots, network.CollectOptions{Parallel: 1, MaxBytes: c.max})
		if (c.found == 0) != errors.Is(err, network.ErrTooLarge) || c.found != 0 && len(results) != c.found || l.asked.Load() != c.asked {
			t.Errorf("%s within %d bytes: %d found, %d asked for, want %d: %v", c.roots, c.max, len(results), l.asked.Load(), c.asked, err)
		}
		if err != nil && !strings.Contains(err.Error(), "com.example.x") {
			t.Errorf("the error does not say where: %v", err)
		}
	}
	if _, err := network.Schemas(t.Context(), &library{texts: texts}, "com.example.all"); !errors.Is(err, network.ErrTooLarge) {
		t.Errorf("for validation: %v", err)
	}
}

// TestReferences tells what a schema takes along, as the installer of @atproto/lex does.
func TestReferences_LE09(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"main": {"type": "token"}}`: "",
		`{"main": {"type": "record", "key": "tid", "record": {"type": "object", "properties": {
			"a": {"type": "array", "items": {"type": "union", "refs": ["com.b.one", "#x", "com.b.two#y"]}},
			"s": {"type": "string", "knownValues": ["com.b.token#t", "com.b.notoken", "x#y", "com.b.many#a#b", "com.b.empty#"]}}}}}`: "com.b.one com.b.token com.b.two",
		`{"main": {"type": "procedure", "parameters": {"type": "params", "properties": {"p": {"type": "string", "knownValues": ["com.b.p#t"]}}},
			"input": {"encoding": "application/json", "schema": {"type": "ref", "ref": "com.b.in"}},
			"output": {"encoding": "application/json", "schema": {"type": "object", "properties": {"o": {"type": "ref", "ref": "com.b.out#o"}}}}}}`: "com.b.in com.b.out com.b.p",
		`{"main": {"type": "subscription", "message": {"schema": {"type": "union", "refs": ["com.b.m"]}}}}`: "com.b.m",
		`{"main": {"type": "permission-set", "title": "T", "detail": "D", "permissions": [
			{"type": "permission", "resource": "rpc", "lxm": ["com.b.call", "*"], "inheritAud": true},
			{"type": "permission", "resource": "repo", "collection": ["com.b.rec"]}]}}`: "com.b.call com.b.rec",
	} {
		doc, err := network.Parse("x.json", "com.b.self", []byte(`{"lexicon": 1, "id": "com.b.self", "defs": `+text+`}`))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if got := strings.Join(namesOf(doc), " "); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}

func namesOf(doc *parser.Document) []string {
	var list []string
	for _, nsid := range network.References(doc) {
		list = append(list, string(nsid))
	}
	if !slices.IsSorted(list) {
		return []string{"not sorted"}
	}
	return list
}

// TestCheck_LE09 holds texts against the language.
func TestCheck_LE09(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		schema("com.example.a"): "<nil>",
		schema("com.example.b"): `it has the id "com.example.b"`,
		`{}`:                    "it is no lexicon",
		`{"lexicon": 1, "id": "com.example.a", "defs": {"main": {}}}`: `line 1, column 48: the definition "main" has no type (missing-type)`,
	} {
		if got := fmt.Sprint(network.Check("com.example.a", []byte(text))); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", text, got, want)
		}
	}
}
