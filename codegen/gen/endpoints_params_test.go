package gen_test

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
)

// eachParam calls f for every value of a query that is made of parameters, in
// order: those of the schema, with defaults, then others by name (LX-24, LX-30).
func eachParam(p *parser.Params, v map[string]any, f func(name string, value any)) {
	names := map[string]bool{}
	for _, prop := range p.Properties {
		names[prop.Name.Value] = true
		if value, ok := v[prop.Name.Value]; ok {
			f(prop.Name.Value, value)
		} else if value := defaultOf(prop.Type); value != nil {
			f(prop.Name.Value, value)
		}
	}
	var others []string
	for name := range v {
		if !names[name] {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		f(name, v[name])
	}
}

// query is the query that parameters make.
func query(p *parser.Params, v map[string]any) string {
	var parts []string
	eachParam(p, v, func(name string, value any) {
		for _, item := range items(value) {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(item))
		}
	})
	return strings.Join(parts, "&")
}

func items(value any) []string {
	switch value := value.(type) {
	case bool:
		return []string{strconv.FormatBool(value)}
	case int64:
		return []string{strconv.FormatInt(value, 10)}
	case string:
		return []string{value}
	case []any:
		var all []string
		for _, item := range value {
			all = append(all, items(item)...)
		}
		return all
	}
	panic(fmt.Sprintf("%T is no parameter", value))
}

// arrived is what a server makes of parameters: empty values are absent, and
// what is absent has its default (LX-25, LX-30).
func arrived(p *parser.Params, v map[string]any) map[string]any {
	got := map[string]any{}
	eachParam(p, v, func(name string, value any) {
		if list, ok := value.([]any); ok {
			list = slices.DeleteFunc(slices.Clone(list), func(item any) bool { return item == "" })
			if len(list) > 0 {
				got[name] = list
			}
		} else if value != "" {
			got[name] = value
		}
	})
	for _, prop := range p.Properties {
		if _, ok := got[prop.Name.Value]; !ok {
			if value := defaultOf(prop.Type); value != nil {
				got[prop.Name.Value] = value
			}
		}
	}
	return got
}

func defaultOf(t parser.Type) any {
	switch t := t.(type) {
	case *parser.Boolean:
		if t.Default != nil {
			return t.Default.Value
		}
	case *parser.Integer:
		if t.Default != nil {
			return t.Default.Value
		}
	case *parser.String:
		if t.Default != nil {
			return t.Default.Value
		}
	}
	return nil
}
