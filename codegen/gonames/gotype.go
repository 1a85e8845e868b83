package gonames

import (
	"fmt"
	"path"

	"github.com/lexgen/lexgen/codegen/ir"
)

// typeText returns a Go type as people write it, behind aliases.
func (a aliases) typeText(t ir.GoType) string {
	switch t := t.(type) {
	case ir.Basic:
		return string(t)
	case ir.Runtime:
		return path.Base(t.Path) + "." + t.Name
	case ir.Named:
		return a.of(t.Package.Name + "." + t.Name)
	case ir.Pointer:
		return "*" + a.typeText(t.Elem)
	case ir.Slice:
		return "[]" + a.typeText(t.Elem)
	case ir.Opt:
		return "lex.Opt[" + a.typeText(t.Elem) + "]"
	case ir.Nullable:
		return "lex.Nullable[" + a.typeText(t.Elem) + "]"
	default:
		panic(fmt.Sprintf("gonames: unexpected %T", t)) // a bug in lexgen, not in the input
	}
}
