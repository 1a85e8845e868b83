package parser

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// arrayType lowers an array (LX-15).
func (l *lowering) arrayType(o *jsontree.Object, common Common) *Array {
	t := &Array{
		Common:    common,
		Items:     l.nested(o.Get("items")),
		MinLength: l.integer(o, "minLength"),
		MaxLength: l.integer(o, "maxLength"),
	}
	l.order("minLength", t.MinLength, "maxLength", t.MaxLength)
	return t
}

// objectType lowers an object (LX-15, LX-16).
func (l *lowering) objectType(o *jsontree.Object, common Common) *Object {
	t := &Object{Common: common, Required: l.texts(o, "required"), Nullable: l.texts(o, "nullable")}
	t.Properties = l.properties(o, t.Required, t.Nullable)
	l.unknownProperties(o, "required", diag.CodeRequiredUnknownProperty, t.Required)
	l.unknownProperties(o, "nullable", diag.CodeNullableUnknownProperty, t.Nullable)
	return t
}

// paramsType lowers the parameters of a method, nil if there are none (LX-12).
func (l *lowering) paramsType(o *jsontree.Object) *Params {
	params := l.object(o, "parameters")
	if params == nil {
		return nil
	}
	t := &Params{Common: l.common(params), Required: l.texts(params, "required")}
	if t.Keyword.Value != "params" {
		return nil
	}
	t.Properties = l.properties(params, t.Required, nil)
	l.unknownProperties(params, "required", diag.CodeRequiredUnknownProperty, t.Required)
	return t
}

// properties lowers the properties of an object or the parameters of params.
func (l *lowering) properties(o *jsontree.Object, required, nullable []Text) []*Property {
	properties := l.object(o, "properties")
	if properties == nil {
		return nil
	}
	isRequired, isNullable := set(required), set(nullable)
	list := make([]*Property, 0, len(properties.Members))
	for _, m := range properties.Members {
		if severity, refused := l.faults.refused[m.Value]; refused && severity == diag.Warning {
			continue
		}
		name := textOf(m.Key)
		list = append(list, &Property{
			Name:     name,
			Type:     l.nested(m.Value),
			Required: isRequired[name.Value],
			Nullable: isNullable[name.Value],
		})
	}
	return list
}

// nested lowers the type of a property or of an array's items, and reports an
// object there: it has no name, and what is generated for it gets a made-up
// one.
func (l *lowering) nested(v jsontree.Value) Type {
	t := l.typ(v)
	if object, ok := t.(*Object); ok {
		l.report.Warning(diag.CodeInlineObject, object.Keyword, "the object is written where it is used and has no name",
			diag.Help("move it to defs and refer to it by name"))
	}
	return t
}

// unknownProperties reports names in a list that no property has.
func (l *lowering) unknownProperties(o *jsontree.Object, list string, code diag.Code, names []Text) {
	if v := o.Get("properties"); v != nil && l.refused(v) {
		return // what was meant to be there is not known
	}
	known := memberNames(l.object(o, "properties"))
	seen := make(map[string]bool, len(known)+len(names))
	for _, name := range known {
		seen[name] = true
	}
	suggested := 0
	for _, name := range names {
		if seen[name.Value] {
			continue
		}
		seen[name.Value] = true
		help := ""
		if suggested++; suggested <= maxSuggested {
			help = nearest(name.Value, known)
		}
		l.report.Error(code, name, fmt.Sprintf("%q lists %s, and there is no such property", list, quote(name.Value)), diag.Suggest(help))
	}
}

// maxSuggested is for how many unknown names of one list others are suggested: each
// is compared with all properties.
const maxSuggested = 20

// memberNames returns the names of an object's members; the object may be nil.
func memberNames(o *jsontree.Object) []string {
	if o == nil {
		return nil
	}
	names := make([]string, len(o.Members))
	for i, m := range o.Members {
		names[i] = m.Key.Text
	}
	return names
}

func set(names []Text) map[string]bool {
	set := make(map[string]bool, len(names))
	for _, name := range names {
		set[name.Value] = true
	}
	return set
}
