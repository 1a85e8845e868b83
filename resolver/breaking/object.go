package breaking

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// object compares the properties of an object (LX-15, LX-16).
func (w *walk) object(s site, was, is *parser.Object) {
	w.properties(s, was.Properties, is.Properties, is.Required, is.Nullable)
}

// properties compares properties or parameters. required and nullable are the
// lists of the new version.
func (w *walk) properties(s site, was, is []*parser.Property, required, nullable []parser.Text) {
	olds, news := byName(was), byName(is)
	needed, nulls := byText(required), byText(nullable)
	for _, before := range properties(was) {
		after := news[before.Name.Value]
		switch {
		case after == nil:
			w.propertyRemoved(s, before)
			continue
		case after.Type == nil:
			continue // it is there, and could not be read
		}
		part := s.below(step(before.Name.Value), before.Name.At, after.Name.At)
		w.presence(part, before, after, needed, nulls)
		w.types(part, before.Type, after.Type)
	}
	for _, after := range properties(is) {
		if olds[after.Name.Value] == nil {
			w.propertyAdded(s, after)
		}
	}
}

// propertyRemoved reports that a property is gone. Data that has it stays
// valid, because unknown properties are.
func (w *walk) propertyRemoved(s site, p *parser.Property) {
	c := change{what: "the optional property is gone", strict: true, old: p.Name}
	if p.Required {
		c.what, c.effect = "the required property is gone", Relaxes
	}
	w.found(propertyRemoved, s.below(step(p.Name.Value), diag.Span{}, diag.Span{}), c)
}

// propertyAdded reports a new property (LE-01: they are optional).
func (w *walk) propertyAdded(s site, p *parser.Property) {
	c := change{what: "the optional property is new", new: p.Name}
	if p.Required {
		c.what, c.effect, c.strict = "the property is new and required", Tightens, true
	}
	w.found(propertyAdded, s.below(step(p.Name.Value), diag.Span{}, diag.Span{}), c)
}

// presence compares whether a property must be there and whether it may be null
// (LE-03, LE-04).
func (w *walk) presence(s site, was, is *parser.Property, required, nullable map[string]parser.Text) {
	switch {
	case !was.Required && is.Required:
		w.found(requiredChanged, s, change{what: "it became required", effect: Tightens, strict: true, new: textIn(required, is.Name)})
	case was.Required && !is.Required:
		w.found(requiredChanged, s, change{what: "it is required no more", effect: Relaxes, strict: true})
	}
	switch {
	case !was.Nullable && is.Nullable:
		w.found(nullableChanged, s, change{what: "it may be null now", effect: Relaxes, strict: true, new: textIn(nullable, is.Name)})
	case was.Nullable && !is.Nullable:
		w.found(nullableChanged, s, change{what: "it must not be null any more", effect: Tightens, strict: true})
	}
}

// properties returns those that applications may have (DM-06) and that could be
// read.
func properties(list []*parser.Property) []*parser.Property {
	var usable []*parser.Property
	for _, p := range list {
		if p.Type != nil && !strings.HasPrefix(p.Name.Value, "$") {
			usable = append(usable, p)
		}
	}
	return usable
}

// byName indexes properties. Of two with one name the first counts.
func byName(list []*parser.Property) map[string]*parser.Property {
	index := make(map[string]*parser.Property, len(list))
	for _, p := range list {
		if index[p.Name.Value] == nil {
			index[p.Name.Value] = p
		}
	}
	return index
}

// byText indexes texts. Of two equal ones the first counts.
func byText(list []parser.Text) map[string]parser.Text {
	index := make(map[string]parser.Text, len(list))
	for _, text := range list {
		if _, ok := index[text.Value]; !ok {
			index[text.Value] = text
		}
	}
	return index
}

// textIn returns the entry of a list that names a property; the property's own
// name if the list has it not.
func textIn(list map[string]parser.Text, name parser.Text) parser.Text {
	if text, ok := list[name.Value]; ok {
		return text
	}
	return name
}

// step is a property in a path.
func step(name string) string {
	plain := func(r rune) bool {
		return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	if name != "" && len(name) <= maxWord && strings.IndexFunc(name, func(r rune) bool { return !plain(r) }) < 0 {
		return "." + name
	}
	return fmt.Sprintf("[%s]", quote(name))
}

// maxWord is how much of a text of an input a message shows, in bytes.
const maxWord = 64

// quote shows a text of an input.
func quote(text string) string { return clip(strconv.QuoteToASCII(text)) }

// clip cuts a text that has no other characters than those of ASCII.
func clip(text string) string {
	if len(text) > maxWord {
		return text[:maxWord] + "..."
	}
	return text
}
