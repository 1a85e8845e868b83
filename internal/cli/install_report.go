package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
	schema "github.com/lexgen/lexgen/resolver/network"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// show says what would change, and asks whether what breaks is to be written. It returns
// the context of what comes then, see questions.
func (i *installing) show(c *cobra.Command, p *plan) (context.Context, error) {
	ctx := c.Context()
	broken := 0
	if !p.isEmpty() {
		var err error
		if broken, err = i.compare(ctx, p); err != nil {
			return ctx, err
		}
	}
	i.tellChanges(p)
	i.tellTotal(p)
	if broken == 0 || i.yes {
		return ctx, nil
	}
	refusal := &exitError{statusProblem, fmt.Errorf("%s; nothing was written", count(broken, "change breaks", "changes break"))}
	if i.dryRun {
		return ctx, refusal
	}
	q := i.questions(c)
	if q == nil {
		return ctx, &exitError{statusProblem, fmt.Errorf("%w\n--yes writes it all the same", refusal.cause)}
	}
	yes, err := q.agree("write it all the same")
	switch {
	case err != nil:
		return ctx, err
	case !yes:
		return ctx, refusal
	}
	return context.WithoutCancel(ctx), nil
}

// compare compares what was installed with what is to be, prints what is found, and
// returns how much of it breaks. Lexicons that go because nothing refers to them any
// more are not meant.
func (i *installing) compare(ctx context.Context, p *plan) (int, error) {
	var was, gone, is snapshot
	was.name, gone.name, is.name = "what was installed", "what goes", i.place.into
	for _, c := range p.changes {
		rel := strings.ReplaceAll(string(c.nsid), ".", "/") + ".json"
		file := resolver.File{Path: filepath.ToSlash(i.place.path(c.nsid)), Rel: rel}
		if c.wasText != nil && c.was.cid.Defined() {
			file.Data = c.wasText
			if c.kind() == changeGone {
				gone.files = append(gone.files, file)
			} else {
				was.files = append(was.files, file)
			}
		}
		if c.isText != nil {
			file.Data = c.isText
			is.files = append(is.files, file)
		}
	}
	older, err := loadLexicons(ctx, []resolver.Source{was}, []resolver.Source{gone}, nil)
	if err != nil {
		return 0, err
	}
	newer, err := loadLexicons(ctx, []resolver.Source{is}, nil, nil)
	if err != nil {
		return 0, err
	}
	report := &diag.Report{}
	for _, d := range newer.errors() {
		d.Severity = diag.Warning // of others, and not for this project to mend
		report.Add(d)
	}
	b := newBreaking(i.generation, "")
	if i.configuration != nil {
		b.report = &diag.Report{}
		b.fromConfig(i.configuration)
	}
	found := breaking.Compare(older.graph, newer.graph, breaking.Options{
		Old: older.owns, New: newer.owns, Unstable: b.unstable, Unread: func(string) bool { return false },
	})
	found.Suppress(b.suppressions, i.world.now(), &diag.Report{}) // what else is suppressed is not about this
	found.Diagnostics(report)
	list := report.Diagnostics()
	b.tellFindings(found)
	broken := 0
	for _, d := range list {
		if d.Severity == diag.Error {
			broken++
		}
	}
	return broken, i.printDiagnostics(list)
}

// tellChanges lists what changes.
func (i *installing) tellChanges(p *plan) {
	var b strings.Builder
	for _, c := range p.changes {
		for _, line := range i.linesOf(c) {
			b.WriteString(visible.Text(line) + "\n")
		}
	}
	_, _ = i.stderr.Write([]byte(b.String())) // if nobody can be told, that is nobody's to hear of
}

// linesOf describes a change.
func (i *installing) linesOf(c installChange) []string {
	const indent = "      "
	switch c.kind() {
	case changeNew:
		return []string{"  + " + string(c.nsid), indent + c.is.cid.String() + " of " + c.is.origin()}
	case changeOther:
		lines := []string{"  ~ " + string(c.nsid), indent + c.was.cid.String(), indent + c.is.cid.String() + " of " + c.is.origin()}
		return append(lines, movedLine(c)...)
	case changeMoved:
		return append([]string{"  ~ " + string(c.nsid)}, movedLine(c)...)
	case changeRestored:
		return []string{"  ! " + string(c.nsid), indent + c.is.cid.String() + ", whose file was not there, or was edited"}
	case changeGone:
		lines := []string{"  - " + string(c.nsid), indent + "nothing refers to it any more"}
		switch name := i.place.path(c.nsid); {
		case c.isRemove || !isThere(name):
		case c.wasText == nil:
			lines = append(lines, indent+name+" was edited, and stays")
		default:
			lines = append(lines, indent+name+" is your own, and stays")
		}
		return lines
	case changeNone:
		if i.verbose {
			return []string{"    " + string(c.nsid), indent + c.is.cid.String() + " of " + c.is.origin()}
		}
	}
	return nil
}

// movedLine says if a lexicon comes from another account than before.
func movedLine(c installChange) []string {
	if c.was.did() == c.is.did() {
		return nil
	}
	return []string{"      it was that of " + c.was.origin() + ", and is that of " + c.is.origin()}
}

// origin says where a lexicon comes from.
func (p pin) origin() string {
	if did := p.did(); did != "" {
		return string(did)
	}
	return "a source of this project"
}

// tellTotal says how much there is.
func (i *installing) tellTotal(p *plan) {
	var parts []string
	for _, k := range []struct {
		kind changeKind
		name string
	}{{changeNew, "new"}, {changeOther, "changed"}, {changeMoved, "moved"}, {changeRestored, "restored"}, {changeGone, "gone"}} {
		if n := p.count(k.kind); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, k.name))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing changes"}
	}
	text := fmt.Sprintf("%s in %s: %s", count(len(p.next.pins), "lexicon", "lexicons"), i.place.into, strings.Join(parts, ", "))
	if n, since := i.recall.resumed(); n > 0 {
		text += fmt.Sprintf("; %d fetched by a run that began at %s and did not end", n, since.Format("15:04:05"))
	}
	if i.dryRun {
		text += "; nothing is written"
	}
	tellf(i.stderr, "%s", text)
}

// maxFailures is how many lexicons that cannot be installed are listed.
const maxFailures = 20

// notFound is the error for lexicons that cannot be installed. What was fetched is kept
// for the next run if it may find them.
func (i *installing) notFound(found map[syntax.NSID]schema.Result, failures []schema.Result) error {
	if !slices.ContainsFunc(failures, func(r schema.Result) bool { return errors.Is(r.Err, lexnet.ErrUnavailable) }) {
		i.recall.done(i.world.now())
	}
	var errs []error
	for n, r := range failures {
		if n == maxFailures {
			errs = append(errs, fmt.Errorf("and %d more", len(failures)-n))
			break
		}
		errs = append(errs, i.failureOf(found, r))
	}
	errs = append(errs, fmt.Errorf("%d of %s cannot be installed; nothing was written", len(failures), count(len(found), "lexicon", "lexicons")))
	return &exitError{statusProblem, errors.Join(errs...)}
}

// failureOf says why a lexicon cannot be installed, who needs it, and what to do.
func (i *installing) failureOf(found map[syntax.NSID]schema.Result, r schema.Result) error {
	text := fmt.Sprintf("%s: %v", r.NSID, r.Err)
	help := ""
	if e, ok := errors.AsType[*lexnet.Error](r.Err); ok {
		text, help = fmt.Sprintf("%s: %s", r.NSID, e.Reason), e.Help
		if !errors.Is(r.Err, e) || r.Err.Error() != e.Error() {
			text = strings.Replace(fmt.Sprintf("%s: %v", r.NSID, r.Err), e.Error(), e.Reason, 1)
		}
		if errors.Is(e, lexnet.ErrStale) {
			help = fmt.Sprintf("%s; --restored %s takes this one, if the account was restored from a backup", e.Help, e.DID)
		}
		if errors.Is(e, lexnet.ErrForbidden) && !i.net.development {
			help = "--development permits it in a network of your own"
		}
	}
	if by := neededBy(found, r.NSID); by != "" {
		text += "\nneeded by " + by
	}
	if help != "" {
		text += "\n" + help
	}
	return errors.New(text)
}

// neededBy names the lexicons that refer to one.
func neededBy(found map[syntax.NSID]schema.Result, nsid syntax.NSID) string {
	var names []string
	for _, r := range found {
		if r.Document != nil && slices.Contains(schema.References(r.Document), nsid) {
			names = append(names, string(r.NSID))
		}
	}
	slices.Sort(names)
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return and(names)
}

// unfinished ends a run that was stopped while it looked for lexicons.
func (i *installing) unfinished(c *counting, err error) error {
	i.recall.close()
	limited := withinLimits(err, "nothing was written; ask for fewer, here and under \"lexicons\" in "+i.place.lock+
		", or install some of them apart, with --into and --lock")
	if _, isSaid := errors.AsType[*exitError](limited); isSaid {
		return limited
	}
	if n := c.number(); n > 0 && i.recall.folder != "" {
		tellf(i.stderr, "%s found; what was fetched is kept, and the next run goes on there", count(n, "lexicon", "lexicons"))
	}
	return err
}
