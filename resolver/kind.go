package resolver

import (
	"fmt"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// mayLead reports whether a reference may lead to a definition of the type
// (LX-18). Types that cannot be named at all are let through: their definition
// was reported.
func mayLead(at place, t parser.Type) bool {
	switch t.(type) {
	case nil, *parser.Ref, *parser.Union, *parser.Unknown, *parser.Params, *parser.Permission:
		return true
	case *parser.Object, *parser.Record:
		return true
	case *parser.Boolean, *parser.Integer, *parser.String, *parser.Bytes, *parser.CIDLink, *parser.Blob, *parser.Array:
		return at == inRef
	case *parser.Token, *parser.Query, *parser.Procedure, *parser.Subscription, *parser.PermissionSet:
		return false
	default:
		panic(fmt.Sprintf("resolver: reference to %T", t))
	}
}

// wrongKind reports a reference to a definition that it may not lead to, at
// both places.
func (l *linker) wrongKind(ref *parser.Reference, at place, target *Def) {
	kind := withArticle(kindOf(target.AST.Type))
	source := "a ref"
	if at == inUnion {
		source = "a union"
	}
	l.report.Error(diag.CodeWrongKindReference, ref,
		fmt.Sprintf("%s cannot refer to %s, which is %s", source, target.ID(), kind),
		diag.WithNote(target.AST.Name, fmt.Sprintf("%s is defined here as %s", target.ID(), kind)),
		diag.Help(instead(at, target)))
}

// instead says what to write in place of a reference of the wrong kind.
func instead(at place, target *Def) string {
	_, isToken := target.AST.Type.(*parser.Token)
	switch {
	case isToken:
		return fmt.Sprintf("a token is only a name: use a string that lists %q in its knownValues", target.ID())
	case at == inUnion:
		return "the members of a union are objects and records: wrap the value in an object"
	default:
		return "move what is shared into a definition of its own and refer to that"
	}
}

// kindOf returns the keyword of a type.
func kindOf(t parser.Type) string {
	switch t.(type) {
	case *parser.Boolean:
		return "boolean"
	case *parser.Integer:
		return "integer"
	case *parser.String:
		return "string"
	case *parser.Bytes:
		return "bytes"
	case *parser.CIDLink:
		return "cid-link"
	case *parser.Blob:
		return "blob"
	case *parser.Array:
		return "array"
	case *parser.Token:
		return "token"
	case *parser.Query:
		return "query"
	case *parser.Procedure:
		return "procedure"
	case *parser.Subscription:
		return "subscription"
	case *parser.PermissionSet:
		return "permission-set"
	default:
		panic(fmt.Sprintf("resolver: kind of %T", t))
	}
}

// withArticle puts "a" or "an" before a keyword.
func withArticle(keyword string) string {
	switch keyword {
	case "integer", "array":
		return "an " + keyword
	case "bytes":
		return keyword
	default:
		return "a " + keyword
	}
}
