package cli

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/config"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/cid"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// installFolder is where lexicons are installed unless somebody says otherwise.
const installFolder = "lexicons"

// An installation is where lexicons are installed, and where they may come from besides the
// network.
type installation struct {
	into, lock  string // as the working directory sees them
	sources     []resolver.Source
	frozen      []resolver.Source
	authorities map[syntax.NSIDPattern]syntax.DID
}

// defaultPlace is the place in a folder without lexgen.yaml.
func defaultPlace(folder string) *installation {
	return &installation{
		into: filepath.Join(folder, installFolder), lock: filepath.Join(folder, lockName),
		authorities: map[syntax.NSIDPattern]syntax.DID{},
	}
}

// placeOf returns the place that lexgen.yaml names. What makes no sense is reported.
func placeOf(c *config.Config, report *diag.Report) *installation {
	p := defaultPlace(c.Folder())
	f := fromConfig{settings: newSettings(), config: c, report: report}
	if c.Install.Into.Present() {
		p.into = c.Path(c.Install.Into.Value)
	}
	if c.Install.Lock.Present() {
		p.lock = c.Path(c.Install.Lock.Value)
	}
	for _, e := range c.Authorities {
		pattern, patternErr := syntax.ParseNSIDPattern(e.Key.Value)
		f.invalid(e.Key, patternErr)
		did, didErr := syntax.ParseDID(e.Value.Value)
		f.invalid(e.Value, didErr)
		if patternErr == nil && didErr == nil {
			p.authorities[pattern] = did
		}
	}
	p.sources, p.frozen = f.all(c.Install.Sources), f.all(c.Install.Frozen)
	return p
}

// all returns the sources of a list.
func (f *fromConfig) all(list []config.Source) []resolver.Source {
	var sources []resolver.Source
	for _, source := range list {
		if isGit(source.Value) {
			spec, err := resolver.ParseGitSpec(source.Value)
			f.invalid(source, err)
			spec.Folder = f.config.Folder()
			sources = append(sources, readable{resolver.GitCommit(spec)})
			continue
		}
		if s, ok := f.source(source); ok {
			sources = append(sources, s)
		}
	}
	return sources
}

// findPlace reads lexgen.yaml, if there is one, and puts the flags over it.
func (i *installing) findPlace(c *cobra.Command, report *diag.Report) error {
	path := i.flags.config
	if path == "" {
		found, err := config.Find(".")
		if err != nil {
			return &exitError{statusProblem, err}
		}
		path = found
	}
	i.place = defaultPlace(".")
	if path != "" {
		file, err := i.readConfig(c.Context(), path, report)
		if err != nil || report.HasErrors() {
			return err
		}
		i.configuration = file
		i.place = placeOf(file, report)
	}
	if i.into != "" {
		i.place.into = i.into
	}
	if i.lockFile != "" {
		i.place.lock = i.lockFile
	}
	maps.Copy(i.place.authorities, i.overrides)
	named, err := sourcesOf(i.from)
	i.place.sources = slices.Concat(named, i.place.sources)
	return err
}

// parseAuthorities reads PATTERN=DID (LE-11).
func parseAuthorities(texts []string) (map[syntax.NSIDPattern]syntax.DID, error) {
	all := map[syntax.NSIDPattern]syntax.DID{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return nil, misuse("--authority %q: want PATTERN=DID, such as com.example.*=did:plc:ewvi7nxzyoun6zhxrhs64oiz", text)
		}
		pattern, err := syntax.ParseNSIDPattern(name)
		if err != nil {
			return nil, misuse("--authority: %w", err)
		}
		did, err := syntax.ParseDID(value)
		if err != nil {
			return nil, misuse("--authority %s: %w", name, err)
		}
		all[pattern] = did
	}
	return all, nil
}

// path returns where a lexicon is installed: each segment of its NSID is a folder.
func (p *installation) path(nsid syntax.NSID) string {
	return filepath.Join(p.into, filepath.FromSlash(strings.ReplaceAll(string(nsid), ".", "/"))+".json")
}

// installed is the file of a lexicon.
type installed struct {
	text []byte
	cid  cid.CID // undefined if the file cannot be read
	err  error   // why, fs.ErrNotExist if it is not there
}

// read reads the installed file of a lexicon.
func (p *installation) read(nsid syntax.NSID) installed {
	text, err := readFile(p.path(nsid), jsontree.MaxSize+1)
	if err != nil {
		return installed{err: err}
	}
	return installedAs(text)
}

// installedAs returns what a text is.
func installedAs(text []byte) installed {
	if len(text) > jsontree.MaxSize {
		return installed{err: fmt.Errorf("it has more than %d bytes", jsontree.MaxSize)}
	}
	c, err := lexnet.CIDOf(text)
	return installed{text: text, cid: c, err: err}
}

// lexiconsIn reads the lexicons of sources by their id, in the order of the sources. The
// first of a list counts, unless another one is pinned.
func lexiconsIn(ctx context.Context, sources []resolver.Source) (map[syntax.NSID][]sourced, error) {
	found := map[syntax.NSID][]sourced{}
	for _, source := range sources {
		set, err := resolver.Load(ctx, []resolver.Source{source}, &diag.Report{}, resolver.LoadOptions{})
		if err != nil {
			return nil, statusOfRun(err, "")
		}
		for _, doc := range set.Documents() {
			nsid, err := syntax.ParseNSID(doc.ID.Value)
			if err != nil {
				continue
			}
			found[nsid] = append(found[nsid], sourced{name: source.Name(), path: doc.File.Path(), text: doc.File.Source()})
		}
	}
	return found, nil
}

// sourced is a lexicon in a source.
type sourced struct {
	name string // of the source
	path string
	text []byte
}
