package parser

import (
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// advice returns, by the code of a violation, what a text should probably have
// been; empty if there is nothing to suggest.
var advice = map[diag.Code]func(text string, v *violation) string{
	diag.CodeUnknownType:           typeAdvice,
	diag.CodeUnknownDefinition:     typeAdvice,
	diag.CodeUnknownFormat:         choiceAdvice,
	diag.CodeInvalidPermission:     choiceAdvice,
	diag.CodeUnknownRecordKey:      recordKeyAdvice,
	diag.CodeLocalKnownValue:       tokenAdvice,
	diag.CodeInvalidNSID:           func(text string, _ *violation) string { return nsidAdvice(text) },
	diag.CodeInvalidEncoding:       func(text string, _ *violation) string { return mediaType(text) },
	diag.CodeInvalidDefinitionName: func(text string, _ *violation) string { return definitionNameAdvice(text) },
}

// typeAliases are names of other languages for what Lexicon has.
var typeAliases = map[string]string{
	"int": "integer", "int32": "integer", "int64": "integer", "uint": "integer", "long": "integer",
	"float": "integer", "double": "integer", "number": "integer",
	"bool": "boolean",
	"text": "string", "str": "string", "datetime": "string", "enum": "string",
	"binary": "bytes", "buffer": "bytes",
	"cid": "cid-link", "link": "cid-link",
	"file": "blob", "image": "blob",
	"list": "array", "set": "array",
	"map": "object", "struct": "object",
	"reference": "ref",
	"oneof":     "union", "anyof": "union",
	"any": "unknown", "json": "unknown",
}

func typeAdvice(text string, v *violation) string {
	allowed := stringsOf(v.schema["enum"])
	if alias := typeAliases[strings.ToLower(text)]; slices.Contains(allowed, alias) {
		return alias
	}
	return nearest(text, allowed)
}

func choiceAdvice(text string, v *violation) string {
	return nearest(text, stringsOf(v.schema["enum"]))
}

// recordKeyAdvice takes a lone key for the literal that was meant.
func recordKeyAdvice(text string, _ *violation) string {
	if near := nearest(text, []string{"tid", "nsid", "any"}); near != "" {
		return near
	}
	if literal := "literal:" + text; !strings.Contains(text, ":") && isRecordKeyType(literal) {
		return literal
	}
	return ""
}

// tokenAdvice completes a token of the same lexicon.
func tokenAdvice(text string, v *violation) string {
	root := v.at
	for root.owner != nil {
		root = root.owner
	}
	if id, ok := root.member("id").(*jsontree.String); ok {
		return id.Text + text
	}
	return ""
}

// nsidAdvice joins what characters that an NSID does not have set apart:
// com.example.foo_bar becomes com.example.fooBar.
func nsidAdvice(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return r == '_' || r == ' ' || r == '/' || r == '#' || r == ':' })
	for i := 1; i < len(words); i++ {
		words[i] = strings.ToUpper(words[i][:1]) + words[i][1:]
	}
	joined := strings.Join(words, "")
	if _, err := syntax.ParseNSID(joined); err != nil || joined == text {
		return ""
	}
	return joined
}

// definitionNameAdvice joins a name as nsidAdvice does.
func definitionNameAdvice(text string) string {
	const namespace = "com.example."
	text = strings.ReplaceAll(strings.TrimPrefix(text, "#"), "-", "_")
	if name := nsidAdvice(namespace + text); name != "" {
		return strings.TrimPrefix(name, namespace)
	}
	if _, err := syntax.ParseNSID(namespace + text); err == nil {
		return text
	}
	return ""
}

// nearest returns the candidate that was probably meant, or "".
func nearest(text string, candidates []string) string {
	for _, candidate := range diag.Nearest(text, candidates, 1) {
		return candidate
	}
	return ""
}
