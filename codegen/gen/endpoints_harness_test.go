package gen_test

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/codegen/ir"
)

// endpointsText is a test of generated endpoints: it reads exchanges, makes each
// between a client and a server in memory, and writes down what arrived where.
// The program's endpoints are registered by the function that replaces %s.
const endpointsText = `package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
%s)

// register serves all endpoints three times: by fakes, by fakes without
// functions, and by what implementations embed.
func register(full, idle, bare *xrpc.Server) {
%s}

type content struct {
	JSON string ` + "`json:\",omitempty\"`" + `
	Type string ` + "`json:\",omitempty\"`" + `
	Data []byte ` + "`json:\",omitempty\"`" + `
}

type exchange struct {
	Endpoint, Server string
	Query, Params    string    ` + "`json:\",omitempty\"`" + `
	Input, Output    *content  ` + "`json:\",omitempty\"`" + `
	Messages         []content ` + "`json:\",omitempty\"`" + `
	Fail             int       ` + "`json:\",omitempty\"`" + ` // number of the declared error
	Error            string    ` + "`json:\",omitempty\"`" + `
}

// calls has what calls an endpoint, by NSID. sent and seen are those of the
// exchange at hand; only one is made at a time.
var (
	calls      = map[string]func(context.Context, *xrpc.Client) error{}
	sent, seen *exchange
)

func TestExchanges(t *testing.T) {
	full, idle, bare := xrpc.NewServer(xrpc.WithOutputValidation()), xrpc.NewServer(), xrpc.NewServer()
	register(full, idle, bare)
	if n := len(full.Methods()); n != len(calls) || n != len(idle.Methods()) || n != len(bare.Methods()) {
		t.Fatalf("%%d endpoints are registered, %%d can be called", n, len(calls))
	}
	clients := map[string]*xrpc.Client{}
	for name, server := range map[string]*xrpc.Server{"full": full, "idle": idle, "bare": bare} {
		clients[name] = xrpctest.NewClient(t, server, xrpc.WithAttempts(1))
	}
	in, err := os.Open("exchanges.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create("seen.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	decoder, encoder := json.NewDecoder(in), json.NewEncoder(out)
	for {
		sent = &exchange{}
		if err := decoder.Decode(sent); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen = &exchange{Endpoint: sent.Endpoint, Server: sent.Server, Fail: sent.Fail}
		call := calls[sent.Endpoint]
		if call == nil {
			t.Fatalf("%%s was not generated", sent.Endpoint)
		}
		if err := call(t.Context(), clients[sent.Server]); err != nil {
			seen.Error = describe(err)
		}
		if err := encoder.Encode(seen); err != nil {
			t.Fatal(err)
		}
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// describe says which error a caller got, by its constant if it is declared.
func describe(err error) string {
	var e *xrpc.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	text := fmt.Sprintf("%%d %%s %%s", e.Status, e.Name, e.Message)
	if sent.Fail > 0 && !errors.Is(err, declared[sent.Endpoint][sent.Fail-1]) {
		text += ", which is not the constant"
	}
	return text
}

// declared has the constants of the declared errors.
var declared = map[string][]xrpc.ErrorName{}

// fail is the error of a handler, nil if it is none.
func fail() error {
	if sent.Fail == 0 {
		return nil
	}
	return xrpc.NewError(declared[sent.Endpoint][sent.Fail-1], "number %%d", sent.Fail)
}

// declare notes an endpoint.
func declare(m *xrpc.Method, call func(context.Context, *xrpc.Client) error, names []xrpc.ErrorName) {
	if !slices.Equal(m.Errors, names) {
		panic(fmt.Sprintf("%%s has %%v instead of %%v", m.NSID, m.Errors, names))
	}
	calls[string(m.NSID)] = call
	declared[string(m.NSID)] = names
}

func query[P, O any](q *xrpc.Query[P, O], names ...xrpc.ErrorName) func(context.Context, *xrpc.Request[P, *xrpc.None]) (O, error) {
	declare(q.Method(), func(ctx context.Context, c *xrpc.Client) error {
		out, err := q.Call(ctx, c, parameters[P]())
		return received(out, err)
	}, names)
	return answer[P, *xrpc.None, O]
}

func procedure[P, I, O any](p *xrpc.Procedure[P, I, O], names ...xrpc.ErrorName) func(context.Context, *xrpc.Request[P, I]) (O, error) {
	declare(p.Method(), func(ctx context.Context, c *xrpc.Client) error {
		out, err := p.CallWith(ctx, c, parameters[P](), decoded[I](sent.Input))
		return received(out, err)
	}, names)
	return answer[P, I, O]
}

func subscription[P any, M lex.Object](s *xrpc.Subscription[P, M], names ...xrpc.ErrorName) func(context.Context, *xrpc.Request[P, *xrpc.None], *xrpc.Stream[M]) error {
	declare(s.Method(), func(ctx context.Context, c *xrpc.Client) error {
		for m, err := range s.Subscribe(ctx, c, parameters[P](), xrpc.WithReconnects(0)) {
			if err != nil {
				return err
			}
			c := encoded(m)
			c.Type = m.LexType()
			seen.Messages = append(seen.Messages, *c)
		}
		return nil
	}, names)
	return func(_ context.Context, r *xrpc.Request[P, *xrpc.None], out *xrpc.Stream[M]) error {
		request(r)
		for _, c := range sent.Messages {
			m, ok := message(s.Messages, c).(M)
			if !ok {
				return fmt.Errorf("%%T is no message", m)
			}
			if err := out.Send(m); err != nil {
				return err
			}
		}
		if err := fail(); err != nil {
			return err
		}
		return xrpc.NewError("End", "")
	}
}

// message makes a message from JSON.
func message(union *lex.Union, c content) lex.Object {
	for _, member := range union.Members {
		if member.LexType() == c.Type {
			m := reflect.New(reflect.TypeOf(member).Elem()).Interface().(lex.Object)
			mustDecode(c.JSON, m)
			return m
		}
	}
	m := &lex.UnknownObject{Type: c.Type}
	mustDecode(c.JSON, &m.Fields)
	return m
}

func answer[P, I, O any](_ context.Context, r *xrpc.Request[P, I]) (O, error) {
	request(r)
	if err := fail(); err != nil {
		var none O
		return none, err
	}
	return decoded[O](sent.Output), nil
}

// request notes what a handler gets.
func request[P, I any](r *xrpc.Request[P, I]) {
	seen.Query = r.HTTP.URL.RawQuery
	if c := encoded(r.Params); c != nil {
		seen.Params = c.JSON
	}
	seen.Input = encoded(r.Input)
}

// received notes what a caller gets.
func received[O any](out O, err error) error {
	if err == nil {
		seen.Output = encoded(out)
	}
	return err
}

func parameters[P any]() P {
	if sent.Params == "" {
		return decoded[P](nil)
	}
	return decoded[P](&content{JSON: sent.Params})
}

// decoded makes a parameter, input or output: nil if there is nothing.
func decoded[T any](c *content) T {
	v := reflect.New(reflect.TypeFor[T]().Elem()).Interface()
	var none T
	switch v := v.(type) {
	case *xrpc.None:
		if c != nil {
			panic("there is something, and the endpoint has nothing")
		}
		return any(v).(T)
	case *xrpc.Body:
		*v = xrpc.Body{Reader: bytes.NewReader(c.Data), Type: c.Type, Length: int64(len(c.Data))}
	default:
		if c == nil {
			return none
		}
		mustDecode(c.JSON, v)
	}
	return v.(T)
}

func mustDecode(text string, v any) {
	if err := lex.DecodeJSON([]byte(text), v); err != nil {
		panic(fmt.Sprintf("%%T: %%v in %%s", v, err, text))
	}
}

// encoded is the reverse of decoded.
func encoded(v any) *content {
	switch v := v.(type) {
	case *xrpc.None:
		return nil
	case *xrpc.Body:
		data, err := io.ReadAll(v)
		if err != nil {
			panic(err)
		}
		if err := v.Close(); err != nil {
			panic(err)
		}
		return &content{Type: v.Type, Data: data}
	}
	b, err := lex.MarshalJSON(v)
	if err != nil {
		panic(err)
	}
	return &content{JSON: string(b)}
}
`

// harness prints the imports, and the registration of all endpoints, through
// the names of alias packages where there are some.
type harness struct {
	aliases map[ir.Ident]ir.Ident
	names   map[string]string // of packages, by path
	imports strings.Builder
	body    strings.Builder
}

func (h *harness) pkg(p *ir.Package) string {
	name, ok := h.names[p.Path]
	if !ok {
		name = fmt.Sprintf("p%d", len(h.names))
		h.names[p.Path] = name
		fmt.Fprintf(&h.imports, "\t%s %q\n", name, p.Path)
	}
	return name
}

// ident is a name, or the alias of it, in which case alias is true.
func (h *harness) ident(id ir.Ident) (text string, alias bool) {
	other, alias := h.aliases[id]
	if alias {
		id = other
	}
	return h.pkg(id.Package) + "." + id.Name, alias
}

func (h *harness) fake(p *ir.Package, f *ir.Fake) {
	g := f.Group
	register, _ := h.ident(ir.Ident{Name: g.Register, Package: g.Package})
	unimplemented, _ := h.ident(ir.Ident{Name: g.Unimplemented, Package: g.Package})
	fmt.Fprintf(&h.body, "\t%s(full, &%s.%s{\n", register, h.pkg(p), f.Name)
	for _, m := range g.Methods {
		variable, alias := h.ident(ir.Ident{Name: m.Endpoint.Name, Package: g.Package})
		if !alias {
			variable = "&" + variable
		}
		kind := map[ir.EndpointKind]string{
			ir.QueryEndpoint: "query", ir.ProcedureEndpoint: "procedure", ir.SubscriptionEndpoint: "subscription",
		}[m.Endpoint.Kind]
		args := []string{variable}
		for _, id := range m.Endpoint.Errors {
			name, _ := h.ident(id)
			args = append(args, name)
		}
		fmt.Fprintf(&h.body, "\t\t%s: %s(%s),\n", m.Field, kind, strings.Join(args, ", "))
	}
	fmt.Fprintf(&h.body, "\t})\n\t%s(idle, &%s.%s{})\n\t%s(bare, %s{})\n", register, h.pkg(p), f.Name, register, unimplemented)
}
