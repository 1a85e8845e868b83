package codegen

import (
	"strconv"

	"github.com/dave/jennifer/jen"

	"github.com/lexgen/lexgen/codegen/ir"
)

var constsEmitter = Emitter{
	Name: "consts",
	Doc:  "prints tokens, known values, enumerations and scopes as constants",
	Emit: emitConsts,
}

func emitConsts(out *Out, d ir.Decl) {
	group, ok := d.(*ir.Consts)
	if !ok {
		return
	}
	comment(out.Group, group.Doc)
	if len(group.Consts) == 1 {
		comment(out.Group, group.Consts[0].Doc)
		out.Const().Add(constSpec(group.Consts[0]))
		return
	}
	out.Const().DefsFunc(func(g *jen.Group) {
		for _, c := range group.Consts {
			comment(g, c.Doc)
			g.Add(constSpec(c))
		}
	})
}

// constSpec prints NAME [TYPE] = VALUE. Constants without a type are untyped, so that
// they go into fields of every named type.
func constSpec(c ir.Const) *jen.Statement {
	spec := jen.Id(c.Name)
	if c.Type != nil {
		spec.Add(Type(c.Type))
	}
	if v, ok := c.Value.(int64); ok {
		return spec.Op("=").Id(strconv.FormatInt(v, 10))
	}
	return spec.Op("=").Lit(c.Value)
}
