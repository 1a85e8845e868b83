package parser

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const mainName = "main"

// refType lowers a ref (LX-18).
func (l *lowering) refType(o *jsontree.Object, common Common) *Ref {
	t := &Ref{Common: common}
	if text := l.text(o, "ref"); text.Present() {
		t.Ref = l.reference(text)
	} else {
		t.Ref = &Reference{Text: Text{Node: common.Node}}
	}
	return t
}

// reference splits a reference and reports it if it is none (LX-07).
func (l *lowering) reference(text Text) *Reference {
	ref := &Reference{Text: text}
	id, name, hasName := strings.Cut(text.Value, "#")
	if !hasName {
		name = mainName
	}
	if problem := referenceProblem(id, name, hasName); problem != "" {
		l.malformed(text, problem)
		return ref
	}
	if id == "" {
		id = l.id
	}
	ref.ID, ref.Name = id, name
	return ref
}

// referenceProblem says what is wrong with the parts of a reference, nothing
// if they are fine.
func referenceProblem(id, name string, hasName bool) string {
	switch {
	case id == "" && !hasName:
		return "the reference is empty"
	case strings.HasPrefix(id, lexPrefix):
		return `a reference has no prefix "lex:"`
	case name == "":
		return "the reference names no definition behind #"
	case strings.Contains(name, "#"):
		return "the reference has two #"
	case id == "":
		return ""
	}
	_, err := syntax.ParseNSID(id)
	if wrong, ok := errors.AsType[*syntax.Error](err); ok {
		return fmt.Sprintf("%s is no NSID: %s", quote(id), wrong.Reason)
	}
	return ""
}

// lexPrefix is a scheme that some authors put before references.
const lexPrefix = "lex:"

func (l *lowering) malformed(text Text, problem string) {
	l.report.Error(diag.CodeMalformedReference, text, problem,
		diag.Suggest(l.referenceAdvice(text.Value)),
		diag.Help("a reference is NSID, NSID#name, or #name for a definition of the same file"))
}

// referenceAdvice returns a well-formed reference that was probably meant, or
// "".
func (l *lowering) referenceAdvice(text string) string {
	text = strings.TrimSpace(strings.TrimPrefix(text, lexPrefix))
	if l.names[text] {
		return "#" + text
	}
	id, name, hasName := strings.Cut(text, "#")
	if better := nsidAdvice(id); better != "" {
		id = better
	}
	if !hasName && referenceProblem(id, mainName, false) == "" {
		return id
	}
	if hasName && referenceProblem(id, name, true) == "" {
		return id + "#" + name
	}
	return ""
}
