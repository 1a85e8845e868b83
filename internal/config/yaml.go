package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/lexgen/lexgen/parser/diag"
)

const (
	// maxSize bounds the file, in bytes.
	maxSize = 256 << 10
	// maxDepth bounds how deep values are nested; a configuration needs four.
	maxDepth = 16
)

// yamlReader turns YAML into a tree. Everything that a configuration does not
// need is refused while it still is a list of tokens, so that the parser never
// sees an alias, a tag, or deep nesting.
type yamlReader struct {
	file   *diag.File
	source string // of file, without a byte-order mark
	skip   int    // bytes before source
	lines  []int  // offsets in source of the first bytes of lines
	report *diag.Report
}

// parseYAML returns the map that the file is. After an error the tree is not to
// be used.
func parseYAML(f *diag.File, r *diag.Report) (tree *mapping) {
	y := newYAMLReader(f, r)
	defer func() {
		if reason := recover(); reason != nil { // in the YAML library, which hostile text may confuse
			y.refuse(0, 0, "cannot be read as YAML")
			tree = &mapping{at: y.span(0, 0)}
		}
	}()
	empty := &mapping{at: y.span(0, 0)}
	if !y.checkText() {
		return empty
	}
	tokens := lexer.Tokenize(y.source)
	if !y.checkTokens(tokens) {
		return empty
	}
	parsed, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		y.syntaxError(err)
		return empty
	}
	if root := y.document(parsed); root != nil {
		return root
	}
	return empty
}

func newYAMLReader(f *diag.File, r *diag.Report) *yamlReader {
	const mark = "\ufeff"
	source := string(f.Source())
	text := strings.TrimPrefix(source, mark)
	y := &yamlReader{file: f, source: text, skip: len(source) - len(text), lines: []int{0}, report: r}
	for i := range len(text) {
		if text[i] == '\n' || text[i] == '\r' && !strings.HasPrefix(text[i:], "\r\n") {
			y.lines = append(y.lines, i+1)
		}
	}
	return y
}

// checkText refuses what is no text of reasonable size.
func (y *yamlReader) checkText() bool {
	if len(y.source) > maxSize {
		y.refuse(0, 0, fmt.Sprintf("larger than %d KiB", maxSize>>10))
		return false
	}
	for i, r := range y.source {
		if r == utf8.RuneError && !strings.HasPrefix(y.source[i:], "\ufffd") {
			y.refuse(i, i+1, "not UTF-8")
			return false
		}
	}
	if i := strings.IndexByte(y.source, 0); i >= 0 {
		y.refuse(i, i+1, "control character U+0000")
		return false
	}
	return true
}

// refused are the tokens that a configuration does not need.
var refused = map[token.Type]string{
	token.AnchorType:      "anchors are not supported",
	token.AliasType:       "aliases are not supported; a pattern that begins with * must be quoted",
	token.TagType:         "tags are not supported",
	token.MergeKeyType:    "merge keys are not supported",
	token.MappingKeyType:  "keys that begin with ? are not supported",
	token.DirectiveType:   "directives are not supported",
	token.DocumentEndType: "one document is expected, without a mark at its end",
}

// checkTokens refuses what a configuration does not need, and deep nesting.
func (y *yamlReader) checkTokens(tokens token.Tokens) bool {
	var nest nesting
	begun := false // something stands before the token that is no comment
	for _, t := range tokens {
		nest.add(t)
		complaint := refused[t.Type]
		switch {
		case nest.depth() > maxDepth:
			complaint = fmt.Sprintf("nested deeper than %d", maxDepth)
		case t.Type == token.DocumentHeaderType && begun:
			complaint = "one document is expected"
		}
		if complaint != "" {
			y.refuseToken(t, complaint)
			return false
		}
		begun = begun || t.Type != token.CommentType
	}
	return true
}

// nesting is how deep tokens are nested without line breaks: brackets and
// braces that are open, and dashes in the same line. Nesting by indentation
// takes more text than a file may have.
type nesting struct{ open, line, dashes int }

func (n *nesting) add(t *token.Token) {
	if t.Position.Line != n.line {
		n.line, n.dashes = t.Position.Line, 0
	}
	switch t.Type {
	case token.SequenceStartType, token.MappingStartType:
		n.open++
	case token.SequenceEndType, token.MappingEndType:
		n.open--
	case token.SequenceEntryType:
		n.dashes++
	default:
	}
}

func (n *nesting) depth() int { return n.open + n.dashes }

// syntaxError reports what the YAML library found.
func (y *yamlReader) syntaxError(err error) {
	var placed interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if errors.As(err, &placed) && placed.GetToken() != nil {
		y.refuseToken(placed.GetToken(), placed.GetMessage())
		return
	}
	y.refuse(0, 0, "cannot be read as YAML")
}

// document returns the map that the file holds; an empty file is an empty map.
func (y *yamlReader) document(parsed *ast.File) *mapping {
	if len(parsed.Docs) == 0 || parsed.Docs[0].Body == nil {
		return nil
	}
	body := y.node(parsed.Docs[0].Body, 0)
	if s, ok := body.(*scalar); ok && s.value == nil {
		return nil
	}
	root, ok := body.(*mapping)
	if !ok {
		y.report.Error(diag.CodeConfigInvalid, body, "expected keys with values")
	}
	return root
}

// node lowers a node of the library's tree.
func (y *yamlReader) node(n ast.Node, depth int) node {
	if depth > maxDepth {
		y.refuseToken(n.GetToken(), fmt.Sprintf("nested deeper than %d", maxDepth))
		return &scalar{at: y.scalarSpan(n.GetToken())}
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return y.mapping(n, n.Values, n.IsFlowStyle, depth)
	case *ast.MappingValueNode:
		return y.mapping(n, []*ast.MappingValueNode{n}, n.IsFlowStyle, depth)
	case *ast.SequenceNode:
		s := &sequence{at: y.tokenSpan(n.GetToken()), flow: n.IsFlowStyle}
		for _, value := range n.Values {
			s.items = append(s.items, y.node(value, depth+1))
		}
		return s
	case *ast.StringNode:
		return &scalar{at: y.scalarSpan(n.GetToken()), value: n.Value}
	case *ast.LiteralNode:
		return &scalar{at: y.tokenSpan(n.GetToken()), value: n.Value.Value}
	case *ast.BoolNode:
		return &scalar{at: y.scalarSpan(n.GetToken()), value: n.Value}
	case *ast.NullNode:
		return &scalar{at: y.scalarSpan(n.GetToken())}
	default: // numbers of all kinds: no value is one
		return &scalar{at: y.scalarSpan(n.GetToken()), value: 0.0}
	}
}

func (y *yamlReader) mapping(n ast.Node, values []*ast.MappingValueNode, flow bool, depth int) node {
	m := &mapping{at: y.tokenSpan(n.GetToken()), flow: flow}
	for _, value := range values {
		key := Text{At: y.scalarSpan(value.Key.GetToken()), Value: value.Key.GetToken().Value}
		if len(m.members) == 0 && !flow {
			m.at = key.At
		}
		if first := m.member(key.Value); first != nil {
			y.report.Error(diag.CodeConfigInvalid, key, fmt.Sprintf("key %s stands twice", key.Value),
				diag.WithNote(first.key, "the first one"))
			continue
		}
		m.members = append(m.members, member{key, y.node(value.Value, depth+1)})
	}
	return m
}

// member returns the member of a key, nil if it is absent.
func (m *mapping) member(key string) *member {
	for i := range m.members {
		if m.members[i].key.Value == key {
			return &m.members[i]
		}
	}
	return nil
}

func (y *yamlReader) refuseToken(t *token.Token, text string) {
	y.report.Error(diag.CodeConfigInvalid, y.scalarSpan(t), text)
}

func (y *yamlReader) refuse(start, end int, text string) {
	y.report.Error(diag.CodeConfigInvalid, y.span(start, end), text)
}
