package resolver

import (
	"cmp"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// Set is what [Load] read: one document per id, and what was left out.
type Set struct {
	// Files is the number of files read, excluded ones not counted.
	Files int
	// Hidden lists the files that an earlier source hides, sorted by path.
	Hidden []Hidden
	// IdleExclusions are those of LoadOptions.Exclude that left no file out, in
	// their order.
	IdleExclusions []string

	loaded   []*loaded            // one per id, sorted by id
	paths    map[string]fileState // every file that was read, by path
	ghosts   map[string][]ghost   // files without a usable id, by the ids that they may have
	excluded map[string]string    // ids that were left out, to their paths
}

// Hidden is a file whose id an earlier source has too.
type Hidden struct {
	ID   string
	Path string // of the hidden file
	By   string // path of the file that counts
}

// loaded is the lexicon that counts for an id.
type loaded struct {
	id     string
	doc    *parser.Document
	source Source
	order  int // of the source
	path   string
	twins  []string // paths of further files in the same source with this id
}

// fileState says what a file is for the run.
type fileState int

const (
	fileUsed   fileState = iota // a lexicon that counts, or a twin of one
	fileNoID                    // no lexicon that could be referred to
	fileHidden                  // a lexicon that an earlier source hides
)

// Documents returns the documents that count, sorted by id.
func (s *Set) Documents() []*parser.Document {
	docs := make([]*parser.Document, len(s.loaded))
	for i, l := range s.loaded {
		docs[i] = l.doc
	}
	return docs
}

// IDs returns the ids of [Set.Documents], in the same order.
func (s *Set) IDs() []string {
	ids := make([]string, len(s.loaded))
	for i, l := range s.loaded {
		ids[i] = l.id
	}
	return ids
}

// ghost is a file whose id cannot be read because of an error.
type ghost struct {
	path  string
	order int // of the source
}

// addGhost notes the ids that a broken file may have been meant to have,
// judged by the end of its path: x/com/example/feed.json and
// com.example.feed.json both stand for com.example.feed.
func (s *Set) addGhost(in *input) {
	for _, id := range idsOfPath(in.file.Path) {
		s.ghosts[id] = append(s.ghosts[id], ghost{in.file.Path, in.order})
	}
}

// filesOf returns the paths that decide about an id: the file that counts, its
// twins, and broken files that would have come before it.
func (s *Set) filesOf(l *loaded) []string {
	paths := append([]string{l.path}, l.twins...)
	for _, g := range s.ghosts[l.id] {
		if g.order <= l.order {
			paths = append(paths, g.path)
		}
	}
	return paths
}

// minSegments is the least number of segments of an NSID.
const minSegments = 3

// maxGuessed bounds how long an id is guessed from a path, in segments.
const maxGuessed = 12

func idsOfPath(path string) []string {
	segments := strings.FieldsFunc(strings.TrimSuffix(path, ".json"), func(r rune) bool { return r == '/' || r == '.' })
	var ids []string
	for n := minSegments; n <= min(len(segments), maxGuessed); n++ {
		ids = append(ids, strings.Join(segments[len(segments)-n:], "."))
	}
	return ids
}

func (s *Set) sort() {
	slices.SortFunc(s.loaded, func(a, b *loaded) int { return cmp.Compare(a.id, b.id) })
	slices.SortFunc(s.Hidden, func(a, b Hidden) int { return cmp.Compare(a.Path, b.Path) })
}
