package parser

import "github.com/lexgen/lexgen/parser/jsontree"

// typ lowers a type. It returns nil if the value was refused or is of a type
// that has no place there.
func (l *lowering) typ(v jsontree.Value) Type {
	o, ok := v.(*jsontree.Object)
	if !ok || l.refused(o) {
		return nil
	}
	common := l.common(o)
	switch common.Keyword.Value {
	case "boolean":
		return l.booleanType(o, common)
	case "integer":
		return l.integerType(o, common)
	case "string":
		return l.stringType(o, common)
	case "bytes":
		return l.bytesType(o, common)
	case "cid-link":
		return &CIDLink{common}
	case "blob":
		return l.blobType(o, common)
	case "array":
		return l.arrayType(o, common)
	case "object":
		return l.objectType(o, common)
	case "token":
		return &Token{common}
	case "ref":
		return l.refType(o, common)
	case "union":
		return l.unionType(o, common)
	case "unknown":
		return &Unknown{common}
	default:
		return l.primaryType(o, common)
	}
}

// primaryType lowers what can only be a definition.
func (l *lowering) primaryType(o *jsontree.Object, common Common) Type {
	switch common.Keyword.Value {
	case "record":
		return l.recordType(o, common)
	case "query":
		return &Query{l.method(o, common)}
	case "procedure":
		return &Procedure{Method: l.method(o, common), Input: l.body(o, "input")}
	case "subscription":
		return l.subscriptionType(o, common)
	case "permission-set":
		return l.permissionSetType(o, common)
	default:
		return nil
	}
}

// common lowers what every type has.
func (l *lowering) common(o *jsontree.Object) Common {
	return Common{Node: Node{o.At}, Keyword: l.text(o, "type"), Description: l.text(o, "description")}
}
