package breaking

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// query compares what goes into a query and what comes out (LX-09).
func (w *walk) query(s site, was, is *parser.Query) { w.method(s, &was.Method, &is.Method) }

// procedure compares what goes into a procedure and what comes out (LX-09).
func (w *walk) procedure(s site, was, is *parser.Procedure) {
	w.body(w.part(s, "input", Input, bodyAt(was.Input), bodyAt(is.Input)), was.Input, is.Input)
	w.method(s, &was.Method, &is.Method)
}

func (w *walk) method(s site, was, is *parser.Method) {
	w.parameters(s, was.Parameters, is.Parameters)
	w.body(w.part(s, "output", Output, bodyAt(was.Output), bodyAt(is.Output)), was.Output, is.Output)
	w.errors(s, was.Errors, is.Errors)
}

// subscription compares the parameters and messages of a stream (LX-11).
func (w *walk) subscription(s site, was, is *parser.Subscription) {
	w.parameters(s, was.Parameters, is.Parameters)
	w.message(w.part(s, "message", Message, messageAt(was.Message), messageAt(is.Message)), was.Message, is.Message)
	w.errors(s, was.Errors, is.Errors)
}

// parameters compares query parameters (LX-12). None at all are an empty list.
func (w *walk) parameters(s site, was, is *parser.Params) {
	var none parser.Params
	if was == nil {
		was = &none
	}
	if is == nil {
		is = &none
	}
	s = w.part(s, "parameters", Parameters, was.Keyword.At, is.Keyword.At)
	w.properties(s, was.Properties, is.Properties, is.Required, nil)
}

// body compares an input or output: whether there is one, its media type and
// its schema (LE-04).
func (w *walk) body(s site, was, is *parser.Body) {
	switch {
	case was == nil && is == nil:
	case was == nil:
		w.found(bodyChanged, s, change{what: "the body is new", effect: Tightens, strict: s.reach.all == Input})
	case is == nil:
		w.bodyRemoved(s)
	default:
		w.encoding(s, was.Encoding, is.Encoding)
		w.bodySchema(s, was.Schema, is.Schema)
	}
}

// bodyRemoved reports that nothing is sent any more: servers may refuse an
// input that they do not expect, and clients miss an output.
func (w *walk) bodyRemoved(s site) {
	effect := Relaxes
	if s.reach.all == Input {
		effect = Tightens
	}
	w.found(bodyChanged, s, change{what: "the body is gone", effect: effect, strict: true})
}

const anyEncoding = "*/*"

// encoding compares media types (LX-10). One of */* is all of its kind, as for
// whoever sends and reads bodies.
func (w *walk) encoding(s site, was, is parser.Text) {
	before, after := encodingOf(was), encodingOf(is)
	if before == after {
		return
	}
	var effect Effect
	if !covered(map[string]parser.Text{after: is}, before) {
		effect |= Tightens
	}
	if !covered(map[string]parser.Text{before: was}, after) {
		effect |= Relaxes
	}
	w.found(bodyChanged, s, change{
		what:   fmt.Sprintf("the encoding was %s and is %s", encodingText(was), encodingText(is)),
		effect: effect, strict: true, old: was, new: is,
	})
}

func encodingOf(t parser.Text) string {
	if !t.Present() {
		return anyEncoding
	}
	return strings.ToLower(t.Value)
}

// encodingText shows an encoding as the file has it, and what it is taken for
// where that is something else.
func encodingText(t parser.Text) string {
	if !t.Present() {
		return `no media type (taken for "*/*")`
	}
	written := t.Value
	if source := t.At.File.Source(); json.Unmarshal(source[t.At.Start:t.At.End], &written) == nil && written != t.Value {
		return fmt.Sprintf("%s (taken for %s)", quote(written), quote(t.Value))
	}
	return quote(t.Value)
}

// bodySchema compares schemas. Without one, anything of the media type will do.
func (w *walk) bodySchema(s site, was, is parser.Type) {
	switch {
	case was == nil && is == nil:
	case was == nil:
		w.found(bodyChanged, s, change{what: "the body has a schema now", effect: Tightens, strict: true, new: opened(is)})
	case is == nil:
		w.found(bodyChanged, s, change{what: "the body has no schema any more", effect: Relaxes, strict: true, old: opened(was)})
	default:
		w.types(s, was, is)
	}
}

// message compares what a stream sends. Its schema is a union.
func (w *walk) message(s site, was, is *parser.Message) {
	var before, after parser.Type
	if was != nil {
		before = was.Schema
	}
	if is != nil {
		after = is.Schema
	}
	w.bodySchema(s, before, after)
}

// errors compares the names of errors. Clients meet names that they do not know
// anyhow, so that a new one harms nobody.
func (w *walk) errors(s site, was, is []*parser.Error) {
	s = w.part(s, "errors", Errors, diag.Span{}, diag.Span{})
	olds, news := errorNames(was), errorNames(is)
	for _, e := range was {
		if !news[e.Name.Value] {
			w.found(errorsChanged, s, change{what: "the error " + quote(e.Name.Value) + " is gone", strict: true, old: e.Name})
		}
	}
	for _, e := range is {
		if !olds[e.Name.Value] {
			w.found(errorsChanged, s, change{what: "the error " + quote(e.Name.Value) + " is new", new: e.Name})
		}
	}
}

func errorNames(list []*parser.Error) map[string]bool {
	names := make(map[string]bool, len(list))
	for _, e := range list {
		names[e.Name.Value] = true
	}
	return names
}

// bodyAt is the place of a body that has one.
func bodyAt(b *parser.Body) diag.Span {
	switch {
	case b == nil:
		return diag.Span{}
	case b.Encoding.Present():
		return b.Encoding.At
	}
	return opening(b.At)
}

func messageAt(m *parser.Message) diag.Span {
	if m == nil {
		return diag.Span{}
	}
	return opening(m.At)
}

// opening is the first byte of a value.
func opening(at diag.Span) diag.Span {
	at.End = at.Start + 1
	return at
}
