package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

const callLong = `Call a query or procedure of a service and print what it answers, or follow a
subscription and print each message as a line of JSON.

The lexicons say what the endpoint takes and gives. Their sources stand in
lexgen.yaml, which is looked for as gen does, or are named by --lexicons. A
parameter is written KEY=VALUE, and an array repeats its KEY. Parameters and input
that do not fit their schema are not sent; an answer that does not fit is printed
all the same, with a warning.

Nobody is named as the caller unless the environment variable ` + tokenVariable + ` has a
token, or the file of --token-file, which only its owner may have access to. It is
sent to the service and to no other, wherever that redirects to: to public
addresses alone, unless --development permits a network of your own.

An answer that is no JSON is written to --output, or to standard output if that is
no terminal. A stream goes on until it is interrupted, and is connected anew where
its schema has a cursor.`

const callExample = `  lexgen call com.atproto.identity.resolveHandle handle=alice.example.com \
    --service https://pds.example.com
  lexgen call com.atproto.repo.createRecord --input record.json \
    --service https://pds.example.com --token-file token
  lexgen call com.atproto.sync.getRepo did=did:plc:ewvi7nxzyoun6zhxrhs64oiz \
    --service https://pds.example.com --output alice.car
  lexgen call com.atproto.sync.subscribeRepos cursor=0 --stream --limit 10 \
    --service https://relay.example.com`

// The exit statuses of call as help prints them.
const (
	exitAnswered   = "  0    the service has answered, warnings included; a stream was interrupted"
	exitUnanswered = "  1    the service answers with an error or not at all; the input or a lexicon has errors"
	exitUncalled   = "  130  interrupted before the answer is there, or the stream begins"
)

func (p *program) callCommand() *cobra.Command {
	k := &calling{generation: &generation{program: p}}
	c := &cobra.Command{
		Use:         "call NSID [KEY=VALUE...]",
		Short:       "Call an endpoint of a service",
		Long:        callLong,
		Example:     callExample,
		Annotations: exits(exitAnswered, exitUnanswered, exitUsage, exitUnwritable, exitUncalled),
		Args:        cobra.ArbitraryArgs,
	}
	k.define(c)
	c.RunE = func(c *cobra.Command, args []string) error { return k.run(c, args) }
	return c
}

// calling is one run of call. It takes the sources of the lexicons from the same flags
// as gen.
type calling struct {
	*generation

	service     string
	development bool
	input       string
	contentType string
	output      string
	tokenFile   string
	proxy       string
	labelers    []string
	stream      bool
	limit       int

	endpoint *validate.Endpoint
	resumes  bool // whether the stream can go on where it was cut
	method   *xrpc.Method
	client   *xrpc.Client
}

// define declares the flags.
func (k *calling) define(c *cobra.Command) {
	c.Flags().SortFlags = false
	s := c.Flags()
	s.StringVar(&k.service, "service", "", "call the service at `URL`")
	s.StringVar(&k.input, "input", "", "send the content of `FILE`, or - for standard input")
	s.StringVar(&k.contentType, "content-type", "", "say that the input is of this media `TYPE`, where the schema allows several")
	s.StringVar(&k.output, "output", "", "write the answer into `FILE`, which must not exist")
	s.StringVar(&k.tokenFile, "token-file", "", "authorize the call with the token in `FILE`, instead of that in "+tokenVariable)
	s.StringVar(&k.proxy, "proxy", "", "have the service pass the call on to another `SERVICE`, DID#FRAGMENT")
	s.StringArrayVar(&k.labelers, "labeler", nil, "ask for the labels of `DID`, and with ;redact behind it leave out what it hides (repeatable)")
	s.BoolVar(&k.stream, "stream", false, "follow a subscription")
	s.IntVar(&k.limit, "limit", 0, "end a stream after `N` messages")
	k.defineLexicons(c)
	s.BoolVar(&k.development, "development", false, "permit plain http, and redirects to private addresses: for networks of one's own")
	k.flags.format = "text"
}

func (k *calling) run(c *cobra.Command, args []string) error {
	if err := k.check(c, args); err != nil {
		return err
	}
	ctx, nsid := c.Context(), args[0]
	if err := k.find(ctx, nsid); err != nil {
		return err
	}
	if err := k.checkKind(); err != nil {
		return err
	}
	params, err := k.params(args[1:])
	if err != nil {
		return err
	}
	if err := k.connect(); err != nil {
		return err
	}
	if k.method.Kind == xrpc.KindSubscription {
		return k.follow(ctx, params)
	}
	return k.call(ctx, c.InOrStdin(), params)
}

// check refuses a command line that makes no sense, whatever the lexicons say.
func (k *calling) check(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return misuse("%s needs the NSID of an endpoint\n%s", c.CommandPath(), seeHelp(c))
	case k.service == "":
		return misuse("--service says which service to call, such as https://pds.example.com\n%s", seeHelp(c))
	case k.limit < 0:
		return misuse("--limit %d: want a number of messages", k.limit)
	case k.limit > 0 && !k.stream:
		return misuse("--limit is for --stream")
	}
	if err := checkNSID(args[0]); err != nil {
		return misuse("%w", err)
	}
	if k.proxy != "" {
		if err := checkServiceID(k.proxy); err != nil {
			return misuse("--proxy %w", err)
		}
	}
	if _, err := k.chosenLabelers(); err != nil {
		return err
	}
	if err := k.choosePrinter(); err != nil {
		return err
	}
	return k.findLexicons(c)
}

// find looks up the endpoint in the lexicons.
func (k *calling) find(ctx context.Context, nsid string) error {
	report := &diag.Report{}
	graph, err := k.graph(ctx, []string{nsid}, report)
	if err != nil {
		return err
	}
	if list := report.Diagnostics(); report.HasErrors() {
		if err := k.printDiagnostics(list); err != nil {
			return err
		}
		return &exitError{statusProblem, fmt.Errorf("%s; nothing was sent", tally(list))}
	}
	schemas := validate.New(graph)
	endpoint, ok := schemas.Endpoint(nsid)
	if !ok && graph.Lookup(nsid) != nil {
		return misuse("%s is no query, procedure or subscription, and nothing else can be called", nsid)
	}
	if !ok {
		var names []string
		for _, lexicon := range graph.Lexicons {
			if _, ok := schemas.Endpoint(lexicon.ID); ok {
				names = append(names, lexicon.ID)
			}
		}
		return misuse("no lexicon describes %s%s\n--lexicons or sources: in lexgen.yaml say where lexicons are", nsid, didYouMean(nsid, names))
	}
	k.endpoint, k.method, k.resumes = endpoint, methodOf(endpoint), graph.Resumes(endpoint.Def)
	return nil
}

// methodOf describes an endpoint for a client.
func methodOf(e *validate.Endpoint) *xrpc.Method {
	m := &xrpc.Method{NSID: syntax.NSID(e.Def.ID())}
	switch t := e.Def.AST.Type.(type) {
	case *parser.Query:
		m.Output = mediaOf(t.Output)
	case *parser.Procedure:
		m.Kind, m.Input, m.Output = xrpc.KindProcedure, mediaOf(t.Input), mediaOf(t.Output)
	case *parser.Subscription:
		m.Kind = xrpc.KindSubscription
	}
	return m
}

func mediaOf(b *parser.Body) string {
	if b == nil {
		return ""
	}
	return b.Encoding.Value
}

// checkKind refuses flags that are for endpoints of other kinds.
func (k *calling) checkKind() error {
	m := k.method
	isStream := m.Kind == xrpc.KindSubscription
	switch {
	case isStream && !k.stream:
		return misuse("%s is a subscription, which --stream follows", m.NSID)
	case !isStream && k.stream:
		return misuse("%s is a %s, and --stream follows subscriptions", m.NSID, m.Kind)
	case isStream && k.output != "":
		return misuse("--output is for one answer: send the lines of a stream to a file or program")
	case k.input != "" && m.Input == "":
		return misuse("%s is a %s without input, and --input has some", m.NSID, m.Kind)
	case k.input == "" && m.Input != "":
		return misuse("%s needs an input of %s: --input names a file with it, or - for standard input", m.NSID, m.Input)
	case k.contentType != "" && k.input == "":
		return misuse("--content-type is about --input, which is not there")
	}
	return k.checkBodies()
}

// connect makes the client.
func (k *calling) connect() error {
	origin, err := originOf(k.service, k.development)
	if err != nil {
		return misuse("--service: %w", err)
	}
	token, err := k.token()
	if err != nil {
		return err
	}
	opts := []xrpc.ClientOption{xrpc.WithHTTPClient(serviceClient(origin, k.development, nil))}
	if token != "" {
		opts = append(opts, xrpc.WithCredentials(xrpc.BearerToken(token)))
	}
	if k.proxy != "" {
		opts = append(opts, xrpc.WithProxy(k.proxy))
	}
	labelers, err := k.chosenLabelers()
	if err != nil {
		return err
	}
	if len(labelers) > 0 {
		opts = append(opts, xrpc.WithLabelers(labelers...))
	}
	k.client = xrpc.NewClient(origin, opts...)
	return nil
}

// checkServiceID refuses what does not name a service of a DID (XR-50).
func checkServiceID(text string) error {
	did, fragment, ok := strings.Cut(text, "#")
	if _, err := syntax.ParseDID(did); err != nil || !ok || fragment == "" || strings.ContainsFunc(fragment, isNoFragment) {
		return fmt.Errorf("%q: want DID#FRAGMENT, such as did:web:api.bsky.app#bsky_appview", text)
	}
	return nil
}

// isNoFragment reports whether a character cannot be in the fragment of a service.
func isNoFragment(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-._~", r)
}

// chosenLabelers reads --labeler (XR-57).
func (k *calling) chosenLabelers() ([]xrpc.Labeler, error) {
	var list []xrpc.Labeler
	for _, text := range k.labelers {
		name, redact := strings.CutSuffix(text, ";redact")
		did, err := syntax.ParseDID(name)
		if err != nil {
			return nil, misuse("--labeler: %w", err)
		}
		list = append(list, xrpc.Labeler{DID: did, Redact: redact})
	}
	return list, nil
}
