package gen_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen/ir"
	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/internal/gotest"
	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/resolver"
)

// content is a body or message: JSON, or bytes of a media type. Of a message,
// Type is the $type.
type content struct {
	JSON string `json:",omitempty"`
	Type string `json:",omitempty"`
	Data []byte `json:",omitempty"`
}

// exchange is one call, as it is to be made, or as it was seen: parameters and
// input by the handler, the rest by the caller.
type exchange struct {
	Endpoint, Server string
	Query, Params    string    `json:",omitempty"`
	Input, Output    *content  `json:",omitempty"`
	Messages         []content `json:",omitempty"`
	Fail             int       `json:",omitempty"` // number of the declared error
	Error            string    `json:",omitempty"`
}

// expected is an exchange and what it must look like.
type expected struct{ sent, want exchange }

// exchanges makes the exchanges of one endpoint: values of every style through
// fakes, every declared error, and servers that implement nothing.
type exchanges struct {
	t        *testing.T
	outcome  outcome
	endpoint *ir.Endpoint
	rng      *rand.Rand
	list     []expected
}

func (x *exchanges) maker(style values.Style) *values.Maker {
	return &values.Maker{Graph: x.outcome.graph, Style: style, Rand: x.rng, NoLegacy: true}
}

func (x *exchanges) all() {
	for _, style := range values.Styles {
		m := x.maker(style)
		e := x.request(m, "full")
		switch t := x.endpoint.Schema.(type) {
		case *parser.Query:
			e.respond(x.body(m, t.Output, x.endpoint.Output, x.endpoint.OutputType))
		case *parser.Procedure:
			e.respond(x.body(m, t.Output, x.endpoint.Output, x.endpoint.OutputType))
		case *parser.Subscription:
			x.stream(m, &e, t)
			e.want.Error = "0 End "
		}
		x.list = append(x.list, e)
	}
	for i, declared := range errorsOf(x.endpoint.Schema) {
		e := x.request(x.maker(values.Minimal), "full")
		e.sent.Fail, e.want.Fail = i+1, i+1
		status := 400
		if known, ok := statuses[declared.Name.Value]; ok {
			status = known
		}
		e.want.Error = fmt.Sprintf("%d %s number %d", x.status(status), declared.Name.Value, i+1)
		x.list = append(x.list, e)
	}
	for _, server := range []string{"idle", "bare"} {
		e := x.request(x.maker(values.Minimal), server)
		e.want = exchange{Endpoint: e.want.Endpoint, Server: server, Error: fmt.Sprintf("%d MethodNotImplemented ", x.status(501))}
		x.list = append(x.list, e)
	}
}

// statuses has the declared errors whose name is also that of a status (XR-04).
var statuses = map[string]int{
	"AuthenticationRequired": 401, "AuthMissing": 401, "Forbidden": 403, "XRPCNotSupported": 404, "NotAcceptable": 406,
	"PayloadTooLarge": 413, "UnsupportedMediaType": 415, "RateLimitExceeded": 429, "InternalServerError": 500,
	"MethodNotImplemented": 501, "UpstreamFailure": 502, "NotEnoughResources": 503, "UpstreamTimeout": 504,
}

// status is 0 in a stream, whose errors are frames.
func (x *exchanges) status(status int) int {
	if x.endpoint.Kind == ir.SubscriptionEndpoint {
		return 0
	}
	return status
}

func errorsOf(t parser.Type) []*parser.Error {
	switch t := t.(type) {
	case *parser.Query:
		return t.Errors
	case *parser.Procedure:
		return t.Errors
	case *parser.Subscription:
		return t.Errors
	}
	return nil
}

func paramsOf(t parser.Type) *parser.Params {
	switch t := t.(type) {
	case *parser.Query:
		return t.Parameters
	case *parser.Procedure:
		return t.Parameters
	case *parser.Subscription:
		return t.Parameters
	}
	return nil
}

// request is an exchange with parameters and input.
func (x *exchanges) request(m *values.Maker, server string) expected {
	var e expected
	e.sent.Endpoint, e.sent.Server = x.endpoint.ID, server
	e.want = e.sent
	if p := paramsOf(x.endpoint.Schema); p != nil {
		v := m.Params(p)
		e.sent.Params = values.JSON(v)
		e.want.Query = query(p, v)
		e.want.Params = values.JSON(arrived(p, v))
	}
	if t, ok := x.endpoint.Schema.(*parser.Procedure); ok {
		e.sent.Input = x.body(m, t.Input, x.endpoint.Input, x.endpoint.InputType)
		e.want.Input = e.sent.Input
	}
	return e
}

func (e *expected) respond(output *content) { e.sent.Output, e.want.Output = output, output }

// body makes an input or output, nil if there is none.
func (x *exchanges) body(m *values.Maker, b *parser.Body, t ir.GoType, media string) *content {
	switch {
	case t == nil:
		return nil
	case b.Schema != nil && media == "application/json":
		return &content{JSON: values.JSON(m.Value(b.Schema))}
	}
	n := map[values.Style]int{values.Minimal: 1, values.Full: 70_000, values.Foreign: 1000}[m.Style]
	c := &content{Type: strings.ReplaceAll(media, "*", "x-any"), Data: make([]byte, n)}
	for i := range c.Data {
		c.Data[i] = byte(x.rng.Uint32())
	}
	if n == 0 {
		c.Data = nil
	}
	return c
}

// stream adds a message of each type, and one of a type that the schema does
// not list, which the caller must not see (ES-04).
func (x *exchanges) stream(m *values.Maker, e *expected, t *parser.Subscription) {
	if t.Message == nil {
		return
	}
	union, ok := t.Message.Schema.(*parser.Union)
	if !ok {
		return
	}
	for i, ref := range union.Refs {
		target := x.outcome.graph.Target(ref)
		v, ok := m.Definition(target, false).(map[string]any)
		if !ok {
			x.t.Fatalf("%s is a message", target.ID())
		}
		delete(v, "$type") // it stands in the header of the frame (ES-05)
		if x.endpoint.Resumes && v["seq"] != nil {
			v["seq"] = int64(10 * (i + 1))
		}
		e.want.Messages = append(e.want.Messages, content{Type: target.ID(), JSON: values.JSON(v)})
	}
	unknown := content{Type: x.endpoint.ID + "#unheard", JSON: `{"a":1}`}
	e.sent.Messages = append([]content{unknown}, e.want.Messages...)
}

// endpoints returns the NSIDs of all endpoints in the lexicons of a source.
func endpoints(g *resolver.Graph, source string) map[string]bool {
	all := map[string]bool{}
	for _, lexicon := range g.Lexicons {
		if !strings.HasPrefix(lexicon.Doc.File.Path(), source+"/") {
			continue
		}
		for _, def := range lexicon.Defs {
			switch def.AST.Type.(type) {
			case *parser.Query, *parser.Procedure, *parser.Subscription:
				all[def.ID()] = true
			}
		}
	}
	return all
}

// exchangeAll calls every endpoint of an outcome, whose files are in m, and
// compares what arrives. None of the source's may be missing. It returns how many
// endpoints there are below each pair of segments.
func exchangeAll(t *testing.T, m *gotest.Module, folder, source string, o outcome) map[string]int {
	t.Helper()
	h := &harness{aliases: map[ir.Ident]ir.Ident{}, names: map[string]string{}}
	for _, pkg := range o.program.Packages {
		for _, alias := range pkg.Aliases {
			h.aliases[alias.Target] = ir.Ident{Name: alias.Name, Package: pkg}
		}
	}
	all := endpoints(o.graph, source)
	own := len(all)
	counts := map[string]int{}
	var list []expected
	rng := rand.New(rand.NewPCG(5, 6))
	for _, pkg := range o.program.Packages {
		for _, file := range pkg.Files {
			for _, d := range file.Decls {
				fake, ok := d.(*ir.Fake)
				if !ok {
					continue
				}
				h.fake(pkg, fake)
				for _, method := range fake.Group.Methods {
					x := &exchanges{t: t, outcome: o, endpoint: method.Endpoint, rng: rng}
					x.all()
					list = append(list, x.list...)
					delete(all, method.Endpoint.ID)
					counts[prefix(method.Endpoint.ID)]++
				}
			}
		}
	}
	for id := range all {
		t.Errorf("%s is in no group, or was not generated", id)
	}
	seen := run(t, m, folder, fmt.Sprintf(endpointsText, h.imports.String(), h.body.String()), list)
	failures := 0
	for i, e := range list {
		if diff := cmp.Diff(e.want, seen[i]); diff != "" && failures < 10 {
			failures++
			t.Errorf("%s, sent %.400s (-want +seen):\n%s", e.sent.Endpoint, line(t, e.sent), diff)
		}
	}
	t.Logf("%s: %d endpoints, %d exchanges", source, own, len(list))
	return counts
}

func prefix(id string) string { return strings.Join(strings.Split(id, ".")[:2], ".") }

func line(t *testing.T, e exchange) string {
	t.Helper()
	b, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// run makes the exchanges and returns what was seen of each.
func run(t *testing.T, m *gotest.Module, folder, text string, list []expected) []exchange {
	t.Helper()
	var in strings.Builder
	for _, e := range list {
		in.WriteString(line(t, e.sent) + "\n")
	}
	m.Write(t, folder+"/harness_test.go", text)
	m.Write(t, folder+"/exchanges.jsonl", in.String())
	m.Go(t, "", "test", "-count=1", "./"+folder)
	out, err := os.Open(filepath.Join(m.Dir, folder, "seen.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	seen := make([]exchange, len(list))
	decoder := json.NewDecoder(out)
	for i := range seen {
		if err := decoder.Decode(&seen[i]); err != nil {
			t.Fatalf("after %d of %d exchanges: %v", i, len(list), err)
		}
	}
	return seen
}

// TestOfficialEndpoints_XR01_XR03_XR06_LX24_LX30_ES03 makes a round trip in
// memory through every endpoint of the official namespaces.
func TestOfficialEndpoints_XR01_XR03_XR06_LX24_LX30_ES03(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/out")
	o := pipeline(t, ir.Options{Module: m.Path}, official(t))
	m.WriteAll(t, ".", o.files)
	counts := exchangeAll(t, m, "harness", "official", o)
	for prefix, least := range map[string]int{"com.atproto": 80, "app.bsky": 80, "chat.bsky": 15, "tools.ozone": 30} {
		if counts[prefix] < least {
			t.Errorf("%d endpoints of %s, want at least %d: the corpus is not whole", counts[prefix], prefix, least)
		}
	}
}

// TestOwnEndpoints_XR01_XR03_XR06_LX10_LX11_LX12_LX24_LX30_ES03 does the same for
// lexicons with every kind of body, names that clash, groups at several depths
// and namespaces that had to be merged, through the alias packages of these.
func TestOwnEndpoints_XR01_XR03_XR06_LX10_LX11_LX12_LX24_LX30_ES03(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/own")
	o := pipeline(t, ir.Options{Module: m.Path}, named{resolver.Dir("testdata/endpoints"), "endpoints"})
	if o.program == nil {
		t.Fatalf("diagnostics:\n%s", firstLines(t, o.report))
	}
	golden.File(t, "testdata/endpoints.txt", firstLines(t, o.report)+explained(o.program))
	m.WriteAll(t, ".", o.files)
	exchangeAll(t, m, "harness", "endpoints", o)
	m.Go(t, "", "vet", "./...")
}

// TestHostileEndpoints_LX10_LX11_LX12_LX24 does it for what compiles of the
// hostile corpus.
func TestHostileEndpoints_LX10_LX11_LX12_LX24(t *testing.T) {
	t.Parallel()
	m := gotest.NewModule(t, "example.com/hostile")
	with := 0
	for _, c := range hostileCases(t) {
		folder := "c" + strings.ReplaceAll(c.name, "-", "")
		o := pipeline(t, ir.Options{Module: m.Path + "/" + folder}, corpus(t, c.name, "hostile", c.name))
		if o.program == nil || len(endpoints(o.graph, c.name)) == 0 {
			continue
		}
		with++
		m.WriteAll(t, folder, o.files)
		exchangeAll(t, m, folder+"/harness", c.name, o)
	}
	if with < 7 {
		t.Errorf("%d cases have endpoints, want at least 7", with)
	}
}

// TestCommunityEndpoints_XR01_XR03_XR06_LX24_LX30_ES03 does it for the projects
// in the wild.
func TestCommunityEndpoints_XR01_XR03_XR06_LX24_LX30_ES03(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the packages of 38 projects")
	}
	m := gotest.NewModule(t, "example.com/out")
	projects, _ := community(t, m, ir.CBORReached)
	compiling.Lock()
	defer compiling.Unlock()
	for i, p := range projects {
		if len(endpoints(p.graph, p.name)) > 0 {
			exchangeAll(t, m, fmt.Sprintf("harness%02d", i), p.name, p.outcome)
		}
	}
}
