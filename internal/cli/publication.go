package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	schema "github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/identity"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// publication is what the commands share that compare the lexicons of a project with
// the network. It takes the sources of the lexicons from the same flags as gen.
type publication struct {
	*generation

	net         network
	service     string   // URL of a server, "" for that of the DID document
	authorities []string // PREFIX=DID
	format      outputFormat

	patterns  []resolver.Pattern
	unmatched []resolver.Pattern                // that name no lexicon of the project
	overrides map[syntax.NSIDPattern]syntax.DID // of --authority and lexgen.yaml
	place     *installation                     // where lexicons of others are
	lock      *lock                             // which these are; nil if there is none
	elsewhere map[syntax.NSID][]sourced         // what sources of install have; nil if all that is pinned has an account
	names     *identity.Resolver
	schemas   *lexnet.Resolver
	revs      *revs
	outside   *http.Client
}

func newPublication(g *generation) *publication {
	return &publication{generation: g, net: network{program: g.program, plc: publicDirectory, timeout: defaultTimeout}}
}

// define declares the flags that say where lexicons are, and whom to ask.
func (p *publication) define(c *cobra.Command) {
	p.defineLexicons(c)
	p.defineNetwork(c)
	p.format.define(c)
}

// defineNetwork declares the flags that say whom to ask.
func (p *publication) defineNetwork(c *cobra.Command) {
	p.defineService(c)
	p.defineAuthorities(c)
}

func (p *publication) defineService(c *cobra.Command) {
	c.Flags().StringVar(&p.service, "service", "", "ask the server at `URL` instead of that of the account: for networks without look-up")
}

// defineAuthorities declares the flags that say whose lexicons are whose.
func (p *publication) defineAuthorities(c *cobra.Command) {
	c.Flags().StringArrayVar(&p.authorities, "authority", nil,
		"take the account in `PATTERN=DID` for the authority of what the pattern names, NSID or PREFIX.*, instead of asking the DNS (repeatable)")
	p.defineNames(c)
}

// defineNames declares the flags that say who leads from names to servers.
func (p *publication) defineNames(c *cobra.Command) {
	c.Flags().StringVar(&p.net.dns, "dns", "", "ask the DNS server at `HOST:PORT` instead of those of this machine")
	p.net.define(c, publicDirectory)
}

// check refuses a command line that makes no sense.
func (p *publication) check(patterns []string) error {
	p.flags.format = "text"
	if err := errors.Join(p.format.check(), p.choosePrinter(), p.checkNetwork()); err != nil {
		return err
	}
	for _, text := range patterns {
		pattern, err := resolver.ParsePattern(text)
		if err == nil && pattern.HasDef() {
			err = fmt.Errorf("pattern %q names a definition, and lexicons are published as a whole", text)
		}
		if err != nil {
			return misuse("%w", err)
		}
		p.patterns = append(p.patterns, pattern)
	}
	return nil
}

// checkNetwork refuses flags that make no sense.
func (p *publication) checkNetwork() error {
	if err := p.net.check(); err != nil {
		return err
	}
	if p.service != "" {
		if _, err := originOf(p.service, p.net.development); err != nil {
			return misuse("--service: %w", err)
		}
	}
	var err error
	p.overrides, err = parseAuthorities(p.authorities)
	return err
}

// ask has this publication ask whom another one asks, whose flags were checked.
func (p *publication) ask(as *publication) {
	p.net.plc, p.net.dns, p.net.development, p.net.timeout = as.net.plc, as.net.dns, as.net.development, as.net.timeout
	p.authorities, p.overrides = as.authorities, as.overrides
}

// project reads what lexgen.yaml says about installed lexicons and authorities, and
// which lexicons are installed.
func (p *publication) project(ctx context.Context) error {
	place := defaultPlace(".")
	if path := p.configFile(); path != "" {
		file, err := p.readConfig(ctx, path, &diag.Report{})
		if err != nil {
			return err
		}
		report := &diag.Report{}
		place = placeOf(file, report)
		if report.HasErrors() {
			return p.refusedBy(report.Diagnostics())
		}
	}
	maps.Copy(place.authorities, p.overrides)
	p.overrides, p.place = place.authorities, place
	var err error
	if p.lock, err = readLock(place.lock); err != nil {
		return &exitError{statusProblem, fmt.Errorf("%s: %w", place.lock, err)}
	}
	if p.lock != nil && slices.ContainsFunc(p.lock.sorted(), func(nsid syntax.NSID) bool { return p.lock.pins[nsid].did() == "" }) {
		p.elsewhere, err = lexiconsIn(ctx, slices.Concat(place.sources, place.frozen))
	}
	return err
}

// isInstalled reports whether a lexicon comes from an account or a source of install. What
// is pinned without these is one of the project's own, which others refer to.
func (p *publication) isInstalled(nsid syntax.NSID) bool {
	return p.lock.has(nsid) && !p.lock.isOwn(nsid, len(p.elsewhere[nsid]) > 0)
}

// tellInstalled says how many lexicons are left out because they are installed.
func (p *publication) tellInstalled(number int) {
	if number > 0 {
		tellf(p.stderr, "left out %s, which %s pins", count(number, "installed lexicon", "installed lexicons"), p.place.lock)
	}
}

// open makes what asks the network, and remembers the newest rev of each account, as
// install does. What it returns must be called at the end.
func (p *publication) open() (closed func()) {
	dns := p.net.nameServer()
	p.outside = p.net.client(dns)
	p.names = p.net.resolverWith(dns, p.outside)
	directory := identity.NewDirectory(p.names, identity.CacheOptions{})
	p.revs = &revs{folder: p.world.fetchedFolder(), network: p.net.plc}
	p.schemas = lexnet.NewResolver(lexnet.Options{
		Directory: directory, Authorities: p.overrides, Client: p.outside, Check: schema.Check, Revs: p.revs, Timeout: p.net.timeout,
	})
	return directory.Close
}

// named reports whether the arguments name a lexicon; without any all are that are not
// installed ones.
func (p *publication) named(nsid syntax.NSID) bool {
	if len(p.patterns) == 0 {
		return !p.isInstalled(nsid)
	}
	return slices.ContainsFunc(p.patterns, func(pattern resolver.Pattern) bool {
		return pattern.MatchID(string(nsid))
	})
}

// repository is an account with its server.
type repository struct {
	did    syntax.DID
	handle syntax.Handle // "" if it was not looked up
	server *xrpc.Client
}

// String returns the account and its server.
func (r repository) String() string {
	name := string(r.did)
	if r.handle != "" {
		name = fmt.Sprintf("%s (%s)", r.handle, r.did)
	}
	return fmt.Sprintf("%s at %v", name, r.server.Service())
}

// repository looks up where the repository of an account is.
func (p *publication) repository(ctx context.Context, id syntax.AtIdentifier) (repository, error) {
	did, isDID := id.DID()
	if p.service != "" {
		if !isDID {
			return repository{}, misuse("with --service nothing is looked up, so that the account has to be named by its DID, and not as %s", id)
		}
		origin, err := originOf(p.service, p.net.development)
		if err != nil {
			return repository{}, misuse("--service: %w", err)
		}
		client := serviceClient(origin, p.net.development, nil)
		client.Timeout = p.net.timeout
		return repository{did: did, server: xrpc.NewClient(origin, xrpc.WithHTTPClient(client))}, nil
	}
	r := &resolution{network: p.net}
	found, err := r.resolve(ctx, p.names, id)
	if err != nil {
		return repository{}, r.failed(ctx, id, err)
	}
	if found.PDS == "" {
		return repository{}, &exitError{statusProblem, fmt.Errorf("%s: its DID document names no server (ID-07)", found.DID)}
	}
	at := repository{did: found.DID, server: xrpc.NewClient(found.PDS, xrpc.WithHTTPClient(p.outside))}
	if found.fault == "" && !found.Handle.IsInvalid() {
		at.handle = found.Handle
	}
	return at, nil
}

// staleAdvice says what to do about an account that is older than it was.
func (p *publication) staleAdvice(err error) string {
	e, ok := errors.AsType[*lexnet.Error](err)
	if !ok || !errors.Is(e, lexnet.ErrStale) {
		return ""
	}
	return "\nif the account was restored from a backup, remove " + p.revs.name(e.DID)
}

// reasonOfName returns what is wrong with a name, without words about the program.
func reasonOfName(err error) string {
	if e, ok := errors.AsType[*lexnet.Error](err); ok {
		return e.Reason
	}
	return err.Error()
}
