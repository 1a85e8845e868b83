package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/resolver"
	schema "github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Versions to compare with that are neither files nor commits.
const (
	againstPublished = "published" // what the accounts in charge have published
	againstLock      = "lock"      // the installed lexicons that the lock file pins
)

// isNetworkBase reports whether a version to compare with is one of these, and not a
// folder of that name.
func isNetworkBase(text string) bool { return text == againstPublished || text == againstLock }

// publishedVersions loads the lexicons as they are and as they are published. Those of
// others that the published ones refer to are the published ones, too, where they can
// be had, and else those of the project.
func (b *breakingRun) publishedVersions(ctx context.Context, own, others []resolver.Source, excludes []string) (old, is *lexicons, err error) {
	if is, err = loadLexicons(ctx, own, others, excludes); err != nil {
		return nil, nil, err
	}
	if err := b.net.project(ctx); err != nil {
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
		return nil, nil, withinLimits(err, "nothing was compared; --lexicons names the lexicons of one authority, and --against git:REF compares with a commit")
	}
	var ours, foreign []schema.Result
	var faults []error
	for _, r := range results {
		switch {
		case !slices.Contains(names, r.NSID):
			foreign = append(foreign, r)
		case errors.Is(r.Err, lexnet.ErrNotFound) || errors.Is(r.Err, identity.ErrNoRecord):
			// is new
		case r.Err != nil:
			faults = append(faults, fmt.Errorf("%s: %s%s", r.NSID, reasonOfName(r.Err), b.net.staleAdvice(r.Err)))
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

// publishedNames returns the lexicons of the project, but for installed ones, and those that the accounts in
// charge of them list beside these, which it may have had. It is up to the server
// which it lists, and an error if it lists none. What the DNS has no record for is told.
func (b *breakingRun) publishedNames(ctx context.Context, is *lexicons) ([]syntax.NSID, error) {
	var local []Published
	installed := 0
	for _, lexicon := range is.graph.Lexicons {
		id, err := syntax.ParseNSID(lexicon.ID)
		switch {
		case err != nil || !is.owns(lexicon):
		case b.net.isInstalled(id):
			installed++
		default:
			local = append(local, Published{NSID: id})
		}
	}
	b.net.tellInstalled(installed)
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
		if errors.Is(d.err, identity.ErrNoRecord) {
			tellf(b.stderr, "%s: %s, so that this is taken for new", d.contents(), reasonOfName(d.err))
		}
		if d.err != nil {
			continue // which is said of each lexicon
		}
		if asked[d.did] == nil {
			asked[d.did] = b.net.listing(ctx, d.did)
			b.net.tellPassedOver(asked[d.did].at, asked[d.did].passedOver)
		}
		if err := asked[d.did].err; err != nil && ctx.Err() == nil {
			return nil, &exitError{statusProblem, fmt.Errorf("%s: %w; nothing was compared", d.contents(), err)}
		}
		for _, r := range asked[d.did].below(b.net, d.name) {
			names[r.NSID] = true
		}
	}
	return sortedKeys(names), ctx.Err()
}

// lockedVersions loads the lexicons as they are and as the lock file pins them: from
// where these CIDs are still to be had.
func (b *breakingRun) lockedVersions(ctx context.Context, own, others []resolver.Source, excludes []string) (old, is *lexicons, err error) {
	if is, err = loadLexicons(ctx, own, others, excludes); err != nil {
		return nil, nil, err
	}
	if err := b.net.project(ctx); err != nil {
		return nil, nil, err
	}
	if b.net.lock == nil {
		return nil, nil, &exitError{statusProblem, fmt.Errorf("there is no %s, which would say what is installed: lexgen install makes one", b.net.place.lock)}
	}
	i := newInstalling(b.generation)
	i.net, i.place = b.net.net, b.net.place
	find, closed, err := i.finder(ctx, b.net.lock, nil)
	if err != nil {
		return nil, nil, err
	}
	defer closed()
	i.recall.close()
	i.recall = &recall{folder: i.recall.folder, entries: map[syntax.ATURI]cid.CID{}} // without the journal of an install
	line := newProgress(b.world, b.stderr)
	defer line.stop()
	results, err := schema.Collect(ctx, find, b.net.lock.sorted(), schema.CollectOptions{
		Found: func(r schema.Result) { line.step("reading what is pinned: " + string(r.NSID)) },
	})
	if err != nil {
		return nil, nil, withinLimits(err, "nothing was compared; have fewer under \"lexicons\" in "+b.net.place.lock+", and run lexgen install")
	}
	var faults []error
	for _, r := range results {
		if r.Err != nil && b.net.lock.has(r.NSID) {
			faults = append(faults, fmt.Errorf("%s: %w", r.NSID, r.Err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, &exitError{statusProblem, err}
	}
	old, err = loadLexicons(ctx, []resolver.Source{schema.Source(filepath.ToSlash(b.net.place.lock), results)}, others, nil)
	return old, is, err
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
