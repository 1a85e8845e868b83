package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/lexgen/lexgen/parser/diag"
)

// FileName is the name of the configuration of a project.
const FileName = "lexgen.yaml"

// Config is the content of a lexgen.yaml. Lists and maps are in the order of
// the file; what is absent is empty.
type Config struct {
	File            *diag.File
	Sources         []Source // an id in an earlier one hides a later one
	Select, Exclude []Text   // patterns
	Out             Text     // the folder to write below; relative, see Path
	Module          Text     // import path of Out
	Packages        []Entry  // NSID prefix to folder below Out
	Imports         []Entry  // NSID prefix to import path
	Names           []Entry  // id of a definition to Go name
	Docs            Text     // full, structure or none
	CBOR            Text     // reached or all
	Strict          bool
	Authorities     []Entry  // pattern of NSIDs to DID
	Install         Install  // of lexgen install
	Breaking        Breaking // of lexgen breaking
	Lint            Lint     // of lexgen lint

	folder           string
	sourcesAreInline bool // in brackets
}

// Text is a string with its place.
type Text struct {
	At    diag.Span
	Value string
}

// Span returns the place of the string.
func (t Text) Span() diag.Span { return t.At }

// Present reports whether the string is there.
func (t Text) Present() bool { return !t.At.IsZero() }

// Entry is one entry of a map from strings to strings.
type Entry struct{ Key, Value Text }

// Source is one place that Lexicon files come from.
type Source struct {
	Text      // as on the command line: DIR, FILE or go:MODULE@VERSION/PATH
	Sum  Text // of a Go module, as in go.sum; absent for others

	form form
	key  diag.Span // of "source"; no place for plainForm
}

// form says how a source is written, for edits.
type form int

const (
	plainForm form = iota // - TEXT
	blockForm             // - source: TEXT
	flowForm              // {source: TEXT}
)

// Path returns a path of the file as the working directory sees it: relative
// ones are relative to the file's folder.
func (c *Config) Path(name string) string {
	name = filepath.FromSlash(name)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.folder, name)
}

// Folder returns the folder of the file, as the working directory sees it.
func (c *Config) Folder() string { return c.folder }

// Read reads and parses a file. The error says that it cannot be read;
// mistakes in it are diagnostics.
func Read(path string, r *diag.Report) (*Config, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read configuration: %w", err)
	}
	return Parse(diag.NewFile(filepath.ToSlash(path), data), r), nil
}

// readFile reads a file up to the first byte too many, which Parse sees.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", path, errNotRegular)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	return io.ReadAll(io.LimitReader(file, maxSize+1))
}

var errNotRegular = errors.New("not a regular file")

// Parse reads a configuration. With an error in the report, the result is what
// could be read, and may be empty; it is never nil.
func Parse(f *diag.File, r *diag.Report) *Config {
	c := &Config{File: f, folder: filepath.Dir(filepath.FromSlash(f.Path()))}
	own := &diag.Report{}
	tree := parseYAML(f, own)
	if !own.HasErrors() {
		validate(tree, own)
	}
	if !own.HasErrors() {
		c.lower(tree)
	}
	r.Merge(own)
	return c
}

// lower takes the values from a tree that has the right shape.
func (c *Config) lower(tree *mapping) {
	sources, _ := tree.get("sources").(*sequence)
	c.Sources = sourcesOf(sources)
	c.sourcesAreInline = sources != nil && sources.flow
	c.Select = textsOf(tree.get("select"))
	c.Exclude = textsOf(tree.get("exclude"))
	c.Out = textOf(tree.get("out"))
	c.Module = textOf(tree.get("module"))
	c.Packages = entriesOf(tree.get("packages"))
	c.Imports = entriesOf(tree.get("imports"))
	c.Names = entriesOf(tree.get("names"))
	c.Docs = textOf(tree.get("docs"))
	c.CBOR = textOf(tree.get("cbor"))
	c.Authorities = entriesOf(tree.get("authorities"))
	c.Install = installOf(tree.get("install"))
	c.Breaking = breakingOf(tree.get("breaking"))
	c.Lint = lintOf(tree.get("lint"))
	if strict, ok := tree.get("strict").(*scalar); ok {
		c.Strict, _ = strict.value.(bool)
	}
}

func sourcesOf(list *sequence) []Source {
	if list == nil {
		return nil
	}
	var sources []Source
	for _, item := range list.items {
		switch item := item.(type) {
		case *scalar:
			sources = append(sources, Source{Text: textOf(item)})
		case *mapping:
			s := Source{Text: textOf(item.get("source")), Sum: textOf(item.get("sum")), form: blockForm, key: item.member("source").key.At}
			if item.flow {
				s.form = flowForm
			}
			sources = append(sources, s)
		}
	}
	return sources
}

// textOf returns a string, absent if there is none.
func textOf(n node) Text {
	s, ok := n.(*scalar)
	if !ok {
		return Text{}
	}
	value, _ := s.value.(string)
	return Text{At: s.at, Value: value}
}

func textsOf(n node) []Text {
	list, ok := n.(*sequence)
	if !ok {
		return nil
	}
	var texts []Text
	for _, item := range list.items {
		texts = append(texts, textOf(item))
	}
	return texts
}

func entriesOf(n node) []Entry {
	m, ok := n.(*mapping)
	if !ok {
		return nil
	}
	var entries []Entry
	for _, m := range m.members {
		entries = append(entries, Entry{Key: m.key, Value: textOf(m.value)})
	}
	return entries
}
