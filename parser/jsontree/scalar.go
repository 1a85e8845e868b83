package jsontree

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// number reads a number.
func (p *reader) number() Value {
	start := p.pos
	end := start
	for end < len(p.src) && (isDigit(p.src[end]) || isLetter(p.src[end]) || strings.IndexByte("+-.", p.src[end]) >= 0) {
		end++
	}
	text := string(p.src[start:end])
	if !isNumber(text) {
		p.fail(p.span(start, end), "this is no JSON number")
		return nil
	}
	p.pos = end
	return &Number{Node: Node{p.span(start, end)}, Text: text}
}

// isNumber reports whether the text is a number of RFC 8259 section 6.
func isNumber(text string) bool {
	text = strings.TrimPrefix(text, "-")
	whole, ok := digits(text)
	if !ok || len(text)-len(whole) > 1 && text[0] == '0' {
		return false
	}
	if fraction, found := strings.CutPrefix(whole, "."); found {
		if whole, ok = digits(fraction); !ok {
			return false
		}
	}
	if whole == "" {
		return true
	}
	if whole[0] != 'e' && whole[0] != 'E' {
		return false
	}
	exponent := whole[1:]
	if strings.HasPrefix(exponent, "+") || strings.HasPrefix(exponent, "-") {
		exponent = exponent[1:]
	}
	rest, ok := digits(exponent)
	return ok && rest == ""
}

// digits returns what follows the leading digits, of which there is one.
func digits(text string) (rest string, ok bool) {
	rest = strings.TrimLeft(text, "0123456789")
	return rest, len(rest) < len(text)
}

// literal reads true, false or null.
func (p *reader) literal() Value {
	start := p.pos
	end := start
	for end < len(p.src) && (isLetter(p.src[end]) || isDigit(p.src[end])) {
		end++
	}
	at := p.span(start, end)
	p.pos = end
	switch word := string(p.src[start:end]); word {
	case "true", "false":
		return &Bool{Node: Node{at}, Value: word == "true"}
	case "null":
		return &Null{Node: Node{at}}
	default:
		p.pos = start
		p.fail(at, fmt.Sprintf("expected a value, found %q", word), diag.Help("strings stand in double quotes"))
		return nil
	}
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' }
