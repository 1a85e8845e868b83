package network

import (
	"context"
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Schemas resolves schemas with all that they refer to, and returns what data are held
// against. If one of them cannot be found the error joins the reasons, and the limits are
// the defaults of [CollectOptions]. What a Finder
// remembers is not asked for again, so that this may be called for each record; the
// schemas themselves are made anew by each call.
func Schemas(ctx context.Context, from Finder, nsids ...syntax.NSID) (*validate.Schemas, error) {
	results, err := Collect(ctx, from, nsids, CollectOptions{})
	if err != nil {
		return nil, err
	}
	source := Source("network", results)
	for _, r := range results {
		err = errors.Join(err, r.Err)
	}
	if err != nil {
		return nil, err
	}
	report := &diag.Report{}
	set, err := resolver.Load(ctx, []resolver.Source{source}, report, resolver.LoadOptions{})
	if err != nil {
		return nil, fmt.Errorf("read the schemas: %w", err)
	}
	graph := resolver.Link(set, report)
	for _, d := range report.Diagnostics() {
		if d.Severity == diag.Error {
			return nil, failure(d)
		}
	}
	return validate.New(graph), nil
}

// Source returns the schemas that were found as a source, which a user calls by that
// name.
func Source(name string, results []Result) resolver.Source { return source{name, results} }

type source struct {
	name    string
	results []Result
}

// Name returns the name of the source.
func (s source) Name() string { return s.name }

// Files returns the schemas, named by where they come from.
func (s source) Files(context.Context) ([]resolver.File, error) {
	var files []resolver.File
	for _, r := range s.results {
		if r.Document != nil {
			uri := string(r.Lexicon.URI())
			files = append(files, resolver.File{Path: uri, Rel: string(r.NSID) + ".json", Data: r.Document.File.Source()})
		}
	}
	return files, nil
}
