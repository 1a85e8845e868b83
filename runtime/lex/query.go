package lex

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"unicode/utf8"
)

// MaxQueryValues is the number of values that [DecodeQuery] reads at most.
const MaxQueryValues = 10_000

// AppendQuery appends the parameters v to b as the query part of a URL,
// without a question mark (LX-24): in the order of the schema, arrays by
// repetition, absent ones by the schema's default if they have one, then the
// members of Extra by name, which are scalars or arrays of scalars. v is a
// pointer to generated parameters. An error is an [*Error] with the path to the
// parameter; parameters are not validated.
func AppendQuery(b []byte, v Struct) ([]byte, error) {
	fields, o, err := parameters(v)
	if err != nil {
		return b, asError(err)
	}
	q := queryWriter{b: b, start: len(b)}
	for i := range fields.list {
		if err := q.field(&fields.list[i], o); err != nil {
			return b, asError(err.member(fields.list[i].Name))
		}
	}
	extra := *at[Extra](o.variable.field(fields.extra))
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if _, known := fields.index[name]; known {
			return b, asError(failf("Extra has a member that is a field, too").member(name))
		}
		if err := q.data(name, extra[name]); err != nil {
			return b, asError(err.member(name))
		}
	}
	return q.b, nil
}

// parameters returns the fields of v, and where they are.
func parameters(v Struct) (*members, instance, *Error) {
	schema, x, err := generated(v)
	if err != nil {
		return nil, instance{}, err
	}
	object, ok := schema.(*ObjectSchema)
	if !ok {
		return nil, instance{}, failf("%T is no struct of parameters", v)
	}
	fields, err := object.fields()
	return fields, instance{variable: *at[ptr](x.variable)}, err
}

// queryWriter appends names and values to a query.
type queryWriter struct {
	b     []byte
	start int
}

func (q *queryWriter) add(name, value string) {
	if len(q.b) > q.start {
		q.b = append(q.b, '&')
	}
	q.b = append(q.b, url.QueryEscape(name)...)
	q.b = append(q.b, '=')
	q.b = append(q.b, url.QueryEscape(value)...)
}

func (q *queryWriter) field(f *SchemaField, o instance) *Error {
	switch state, value := f.value(o); state {
	case Present:
		return q.value(f.Name, f.Schema, value.variable)
	case Null:
		return failf("a parameter cannot be null")
	default:
	}
	if value, ok := f.defaultValue(); ok {
		return q.data(f.Name, value)
	}
	return nil
}

// value appends the variable at p.
func (q *queryWriter) value(name string, schema Schema, p ptr) *Error {
	switch schema := schema.(type) {
	case *ScalarSchema:
		switch schema.Kind {
		case KindBoolean:
			return q.data(name, *at[bool](p))
		case KindInteger:
			return q.data(name, *at[int64](p))
		case KindString:
			return q.data(name, *at[string](p))
		default: // refused below
		}
	case *ArraySchema:
		items, err := schema.items()
		if err != nil {
			return err
		}
		list, _ := schema.list(subject{variable: p})
		for i := range list.n {
			if err := q.value(name, items, list.item(i).variable); err != nil {
				return err.item(i)
			}
		}
		return nil
	}
	return noParameter()
}

// noParameter is for types that LX-12 does not allow.
func noParameter() *Error {
	return failf("a parameter must be a boolean, an integer, a string or an array of one of these")
}

// data appends a value of the data model.
func (q *queryWriter) data(name string, value any) *Error {
	switch value := value.(type) {
	case bool:
		q.add(name, strconv.FormatBool(value))
	case int64:
		q.add(name, strconv.FormatInt(value, 10))
	case string:
		q.add(name, value)
	case []any:
		for i, item := range value {
			if _, nested := item.([]any); nested {
				return failf("a parameter cannot hold an array in an array").item(i)
			}
			if err := q.data(name, item); err != nil {
				return err.item(i)
			}
		}
	default:
		return failf("%T cannot be a parameter", value)
	}
	return nil
}

// DecodeQuery replaces the parameters *v by those of the query part of a URL
// (LX-24, LX-25). An empty value counts as absent, and an absent parameter has
// its schema's default (LX-30); one value is enough for an array. Parameters
// that the schema does not know are kept in Extra as a string, or as an array
// of strings where they come more than once; the name __proto__ is refused,
// because JavaScript behind this server would stumble over it. Names and values are
// UTF-8.
//
// An error is an [*Error] with the path to the parameter: it is missing, of
// another type, or given twice without being an array; or the query is
// malformed, or has more than [MaxQueryValues] values. Constraints are not
// checked. On an error *v has no particular value.
func DecodeQuery(query string, v Struct) error {
	fields, o, err := parameters(v)
	if err != nil {
		return asError(err)
	}
	reflect.ValueOf(v).Elem().SetZero()
	values, fault := parseQuery(query)
	if fault != nil {
		return asError(fault)
	}
	for i := range fields.list {
		f := &fields.list[i]
		if err := f.decodeQuery(o, values[f.Name]); err != nil {
			return asError(err.member(f.Name))
		}
		delete(values, f.Name)
	}
	if len(values) == 0 {
		return nil
	}
	extra, err := unknownParameters(values)
	*at[Extra](o.variable.field(fields.extra)) = extra
	return asError(err)
}

// parseQuery returns the values that are not empty, by name.
func parseQuery(query string) (map[string][]string, *Error) {
	n := 1
	for i := range len(query) {
		if query[i] == '&' {
			n++
		}
	}
	if n > MaxQueryValues {
		return nil, failf("more than %d query parameters", MaxQueryValues)
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, failf("malformed query: %v", err)
	}
	if _, ok := values["__proto__"]; ok {
		return nil, failf("not allowed as the name of a parameter").member("__proto__")
	}
	for name, list := range values {
		if list = slices.DeleteFunc(list, func(s string) bool { return s == "" }); len(list) > 0 {
			values[name] = list
		} else {
			delete(values, name)
		}
	}
	return values, nil
}

// unknownParameters returns what the schema does not know, which is text.
func unknownParameters(values map[string][]string) (Extra, *Error) {
	extra := make(Extra, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !utf8.ValidString(name) {
			return nil, failf("expected UTF-8 as the name of a parameter, found %s", quote(name))
		}
		list, err := parseParameters(values[name], "UTF-8", queryText)
		if err != nil {
			return nil, err.member(name)
		}
		if len(list) == 1 {
			extra[name] = list[0]
			continue
		}
		items := make([]any, len(list))
		for i, s := range list {
			items[i] = s
		}
		extra[name] = items
	}
	return extra, nil
}

// decodeQuery gives the field of o its value.
func (f *SchemaField) decodeQuery(o instance, values []string) *Error {
	if len(values) == 0 {
		if !f.setDefault(o) && !f.canMiss() {
			return failf("required, but missing")
		}
		return nil
	}
	variable := o.variable.field(f.field.value)
	var err *Error
	switch schema := f.Schema.(type) {
	case *ScalarSchema:
		if len(values) > 1 {
			return failf("given %d times, but it is no array", len(values))
		}
		err = schema.decodeQuery(variable, values[0])
	case *ArraySchema:
		err = schema.decodeQuery(variable, values)
	default:
		err = noParameter()
	}
	if err == nil {
		f.field.setPresent(o.variable)
	}
	return err
}

// decodeQuery sets the variable, which is zero.
func (s *ScalarSchema) decodeQuery(variable ptr, text string) (err *Error) {
	switch s.Kind {
	case KindBoolean:
		*at[bool](variable), err = parseParameter(text, "true or false", queryBool)
	case KindInteger:
		*at[int64](variable), err = parseParameter(text, "a decimal integer of 64 bits", queryInt)
	case KindString:
		*at[string](variable), err = parseParameter(text, "UTF-8", queryText)
	default:
		err = noParameter()
	}
	return err
}

// decodeQuery sets the variable, a slice.
func (s *ArraySchema) decodeQuery(variable ptr, values []string) (err *Error) {
	items, err := s.items()
	if err != nil {
		return err
	}
	item, ok := items.(*ScalarSchema)
	if !ok {
		return noParameter()
	}
	switch item.Kind {
	case KindBoolean:
		*at[[]bool](variable), err = parseParameters(values, "true or false", queryBool)
	case KindInteger:
		*at[[]int64](variable), err = parseParameters(values, "a decimal integer of 64 bits", queryInt)
	case KindString:
		*at[[]string](variable), err = parseParameters(values, "UTF-8", queryText)
	default:
		err = noParameter()
	}
	return err
}

func parseParameters[T any](values []string, want string, parse func(string) (T, bool)) ([]T, *Error) {
	list := make([]T, len(values))
	for i, text := range values {
		var err *Error
		if list[i], err = parseParameter(text, want, parse); err != nil {
			return nil, err.item(i)
		}
	}
	return list, nil
}

func parseParameter[T any](text, want string, parse func(string) (T, bool)) (T, *Error) {
	v, ok := parse(text)
	if !ok {
		return v, failf("expected %s, found %s", want, quote(text))
	}
	return v, nil
}

func queryBool(s string) (v, ok bool) { return s == "true", s == "true" || s == "false" }

func queryInt(s string) (int64, bool) {
	v, err := strconv.ParseInt(s, 10, 64)
	return v, err == nil && s[0] != '+'
}

func queryText(s string) (string, bool) { return s, utf8.ValidString(s) }
