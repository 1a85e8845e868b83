package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// schemaCollection is where lexicons are published; the key of a record is the NSID
// (LE-05).
const schemaCollection = "com.atproto.lexicon.schema"

// local reads the lexicons of the project that the arguments name, in the order of
// their NSIDs: those of folders and files, like breaking. Without arguments these are
// all but those that are installed.
func (p *publication) local(c *cobra.Command) ([]Published, error) {
	if err := p.findLexicons(c); err != nil {
		return nil, err
	}
	s, report := newSettings(), &diag.Report{}
	if err := p.base(c.Context(), s, report); err != nil {
		return nil, err
	}
	if report.HasErrors() {
		return nil, p.refusedBy(report.Diagnostics())
	}
	if err := p.project(c.Context()); err != nil {
		return nil, err
	}
	own, others := ownSources(s.sources)
	l, err := loadLexicons(c.Context(), own, others, s.excludes)
	if err != nil {
		return nil, err
	}
	if list := l.errors(); len(list) > 0 {
		return nil, p.refusedBy(list)
	}
	return p.records(c.Context(), l)
}

// refusedBy ends a run before anybody was asked.
func (p *publication) refusedBy(list []diag.Diagnostic) error {
	if err := p.printDiagnostics(list); err != nil {
		return err
	}
	return &exitError{statusProblem, fmt.Errorf("%s; nothing was asked or sent", tally(list))}
}

// records makes of lexicons what is published. What cannot be is all told at once.
func (p *publication) records(ctx context.Context, l *lexicons) ([]Published, error) {
	var list []Published
	var faults []error
	installed := 0
	for _, lexicon := range l.graph.Lexicons {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := syntax.NSID(lexicon.ID)
		if !l.owns(lexicon) || !p.named(id) {
			if l.owns(lexicon) && len(p.patterns) == 0 {
				installed++
			}
			continue
		}
		record, err := recordOf(id, lexicon)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", id, err))
		}
		list = append(list, record)
	}
	p.tellInstalled(installed)
	for _, pattern := range p.patterns {
		if !slices.ContainsFunc(list, func(r Published) bool { return pattern.MatchID(string(r.NSID)) }) {
			p.unmatched = append(p.unmatched, pattern)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, &exitError{statusProblem, err}
	}
	slices.SortFunc(list, func(a, b Published) int { return strings.Compare(string(a.NSID), string(b.NSID)) })
	return list, nil
}

// recordOf returns the record of a lexicon: all that its file says, and the type.
func recordOf(id syntax.NSID, lexicon *resolver.Lexicon) (Published, error) {
	r := Published{NSID: id}
	if _, err := syntax.ParseNSID(lexicon.ID); err != nil {
		return r, err
	}
	var v any
	if err := lex.DecodeJSON(lexicon.Doc.File.Source(), &v); err != nil {
		return r, fmt.Errorf("no record can say it: %w", err)
	}
	fields, ok := v.(map[string]any)
	if !ok {
		return r, errors.New("it is no object")
	}
	if t, ok := fields["$type"]; ok && t != schemaCollection {
		return r, fmt.Errorf("its $type is another one than %s: leave it out", schemaCollection)
	}
	fields["$type"] = schemaCollection
	record, err := lex.MarshalCBOR(fields)
	if err != nil {
		return r, err
	}
	if len(record) > repo.MaxRecord {
		return r, fmt.Errorf("it has %d bytes as a record, and %d are allowed: split it", len(record), repo.MaxRecord)
	}
	r.CID = cid.Sum(cid.DagCBOR, record)
	r.JSON, err = lex.MarshalJSON(fields)
	return r, err
}
