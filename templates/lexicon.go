package templates

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"text/template"
)

//go:embed lexicon/*.tmpl
var lexiconFiles embed.FS

// Kinds returns the kinds of lexicon that [NewLexicon] writes, in the order of
// the specification.
func Kinds() []string {
	return []string{"record", "query", "procedure", "subscription", "permission-set", "defs"}
}

// Lexicon is what the first version of a lexicon depends on. Of the fields for
// one kind those of others have no effect.
type Lexicon struct {
	Kind        string // one of [Kinds]
	ID          string // an NSID
	Description string // a sentence; of a permission set, what a person reads before granting it

	// Of a record.
	Key     string // the kind of record key: tid, nsid, any or literal:KEY
	Subject string // record or account if it is about one of these, else empty

	// Of a query.
	Paged   bool   // answers with pages instead of one record
	Search  bool   // takes words to search for; only if Paged
	Result  string // the property with what was asked for
	ViewRef string // the reference to the type of that, or of its items

	// Of a query or defs.
	View string // the definition that shows a record, empty for none

	// Of a procedure.
	Delete bool // has nothing to answer

	// Of a permission set.
	Title       string
	Collections []string // NSIDs of records that may be written
	Methods     []string // NSIDs of methods that may be called
}

// NewLexicon returns a lexicon as JSON, whose layout is that of the template.
// All texts may be any text. The error says that there is no such kind.
func NewLexicon(l Lexicon) ([]byte, error) {
	if !slices.Contains(Kinds(), l.Kind) {
		return nil, fmt.Errorf("no kind of lexicon is called %q: want %s", l.Kind, strings.Join(Kinds(), ", "))
	}
	var b bytes.Buffer
	if err := lexicons().ExecuteTemplate(&b, l.Kind+".json.tmpl", l); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// lexicons holds the templates of lexicons.
var lexicons = sync.OnceValue(func() *template.Template {
	t := template.New("").Funcs(template.FuncMap{"json": asJSON})
	return template.Must(t.ParseFS(lexiconFiles, "lexicon/*.tmpl")) // embedded: fails in every test or never
})

// asJSON writes a value as JSON that people read.
func asJSON(v any) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}
