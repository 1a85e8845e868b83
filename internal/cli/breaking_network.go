package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/resolver"
	schema "github.com/lexgen/lexgen/resolver/network"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Versions to compare with that are neither files nor commits.
const (
	againstPublished = "published" // what the accounts in charge have published
)

// isNetworkBase reports whether a version to compare with is one of these, and not a
// folder of that name.
func isNetworkBase(text string) bool { return text == againstPublished }

// publishedVersions loads the lexicons as they are and as they are published. Those of
// others that the published ones refer to are the published ones, too, where they can
// be had, and else those of the project.
func (b *breakingRun) publishedVersions(ctx context.Context, own, others []resolver.Source, excludes []string) (old, is *lexicons, err error) {
	if is, err = loadLexicons(ctx, own, others, excludes); err != nil {
		return nil, nil, err
	}
	defer b.net.open()()
	names, err := b.publishedNames(ctx, is)
	if err != nil {
		return nil, nil, err
	}
	line := newProgress(b.world, b.stderr)
	defer line.stop()
	results, err := schema.Collect(ctx, b.net.schemas, names, schema.CollectOptions{
		Found: func(r schema.Result) { line.step("asking for what is published: " + string(r.NSID)) },
	})
	if err != nil {
		return nil, nil, err
	}
	var ours, foreign []schema.Result
	var faults []error
	for _, r := range results {
		switch {
		case !slices.Contains(names, r.NSID):
			foreign = append(foreign, r)
		case errors.Is(r.Err, lexnet.ErrNotFound) || errors.Is(r.Err, lexnet.ErrAuthority):
			// is new
		case r.Err != nil:
			faults = append(faults, fmt.Errorf("%s: %s", r.NSID, reasonOfName(r.Err)))
		default:
			ours = append(ours, r)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, &exitError{statusProblem, err}
	}
	others = slices.Concat([]resolver.Source{schema.Source("published by others", foreign)}, others)
	old, err = loadLexicons(ctx, []resolver.Source{schema.Source(againstPublished, ours)}, others, nil)
	return old, is, err
}

// publishedNames returns the lexicons of the project, and those that the accounts in
// charge of them list beside these, which it may have had. It is up to the server
// which it lists.
func (b *breakingRun) publishedNames(ctx context.Context, is *lexicons) ([]syntax.NSID, error) {
	var local []Published
	for _, lexicon := range is.graph.Lexicons {
		if id, err := syntax.ParseNSID(lexicon.ID); err == nil && is.owns(lexicon) {
			local = append(local, Published{NSID: id})
		}
	}
	domains, err := b.net.domains(ctx, local)
	if err != nil {
		return nil, err
	}
	names := map[syntax.NSID]bool{}
	for _, r := range local {
		names[r.NSID] = true
	}
	asked := map[syntax.DID]*listing{}
	for _, d := range domains {
		if d.err != nil {
			continue // which is said of each lexicon
		}
		if asked[d.did] == nil {
			asked[d.did] = b.net.listing(ctx, d.did)
		}
		for _, r := range asked[d.did].below(b.net, d.name) {
			names[r.NSID] = true
		}
	}
	return sortedKeys(names), ctx.Err()
}

func sortedKeys(names map[syntax.NSID]bool) []syntax.NSID {
	var list []syntax.NSID
	for name := range names {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// publishedSource are lexicons that an account has published. Their paths lead nowhere
// on this machine.
type publishedSource struct {
	did      syntax.DID
	lexicons []Published
}

// Name returns where the records are.
func (s publishedSource) Name() string { return "at://" + string(s.did) + "/" + schemaCollection }

// Files returns the records.
func (s publishedSource) Files(context.Context) ([]resolver.File, error) {
	files := make([]resolver.File, 0, len(s.lexicons))
	for _, r := range s.lexicons {
		rel := strings.ReplaceAll(string(r.NSID), ".", "/") + ".json"
		data, err := lexnet.Encode(r.JSON)
		if err != nil {
			return nil, &sourceError{fmt.Errorf("%s: %w", r.NSID, err)}
		}
		text, err := (&lexnet.Lexicon{NSID: r.NSID, DID: s.did, Data: data}).Text()
		if err != nil {
			return nil, &sourceError{fmt.Errorf("%s: %w", r.NSID, err)}
		}
		files = append(files, resolver.File{Path: s.Name() + "/" + string(r.NSID), Rel: rel, Data: text})
	}
	return files, nil
}
