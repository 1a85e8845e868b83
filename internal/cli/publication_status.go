package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const statusLong = `Say of each lexicon of the project how it stands to what is published: the same,
changed, not published, published only, or not resolvable, with the reason.

The DNS says whose repository a lexicon is in, and the DID document where that is.
The server is asked for its list of lexicons, and each is compared by its CID; what
it leaves out of the list cannot be seen, and install proves each record. Nobody
signs in, and nothing is written. Lexicons that are published only are told for
accounts that have others of the project, below the same authorities.

Looked at are the lexicons of folders and files, like breaking, but for those that
are installed; arguments choose lexicons, NSID or PREFIX.*, installed ones, too.`

const statusExample = `  lexgen status
  lexgen status 'com.example.*' --format json
  lexgen status --authority 'com.example.*=did:plc:ewvi7nxzyoun6zhxrhs64oiz' \
    --service https://pds.example.com`

// The exit statuses of status as help prints them.
const (
	exitSame   = "  0    all that is looked at is published as it is"
	exitDiffer = "  1    something differs or cannot be resolved, nobody answers, errors in lexicons, unreadable sources"
)

func (p *program) statusCommand() *cobra.Command {
	s := newPublication(&generation{program: p})
	c := &cobra.Command{
		Use:         "status [PATTERN...]",
		Short:       "Compare the lexicons of the project with what is published",
		Long:        statusLong,
		Example:     statusExample,
		Annotations: exits(exitSame, exitDiffer, exitUsage, exitUnwritable, exitStopped),
		Args:        cobra.ArbitraryArgs,
		RunE:        func(c *cobra.Command, args []string) error { return s.status(c, args) },
	}
	c.Flags().SortFlags = false
	s.define(c)
	return c
}

func (p *publication) status(c *cobra.Command, args []string) error {
	if err := p.check(args); err != nil {
		return err
	}
	local, err := p.local(c)
	if err != nil {
		return err
	}
	defer p.open()()
	list, err := p.standings(c.Context(), local)
	if err != nil {
		return err
	}
	if err := p.checkNamed(list); err != nil {
		return err
	}
	if err := p.printStandings(list); err != nil {
		return err
	}
	counts := map[standing]int{}
	for _, l := range list {
		counts[l.standing]++
	}
	told := tallyOf(counts)
	if counts[standsSame] < len(list) {
		return &exitError{statusProblem, fmt.Errorf("%s: %s", count(len(list), "lexicon", "lexicons"), told)}
	}
	tellf(p.stderr, "%s: %s", count(len(list), "lexicon", "lexicons"), told)
	return nil
}

// checkNamed refuses arguments that name nothing, and a project without lexicons.
func (p *publication) checkNamed(list []compared) error {
	for _, pattern := range p.unmatched {
		if !slices.ContainsFunc(list, func(c compared) bool { return pattern.MatchID(string(c.id)) }) {
			return misuse("%s names no lexicon of the project, and none that is published beside them", pattern)
		}
	}
	if len(list) == 0 {
		return &exitError{statusProblem, errNoLexicon}
	}
	return nil
}

var errNoLexicon = errors.New("there is no lexicon in the sources, or all are excluded")

// standings asks each authority for its lexicons.
func (p *publication) standings(ctx context.Context, local []Published) ([]compared, error) {
	var further []syntax.NSID
	for _, pattern := range p.unmatched {
		if nsid, err := syntax.ParseNSID(pattern.String()); err == nil {
			further = append(further, nsid)
		}
	}
	domains, err := p.domains(ctx, local, further...)
	if err != nil {
		return nil, err
	}
	line := newProgress(p.world, p.stderr)
	defer line.stop()
	asked := map[syntax.DID]*listing{}
	var list []compared
	for _, d := range domains {
		if d.err == nil && asked[d.did] == nil {
			line.step("asking for the lexicons of " + string(d.did))
			asked[d.did] = p.listing(ctx, d.did)
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		switch {
		case d.err != nil:
			list = append(list, unresolvable(d, reasonOfName(d.err))...)
		case asked[d.did].err != nil:
			list = append(list, unresolvable(d, reasonOfName(asked[d.did].err))...)
		default:
			list = append(list, compare(d.lexicons, asked[d.did].below(p, d.name), d.did)...)
		}
	}
	line.stop()
	for _, did := range slices.Sorted(maps.Keys(asked)) {
		p.tellPassedOver(asked[did].at, asked[did].passedOver)
	}
	return sorted(list), nil
}

func unresolvable(d *domain, reason string) (list []compared) {
	for _, r := range d.lexicons {
		list = append(list, compared{id: r.NSID, standing: standsUnresolvable, local: r, authority: d.did, reason: reason})
	}
	return list
}

// listing is what a repository has, or why that is not known.
type listing struct {
	at         repository
	published  []Published
	passedOver []string
	err        error
}

// listing looks up an account, and asks its server.
func (p *publication) listing(ctx context.Context, did syntax.DID) *listing {
	at, err := p.repository(ctx, syntax.AtIdentifier(did))
	if err != nil {
		return &listing{err: errors.New(strings.ReplaceAll(err.Error(), "\n", "; "))}
	}
	published, passedOver, err := p.accounts.Published(ctx, at.server, did)
	if err != nil {
		err = fmt.Errorf("%v: %w", at.server.Service(), plainly(err))
	}
	return &listing{at, published, passedOver, err}
}

// maxPassedOver is how many records that are no lexicons are told.
const maxPassedOver = 5

// tellPassedOver tells of records that stand among the lexicons of an account.
func (p *publication) tellPassedOver(at repository, list []string) {
	for i, text := range list {
		if i == maxPassedOver {
			tellf(p.stderr, "and %d more", len(list)-i)
			return
		}
		tellf(p.stderr, "%s: passed over %s", at, text)
	}
}

// below returns the lexicons of a domain that the arguments name.
func (l *listing) below(p *publication, domain string) (list []Published) {
	for _, r := range l.published {
		if r.NSID.Authority() == domain && p.named(r.NSID) {
			list = append(list, r)
		}
	}
	return list
}

// tallyOf counts standings, in their order.
func tallyOf(counts map[standing]int) string {
	var words []string
	for _, s := range []standing{standsSame, standsChanged, standsNew, standsPublished, standsUnresolvable} {
		if n := counts[s]; n > 0 {
			words = append(words, fmt.Sprintf("%d %s", n, s))
		}
	}
	return strings.Join(words, ", ")
}

// standingWidth is how wide a standing is printed.
const standingWidth = len(standsUnresolvable)

// printStandings prints a line for each lexicon, and below it what is not plain.
func (p *publication) printStandings(list []compared) error {
	if p.format.isJSON() {
		return p.printJSON(standingsJSON(list))
	}
	var b strings.Builder
	for _, l := range list {
		fmt.Fprintf(&b, "%-*s  %s\n", standingWidth, l.standing, l.id)
		switch l.standing {
		case standsSame, standsNew:
		case standsChanged:
			fmt.Fprintf(&b, "%*s  here       %s\n", standingWidth, "", textOf(l.local.CID))
			fmt.Fprintf(&b, "%*s  published  %s\n", standingWidth, "", textOf(l.published.CID))
		case standsPublished:
			fmt.Fprintf(&b, "%*s  by %s\n", standingWidth, "", l.authority)
		case standsUnresolvable:
			fmt.Fprintf(&b, "%*s  %s\n", standingWidth, "", visible.Text(l.reason))
		}
	}
	return p.print(b.String())
}

// standingJSON is the form of a line for programs.
type standingJSON struct {
	ID        syntax.NSID `json:"id"`
	Standing  standing    `json:"status"`
	Local     string      `json:"local,omitempty"`     // CID
	Published string      `json:"published,omitempty"` // CID
	Authority syntax.DID  `json:"authority,omitempty"`
	Reason    string      `json:"reason,omitempty"`
}

func standingsJSON(list []compared) []standingJSON {
	lines := make([]standingJSON, 0, len(list))
	for _, l := range list {
		lines = append(lines, standingJSON{l.id, l.standing, textOf(l.local.CID), textOf(l.published.CID), l.authority, l.reason})
	}
	return lines
}
