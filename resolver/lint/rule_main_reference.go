package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// mainReference finds references that name main, which the id alone does (LX-07).
// The fix leaves the name out.
var mainReference = &Rule{Code: diag.CodeMainReference, Fixes: true, typ: func(p *pass, at *site) {
	for _, ref := range referencesOf(at.typ) {
		if ref.Name == "main" && ref.Value != ref.ID {
			p.mend([]Edit{replaceText(ref, ref.ID)}, ref, fmt.Sprintf("%q leads where the id alone does", ref.Value), diag.Suggest(ref.ID))
		}
	}
}}

// referencesOf returns the references that a type itself is made of, malformed
// ones left out.
func referencesOf(t parser.Type) []*parser.Reference {
	switch t := t.(type) {
	case *parser.Ref:
		if t.Ref != nil && t.Ref.ID != "" {
			return []*parser.Reference{t.Ref}
		}
	case *parser.Union:
		var refs []*parser.Reference
		for _, ref := range t.Refs {
			if ref.ID != "" {
				refs = append(refs, ref)
			}
		}
		return refs
	}
	return nil
}
