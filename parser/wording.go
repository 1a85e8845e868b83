package parser

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
)

// report reports the violation: once, or for each name that is missing or too
// much.
func (v *violation) report(r *diag.Report) {
	object, _ := v.at.value.(*jsontree.Object)
	switch {
	case v.keyword == "required" && object != nil:
		for _, name := range stringsOf(v.schema["required"]) {
			if object.Get(name) == nil {
				r.Add(v.diagnostic(v.at.lackSpan(), name))
			}
		}
	case v.keyword == "additionalProperties" && object != nil:
		known, _ := v.schema["properties"].(map[string]any)
		for _, m := range object.Members {
			if _, ok := known[m.Key.Text]; !ok {
				r.Add(v.unknownAttribute(m.Key, known))
			}
		}
	default:
		r.Add(v.refusal())
	}
}

// unknownAttribute describes an attribute that is not among the known ones.
func (v *violation) unknownAttribute(key *jsontree.String, known map[string]any) diag.Diagnostic {
	d := v.diagnostic(key.At, key.Text)
	if d.Help = v.rule.Hints[key.Text]; d.Help == "" {
		d.Suggestion = nearest(key.Text, slices.Sorted(maps.Keys(known)))
	}
	return d
}

// refusal describes a violation that the value itself is.
func (v *violation) refusal() diag.Diagnostic {
	d := v.diagnostic(v.span(), "")
	text, ok := v.text()
	if f := advice[d.Code]; ok && f != nil {
		d.Suggestion = f(text, v)
	}
	return d
}

// text returns the text at fault, if it is one.
func (v *violation) text() (text string, ok bool) {
	if v.name {
		return v.at.key.Text, true
	}
	s, ok := v.at.value.(*jsontree.String)
	if !ok {
		return "", false
	}
	return s.Text, true
}

// span returns the place that the rule asks for.
func (v *violation) span() diag.Span {
	switch {
	case v.name, v.rule.At == atKey:
		return v.at.keySpan()
	case v.rule.At == atOwner:
		return v.at.ownerSpan()
	case v.keyword == "oneOf":
		return v.at.lackSpan()
	default:
		return v.at.value.Span()
	}
}

// diagnostic words the rule. The subject is what stands for {attribute} or
// {missing}.
func (v *violation) diagnostic(at diag.Span, subject string) diag.Diagnostic {
	return diag.Diagnostic{
		Code:     v.rule.Code,
		Severity: v.rule.severity(),
		Span:     at,
		Message:  v.fill(v.rule.Message, subject),
		Help:     v.fill(v.rule.Help, subject),
	}
}

// fill puts words into the placeholders of a text of the schema.
func (v *violation) fill(text, subject string) string {
	var filled strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		filled.WriteString(before)
		if !found {
			return filled.String()
		}
		placeholder, after, closed := strings.Cut(rest, "}")
		if word := v.word(placeholder, subject); closed && word != "" {
			filled.WriteString(word)
			text = after
			continue
		}
		filled.WriteByte('{')
		text = rest
	}
}

// word returns what a placeholder stands for, "" if it is none.
func (v *violation) word(placeholder, subject string) string {
	switch placeholder {
	case "attribute", "missing":
		return quote(subject)
	case "key":
		return v.at.name()
	case "value":
		if v.name {
			return quote(v.at.key.Text)
		}
		return show(v.at.value)
	case "kind":
		return kind(v.at.value)
	case "want":
		return article(fmt.Sprint(v.schema["type"]))
	case "type":
		return v.at.typeName()
	default:
		return ""
	}
}

// name returns what to call the value.
func (s *site) name() string {
	switch {
	case s.key != nil:
		return quote(s.key.Text)
	case s.owner == nil:
		return "a lexicon"
	default:
		return "an item of " + s.owner.name()
	}
}

// typeName returns what to call an object by its type.
func (s *site) typeName() string {
	if t, ok := s.member("type").(*jsontree.String); ok {
		return article(shorten(t.Text))
	}
	return s.name()
}

// article puts the indefinite article before a word.
func article(word string) string {
	if word != "" && strings.IndexByte("aeio", word[0]) >= 0 {
		return "an " + word
	}
	return "a " + word
}

// kind returns what a value is.
func kind(v jsontree.Value) string {
	switch v := v.(type) {
	case *jsontree.Object:
		return "an object"
	case *jsontree.Array:
		return "an array"
	case *jsontree.String:
		return "a string"
	case *jsontree.Number:
		return "a number"
	case *jsontree.Bool:
		return fmt.Sprint(v.Value)
	default:
		return "null"
	}
}

// show returns a value as it is written, if it is a short one.
func show(v jsontree.Value) string {
	switch v := v.(type) {
	case *jsontree.String:
		return quote(v.Text)
	case *jsontree.Number:
		return shorten(v.Text)
	default:
		return kind(v)
	}
}

// shownLength is how many code points of a text are shown in a message.
const shownLength = 80

func quote(text string) string { return fmt.Sprintf("%q", shorten(text)) }

func shorten(text string) string {
	runes := 0
	for i := range text {
		if runes == shownLength {
			return text[:i] + "…"
		}
		runes++
	}
	return text
}

// stringsOf returns a list of strings of the schema.
func stringsOf(v any) []string {
	list, _ := v.([]any)
	texts := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := item.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}
