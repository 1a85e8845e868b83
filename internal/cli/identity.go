package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const identityLong = `Look up the identities of accounts, and verify, make and change those of did:plc.

What only reads asks the public directory of did:plc unless --plc names another
one. What changes something asks none but the one that --plc names.`

const identityExample = `  lexgen identity resolve alice.example.com
  lexgen identity history did:plc:ewvi7nxzyoun6zhxrhs64oiz
  lexgen identity plc keygen --out rotation.key
  lexgen identity plc recover did:plc:ewvi7nxzyoun6zhxrhs64oiz --key rotation.key \
    --plc https://plc.example.com`

// The exit statuses of identity as help prints them.
const (
	exitUnresolved = "  1    the name leads nowhere, or nobody answers"
	exitIdentity   = "  1    a name leads nowhere, a rule is broken, or nobody answers"
	exitUntrue     = "  1    the log breaks a rule, or cannot be read"
	exitRefused    = "  1    the log, a key or the directory does not permit it"
)

func (p *program) identityCommand() *cobra.Command {
	return group(&cobra.Command{
		Use:         "identity COMMAND",
		Short:       "Look up identities, and verify and change those of did:plc",
		Long:        identityLong,
		Example:     identityExample,
		Annotations: exits(exitDone, exitIdentity, exitUsage, exitUnwritable, exitStopped),
	}, p.identityResolveCommand(), p.identityHistoryCommand(), p.identityPLCCommand())
}

// network is how a command reaches others.
type network struct {
	*program

	plc         string // URL of a directory, "" for none
	dns         string // address of a DNS server, "" for those of the machine
	development bool
	timeout     time.Duration
}

// defaultTimeout bounds one question unless --timeout says otherwise.
const defaultTimeout = 10 * time.Second

// define declares the flags. Only what changes nothing has a directory by default.
func (n *network) define(c *cobra.Command, directory string) {
	usage := "ask the directory of did:plc at `URL`"
	if directory == "" {
		usage = "use the directory of did:plc at `URL`; there is no default"
	}
	c.Flags().StringVar(&n.plc, "plc", directory, usage)
	c.Flags().BoolVar(&n.development, "development", false,
		"permit plain http, names under .test, and private addresses that others name: for networks of one's own")
	c.Flags().DurationVar(&n.timeout, "timeout", defaultTimeout, "wait this `DURATION` for an answer")
}

// check refuses flags that make no sense.
func (n *network) check() error {
	if n.timeout <= 0 {
		return misuse("--timeout %v: want more than nothing, such as %v", n.timeout, defaultTimeout)
	}
	if n.dns != "" {
		if _, port, err := net.SplitHostPort(n.dns); err != nil || port == "" {
			return misuse("--dns %q: want HOST:PORT, such as 127.0.0.1:53", n.dns)
		}
	}
	if n.plc == "" {
		return nil
	}
	_, err := originOf(n.plc, n.development)
	if err != nil {
		return misuse("--plc: %w", err)
	}
	return nil
}

// originOf returns the URL of a server, without a slash at its end.
func originOf(text string, development bool) (string, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		u.Opaque != "" || strings.Trim(u.Path, "/") != "" || strings.ContainsAny(text, "?#"):
		return "", fmt.Errorf("%q is not the URL of a server: want https://HOST", text)
	case u.Scheme == "http" && !development:
		return "", fmt.Errorf("%s is plain http, which everybody on the way can change: use https, or --development in a network of your own", text)
	}
	return u.Scheme + "://" + u.Host, nil
}

// environment says which names are fine.
func (n *network) environment() syntax.Environment {
	if n.development {
		return syntax.Development
	}
	return syntax.Production
}

// directoryClient talks to the directory, which the user has chosen. It follows no
// redirect: one that makes a submission a question would seem to have taken it.
func (n *network) directoryClient() *http.Client {
	return &http.Client{
		Timeout:       n.timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// directory returns a client of the directory. Its URL was checked.
func (n *network) directory() *plc.Client {
	return &plc.Client{URL: strings.TrimRight(n.plc, "/"), HTTP: n.directoryClient()}
}

// maxWellKnownRedirects is how many redirects the server of a handle may answer
// with (ID-51).
const maxWellKnownRedirects = 5

// resolver returns one for the network, which connects to public addresses only
// unless it is one's own.
func (n *network) resolver() *identity.Resolver {
	dns := n.nameServer()
	return n.resolverWith(dns, n.client(dns))
}

// resolverWith returns one with the DNS and the client of a network.
func (n *network) resolverWith(dns *nameServer, client *http.Client) *identity.Resolver {
	return identity.NewResolver(identity.ResolverOptions{
		Directory:       n.plc,
		DirectoryClient: n.directoryClient(),
		Client:          client,
		DNS:             dns,
		Environment:     n.environment(),
		Timeout:         n.timeout,
	})
}

// nameServer returns the DNS of the network.
func (n *network) nameServer() *nameServer {
	dns := &nameServer{Resolver: &net.Resolver{}, address: n.dns}
	if n.dns != "" {
		dns.PreferGo = true
		dns.Dial = func(ctx context.Context, network, _ string) (net.Conn, error) {
			return n.world.dial(ctx, network, n.dns)
		}
	}
	return dns
}

// client returns one for servers that strangers name.
func (n *network) client(dns *nameServer) *http.Client {
	client := guard.NewClient(guard.Options{
		Timeout: n.timeout, Redirects: maxWellKnownRedirects, Development: n.development, Resolver: dns.Resolver,
	})
	client.Transport = &naming{server: dns, next: client.Transport}
	return client
}

// nameServer is a resolver whose errors name the server that it asks, and not one of
// those that the machine would have asked.
type nameServer struct {
	*net.Resolver

	address string // "" for those of the machine
}

// LookupTXT returns the records of a name.
func (s *nameServer) LookupTXT(ctx context.Context, name string) ([]string, error) {
	records, err := s.Resolver.LookupTXT(ctx, name)
	return records, s.named(err)
}

// naming sends requests, whose hosts the name server resolves.
type naming struct {
	server *nameServer
	next   http.RoundTripper
}

// RoundTrip sends a request.
func (n *naming) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := n.next.RoundTrip(r)
	return answer, n.server.named(err)
}

func (s *nameServer) named(err error) error {
	if failed, ok := errors.AsType[*net.DNSError](err); ok && s.address != "" {
		failed.Server = s.address
	}
	return err
}

// outputFormat is the value of --format.
type outputFormat struct{ name string }

func (f *outputFormat) define(c *cobra.Command) {
	c.Flags().StringVar(&f.name, "format", "text", "print in this `FORMAT`: text or json")
	complete(c, "format", "text", "json")
}

func (f *outputFormat) check() error {
	if f.name != "text" && f.name != "json" {
		return misuse("--format %q: want text or json", f.name)
	}
	return nil
}

func (f *outputFormat) isJSON() bool { return f.name == "json" }

// printJSON prints a value for programs.
func (p *program) printJSON(v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return &exitError{statusInternal, err}
	}
	return p.print(string(visible.JSON(text)) + "\n")
}

// A fact is one line of text: what it is about, and what it says.
type fact struct {
	mark byte // ' ', or '+', '-' or '~' for what has changed
	name string
	text string
}

// nameWidth is how wide names of facts are, so that a key or a CID fits behind one
// on a line of 80 columns.
const nameWidth = 15

// line returns a fact as it is printed below a heading.
func (f fact) line() string {
	return fmt.Sprintf("  %c %-*s %s\n", cmp.Or(f.mark, ' '), nameWidth, visible.Text(f.name), visible.Text(f.text))
}

// writeFacts prints facts below a heading.
func writeFacts(w io.Writer, facts []fact) {
	for _, f := range facts {
		_, _ = io.WriteString(w, f.line()) // to memory
	}
}
