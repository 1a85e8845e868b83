package diag

import (
	"cmp"
	"embed"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/tools/txtar"
)

//go:embed codes/*.txtar
var codeFiles embed.FS

// Doc is the documentation of a code.
type Doc struct {
	Code     Code
	Severity Severity // as it is found; a file that nothing reaches only warns
	Title    string   // one line
	// Text says what is wrong, why it matters, what to do, and where the rule
	// comes from: paragraphs of plain text, without a newline at the end.
	Text string
	// Example is a set of lexicons that has exactly this problem, once or more,
	// and Fixed the same set without it. Both are empty for a problem that no
	// lexicon can have; Fixed may be empty alone.
	Example, Fixed []ExampleFile
}

// ExampleFile is a file of an example.
type ExampleFile struct {
	Path string // below the source, with slashes
	Data []byte
}

// Lookup returns the documentation of a code, and whether there is such a code.
func Lookup(code Code) (Doc, bool) {
	docs := registry()
	i, ok := slices.BinarySearchFunc(docs, code, func(d Doc, c Code) int { return cmp.Compare(d.Code, c) })
	if !ok {
		return Doc{}, false
	}
	return docs[i], true
}

// Codes returns the documentation of all codes, sorted by code. The slice
// belongs to the caller, what it refers to must not be changed.
func Codes() []Doc { return slices.Clone(registry()) }

// registry is sorted by code.
var registry = sync.OnceValue(func() []Doc {
	var docs []Doc
	entries, err := codeFiles.ReadDir("codes")
	if err != nil {
		panic("diag: embedded documentation: " + err.Error()) // a bug in the build, not in the input
	}
	for _, entry := range entries {
		data, err := codeFiles.ReadFile(path.Join("codes", entry.Name()))
		if err != nil {
			panic("diag: embedded documentation: " + err.Error())
		}
		docs = append(docs, parseDoc(strings.TrimSuffix(entry.Name(), ".txtar"), data))
	}
	slices.SortFunc(docs, func(a, b Doc) int { return cmp.Compare(a.Code, b.Code) })
	return docs
})

// parseDoc reads a file of the folder codes: a txtar archive whose comment is
// "SEVERITY: TITLE", an empty line and the text, with files below example/ and
// fixed/.
func parseDoc(name string, data []byte) Doc {
	archive := txtar.Parse(data)
	head, text, _ := strings.Cut(string(archive.Comment), "\n")
	severity, title, _ := strings.Cut(head, ": ")
	doc := Doc{Code: Code(name), Title: title, Text: strings.TrimSpace(text)}
	if severity == Warning.String() {
		doc.Severity = Warning
	}
	for _, f := range archive.Files {
		if rel, ok := strings.CutPrefix(f.Name, "example/"); ok {
			doc.Example = append(doc.Example, ExampleFile{Path: rel, Data: f.Data})
		}
		if rel, ok := strings.CutPrefix(f.Name, "fixed/"); ok {
			doc.Fixed = append(doc.Fixed, ExampleFile{Path: rel, Data: f.Data})
		}
	}
	return doc
}
