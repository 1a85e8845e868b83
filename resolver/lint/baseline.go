package lint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// Baseline is what a project has accepted: findings, each with a reason. Its
// file is a JSON object with the one key accepted, a list of objects with the
// keys rule (a code), at (the id of a lexicon and a JSON pointer into it) and
// reason. Moving a definition inside of its file, or the file, changes nothing.
type Baseline struct {
	entries []entry
	index   map[place]int // of entries
}

// place is where one rule speaks.
type place struct{ rule, at string }

// entry accepts one finding, or several of one rule at one place.
type entry struct {
	Rule   string `json:"rule"`
	At     string `json:"at"`
	Reason string `json:"reason"`

	span diag.Span
}

// lexicon returns the id in front of the pointer.
func (e entry) lexicon() string {
	id, _, _ := strings.Cut(e.At, "/")
	return id
}

// compareEntries orders by place and rule.
func compareEntries(a, b entry) int {
	return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Rule, b.Rule))
}

// ReadBaseline reads a baseline and reports mistakes in it as errors. The result
// is what could be read, and never nil.
func ReadBaseline(file *diag.File, r *diag.Report) *Baseline {
	b := &Baseline{index: map[place]int{}}
	root, _ := jsontree.Parse(file, r)
	if root == nil {
		return b
	}
	object, _ := root.(*jsontree.Object)
	if object == nil || len(object.Members) != 1 || object.Members[0].Key.Text != "accepted" {
		r.Error(diag.CodeConfigInvalid, root, `a baseline is an object with the one key "accepted"`)
		return b
	}
	list, ok := object.Members[0].Value.(*jsontree.Array)
	if !ok {
		r.Error(diag.CodeConfigInvalid, object.Members[0].Value, `"accepted" must be an array`)
		return b
	}
	for _, item := range list.Items {
		if e, ok := readEntry(item, r); ok {
			b.add(e, r)
		}
	}
	return b
}

// add adds an entry, or reports that it is there already.
func (b *Baseline) add(e entry, r *diag.Report) {
	key := place{e.Rule, e.At}
	if first, twice := b.index[key]; twice {
		r.Error(diag.CodeConfigInvalid, e.span, fmt.Sprintf("%s at %s is accepted twice", e.Rule, e.At),
			diag.WithNote(b.entries[first].span, "it is here first"))
		return
	}
	b.index[key] = len(b.entries)
	b.entries = append(b.entries, e)
}

// readEntry reads one entry, or reports what is wrong with it.
func readEntry(v jsontree.Value, r *diag.Report) (entry, bool) {
	e := entry{span: v.Span()}
	o, ok := v.(*jsontree.Object)
	if !ok {
		r.Error(diag.CodeConfigInvalid, v, "an entry is an object with rule, at and reason")
		return e, false
	}
	for key, field := range map[string]*string{"rule": &e.Rule, "at": &e.At, "reason": &e.Reason} {
		if s, ok := o.Get(key).(*jsontree.String); ok {
			*field = strings.TrimSpace(s.Text)
		}
	}
	switch code := diag.Code(e.Rule); {
	case len(o.Members) != 3 || e.Rule == "" || e.At == "" || e.Reason == "":
		r.Error(diag.CodeConfigInvalid, v, "an entry has the keys rule, at and reason, none of them empty, and no other")
	case !known(code):
		r.Error(diag.CodeConfigInvalid, o.Get("rule"), fmt.Sprintf("no rule has the code %q", code), diag.Suggest(nearest(e.Rule, codeNames())))
	case !acceptable(code):
		r.Error(diag.CodeConfigInvalid, o.Get("rule"), fmt.Sprintf("%s is an error of the language, and cannot be accepted", code))
	default:
		return e, true
	}
	return e, false
}

func codeNames() []string {
	var names []string
	for _, code := range Codes() {
		names = append(names, string(code))
	}
	return names
}

// acceptable reports whether a project may live with what has the code.
func acceptable(code diag.Code) bool { return ruleOf(code) != nil || defaultLevel(code) != Error }

// Accept moves what the baseline accepts from the result's Findings to Accepted,
// and warns of entries that accept nothing. Entries about lexicons that were not
// looked at, and for rules that are off, are not judged.
func (b *Baseline) Accept(result *Result, to *diag.Report) {
	used := make([]bool, len(b.entries))
	var left []Finding
	for _, f := range result.Findings {
		if i, ok := b.find(result, f); ok {
			used[i] = true
			f.Reason = b.entries[i].Reason
			result.Accepted = append(result.Accepted, f)
			continue
		}
		left = append(left, f)
	}
	result.Findings = left
	for i, e := range b.entries {
		if !used[i] && result.judges(e) {
			to.Warning(diag.CodeBaselineUnused, e.span, fmt.Sprintf("no %s is found at %s", e.Rule, e.At),
				diag.Help("remove the entry; lexgen lint --accept does so"))
		}
	}
}

// find returns the index of the entry that accepts a finding.
func (b *Baseline) find(result *Result, f Finding) (i int, ok bool) {
	if len(b.entries) > 0 && acceptable(f.Code) {
		i, ok = b.index[place{string(f.Code), result.place(f)}]
	}
	return i, ok
}

// place returns where a finding is, as a baseline says it: the id of its lexicon
// and the pointer; in a file without an id its path.
func (r *Result) place(f Finding) string {
	name := f.Span.Path()
	if o, ok := r.run.trees.of(f.Span.File).(*jsontree.Object); ok {
		if id, ok := o.Get("id").(*jsontree.String); ok {
			name = id.Text
		}
	}
	return name + r.run.trees.pointer(f.Span)
}

// judges reports whether an entry would have accepted something if there had
// been anything.
func (r *Result) judges(e entry) bool {
	if r.run.Levels.of(diag.Code(e.Rule), r.run.Strict) == Off {
		return false
	}
	lexicon := r.run.graph.Lexicon(e.lexicon())
	if lexicon == nil {
		return !r.run.Partial
	}
	return slices.Contains(r.run.linted, lexicon)
}

// With returns the text of a baseline that accepts the result's findings for a
// reason, besides what b accepts already: entries of b stay as they are, but for
// those that accept nothing. Errors of the language cannot be accepted and are
// left out. It is called before Accept.
func (b *Baseline) With(result *Result, reason string) []byte {
	var entries []entry
	used := make([]bool, len(b.entries))
	for _, f := range result.Findings {
		if i, ok := b.find(result, f); ok {
			used[i] = true
		} else if acceptable(f.Code) {
			entries = append(entries, entry{Rule: string(f.Code), At: result.place(f), Reason: reason})
		}
	}
	for i, e := range b.entries {
		if used[i] || !result.judges(e) {
			entries = append(entries, e)
		}
	}
	slices.SortStableFunc(entries, compareEntries)
	return format(slices.CompactFunc(entries, func(a, b entry) bool { return compareEntries(a, b) == 0 }))
}

// format writes a baseline, one entry a line so that changes are easy to read.
func format(entries []entry) []byte {
	var b strings.Builder
	b.WriteString("{\n  \"accepted\": [")
	for i, e := range entries {
		if i > 0 {
			b.WriteString(",")
		}
		line, _ := json.Marshal(e) //nolint:errchkjson // strings have always a JSON form
		b.WriteString("\n    " + string(line))
	}
	b.WriteString("\n  ]\n}\n")
	return []byte(b.String())
}
