package parser

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// method lowers what queries and procedures share (LX-09).
func (l *lowering) method(o *jsontree.Object, common Common) Method {
	return Method{
		Common:     common,
		Parameters: l.paramsType(o),
		Output:     l.body(o, "output"),
		Errors:     l.errors(o),
	}
}

// subscriptionType lowers a subscription (LX-11).
func (l *lowering) subscriptionType(o *jsontree.Object, common Common) *Subscription {
	t := &Subscription{Common: common, Parameters: l.paramsType(o), Errors: l.errors(o)}
	if message := l.object(o, "message"); message != nil {
		t.Message = &Message{
			Node:        Node{message.At},
			Description: l.text(message, "description"),
			Schema:      l.typ(message.Get("schema")),
		}
	}
	return t
}

// body lowers an input or output, nil if there is none (LX-10).
func (l *lowering) body(o *jsontree.Object, name string) *Body {
	body := l.object(o, name)
	if body == nil {
		return nil
	}
	encoding := l.text(body, "encoding")
	encoding.Value = mediaType(encoding.Value)
	return &Body{
		Node:        Node{body.At},
		Encoding:    encoding,
		Description: l.text(body, "description"),
		Schema:      l.typ(body.Get("schema")),
	}
}

// mediaType returns what to take an encoding for: one media type without
// parameters, and */* where it is a list or no media type at all. An absent
// encoding stays so.
func mediaType(encoding string) string {
	const anyType = "*/*"
	plain, _, _ := strings.Cut(encoding, ";")
	switch plain = strings.TrimSpace(plain); {
	case encoding == "":
		return ""
	case strings.EqualFold(plain, "json"):
		return "application/json"
	case strings.ContainsAny(plain, ", ") || strings.Count(plain, "/") != 1:
		return anyType
	default:
		return plain
	}
}

// errors lowers the errors of a method; of those with one name only the first
// is there.
func (l *lowering) errors(o *jsontree.Object) []*Error {
	var list []*Error
	first := map[string]*Error{}
	for _, item := range l.items(o, "errors") {
		object, ok := item.(*jsontree.Object)
		if !ok {
			continue
		}
		e := &Error{Node: Node{object.At}, Name: l.text(object, "name"), Description: l.text(object, "description")}
		if e.Name.Value == "" {
			continue
		}
		if earlier := first[e.Name.Value]; earlier != nil {
			l.report.Warning(diag.CodeDuplicateError, e.Name, fmt.Sprintf("the error %s is listed twice", quote(e.Name.Value)),
				diag.WithNote(earlier.Name, "it is here first"))
			continue
		}
		first[e.Name.Value] = e
		list = append(list, e)
	}
	return list
}
