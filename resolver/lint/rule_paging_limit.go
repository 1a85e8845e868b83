package lint

import (
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// limitName is the parameter that says how long a page is at most.
const limitName = "limit"

// pagingLimit finds queries in pages whose length nothing bounds (LE-13).
var pagingLimit = &Rule{Code: diag.CodePagingLimit, typ: func(p *pass, at *site) {
	query, ok := at.typ.(*parser.Query)
	if !ok || query.Parameters == nil {
		return
	}
	cursor, limit := propertyOf(query.Parameters, cursorName), propertyOf(query.Parameters, limitName)
	if limit == nil {
		if cursor != nil {
			p.report(cursor.Name, "the query has pages, and no limit says how long they are",
				diag.Help(`add an integer "limit" with minimum, maximum and default`))
		}
		return
	}
	switch n, ok := limit.Type.(*parser.Integer); {
	case !ok:
		p.report(limit.Name, "the limit is no integer")
	case limit.Required:
		p.report(limit.Name, "the limit is required", diag.Help("give it a default instead"))
	case n.Minimum == nil || n.Maximum == nil || n.Default == nil:
		p.report(limit.Name, "the limit has no bounds or no default", diag.Help("add minimum, maximum and default"))
	}
}}
