package resolver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// LoadOptions changes what [Load] does. The zero value reads everything and
// accepts any path.
type LoadOptions struct {
	// Strict warns of files whose path does not agree with their id.
	Strict bool
	// Exclude leaves files out, with their diagnostics: patterns of ids, see
	// Pattern, and globs of paths, which have a slash or end in .json, where **
	// matches any number of folders and a glob of a folder all below it. Paths
	// are compared as printed and as below their source.
	Exclude []string
}

// Load reads and parses all files of the sources. An id in an earlier source
// hides the same id in later ones. Of files with the same id in one source the
// first by path counts, and each other one is an error with a note at the
// first. Files that cannot be read are diagnostics.
//
// The error says that an exclusion is malformed, that a source could not be
// read, or that ctx ended.
func Load(ctx context.Context, sources []Source, r *diag.Report, opts LoadOptions) (*Set, error) {
	exclude, err := parseExclusions(opts.Exclude)
	if err != nil {
		return nil, err
	}
	inputs, err := readSources(ctx, sources, exclude)
	if err != nil {
		return nil, err
	}
	if err := parseAll(ctx, inputs); err != nil {
		return nil, err
	}
	l := &loader{
		report:  r,
		strict:  opts.Strict,
		exclude: exclude,
		index:   map[string]*loaded{},
		set:     &Set{paths: map[string]fileState{}, ghosts: map[string][]ghost{}, excluded: map[string]string{}},
	}
	for _, in := range inputs {
		l.take(in)
	}
	l.set.IdleExclusions = exclude.idle(opts.Exclude)
	l.set.sort()
	return l.set, nil
}

// input is one file on its way through Load.
type input struct {
	source Source
	order  int // of the source
	file   File
	doc    *parser.Document // nil if the file is no lexicon
	report *diag.Report
}

// readSources reads the files of all sources, in order, without those whose
// path is excluded. All sources are tried before an error is returned.
func readSources(ctx context.Context, sources []Source, exclude exclusions) ([]*input, error) {
	var inputs []*input
	var errs []error
	for order, source := range sources {
		files, err := source.Files(ctx)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for _, file := range files {
			if !exclude.matchPath(file) {
				inputs = append(inputs, &input{source: source, order: order, file: file, report: &diag.Report{}})
			}
		}
	}
	return inputs, errors.Join(errs...)
}

// parse fills doc and report.
func (in *input) parse() {
	file := diag.NewFile(in.file.Path, in.file.Data)
	if in.file.Err != nil {
		in.report.Error(diag.CodeUnreadableFile, diag.Span{File: file}, "file cannot be read: "+in.file.Err.Error())
		return
	}
	in.doc = parser.Parse(file, in.report)
}

// id returns the id of the document, empty if there is none.
func (in *input) id() string {
	if in.doc == nil {
		return ""
	}
	return in.doc.ID.Value
}

// loader puts a Set together, file by file in the order of the sources.
type loader struct {
	report  *diag.Report
	strict  bool
	exclude exclusions
	index   map[string]*loaded
	set     *Set
}

func (l *loader) take(in *input) {
	id := in.id()
	if l.excluded(in, id) {
		return
	}
	l.set.Files++
	l.report.Merge(in.report)
	first, taken := l.index[id]
	switch {
	case id == "":
		l.takeUnnamed(in)
	case !taken:
		l.takeFirst(in, id)
	case first.order == in.order:
		l.takeTwin(in, first)
	default:
		l.takeHidden(in, first)
	}
}

// excluded reports whether an id pattern leaves the file out. A file without
// an id is left out if its path stands for an excluded one.
func (l *loader) excluded(in *input, id string) bool {
	if id != "" {
		if !l.exclude.matchID(id) {
			return false
		}
		l.set.excluded[id] = in.file.Path
		return true
	}
	return slices.ContainsFunc(idsOfPath(in.file.Path), l.exclude.matchID)
}

// takeUnnamed takes a file without an id. If an error is the reason, what
// refers to the id that its path stands for is not reported again.
func (l *loader) takeUnnamed(in *input) {
	l.set.paths[in.file.Path] = fileNoID
	if in.report.HasErrors() {
		l.set.addGhost(in)
	}
}

func (l *loader) takeFirst(in *input, id string) {
	entry := &loaded{id: id, doc: in.doc, source: in.source, order: in.order, path: in.file.Path}
	l.index[id] = entry
	l.set.loaded = append(l.set.loaded, entry)
	l.set.paths[in.file.Path] = fileUsed
	if l.strict {
		l.checkPath(in, id)
	}
}

// takeHidden takes a file that an earlier source hides. One file may be in two
// sources; then nothing is hidden.
func (l *loader) takeHidden(in *input, first *loaded) {
	if _, seen := l.set.paths[in.file.Path]; seen {
		return
	}
	l.set.paths[in.file.Path] = fileHidden
	l.set.Hidden = append(l.set.Hidden, Hidden{ID: first.id, Path: in.file.Path, By: first.path})
}

// takeTwin reports the second file of a source that has an id.
func (l *loader) takeTwin(in *input, first *loaded) {
	first.twins = append(first.twins, in.file.Path)
	l.set.paths[in.file.Path] = fileUsed
	l.report.Error(diag.CodeDuplicateID, in.doc.ID,
		fmt.Sprintf("id %s is also in %s, in the same source", first.id, first.path),
		diag.WithNote(first.doc.ID, "the file that counts for the id"),
		diag.Help("remove one of the files, leave one out with exclude, or put them into two sources: the earlier one counts"))
}

// checkPath warns of a file that does not stand where its id says.
func (l *loader) checkPath(in *input, id string) {
	want := strings.ReplaceAll(id, ".", "/") + ".json"
	if in.file.Path == want || strings.HasSuffix(in.file.Path, "/"+want) {
		return
	}
	l.report.Warning(diag.CodePathMismatch, in.doc.ID,
		fmt.Sprintf("path does not agree with the id %s: a path ending in %s is expected", id, want))
}
