package lexfmt

import "strings"

// Width is how many code points a line has at most, if it can be broken.
const Width = 80

const indentation = "  "

// appendText appends the text of a file that holds one value.
func appendText(b []byte, n *node) []byte {
	p := printer{b}
	p.value(n, place{})
	return append(p.text, '\n')
}

type printer struct{ text []byte }

// place is where a value is printed.
type place struct {
	depth  int // of nesting
	before int // what stands on the line before it, indentation excluded, in code points
	after  int // what has to stand behind it on its last line
}

// indent is the width of the indentation.
func (at place) indent() int { return at.depth * len(indentation) }

// value prints a value on one line if it fits, and else an item a line.
func (p *printer) value(n *node, at place) {
	switch {
	case n.open == "":
		p.print(n.text)
	case !n.isOpen && at.indent()+at.before+n.width+at.after <= Width, len(n.items) == 0:
		p.line(n)
	default:
		p.lines(n, at.depth)
	}
}

// line prints a value on one line.
func (p *printer) line(n *node) {
	if n.open == "" {
		p.print(n.text)
		return
	}
	space := ""
	if n.open == "{" && len(n.items) > 0 {
		space = " "
	}
	p.print(n.open, space)
	for i, item := range n.items {
		if i > 0 {
			p.print(", ")
		}
		p.key(item)
		p.line(item.value)
	}
	p.print(space, n.close)
}

// lines prints a value with each item on a line of its own, or on more.
func (p *printer) lines(n *node, depth int) {
	p.print(n.open)
	for i, item := range n.items {
		comma := ","
		if i == len(n.items)-1 {
			comma = ""
		}
		if item.blank && i > 0 {
			p.print("\n")
		}
		p.newline(depth + 1)
		p.key(item)
		p.value(item.value, place{depth: depth + 1, before: item.prefix(), after: len(comma)})
		p.print(comma)
	}
	p.newline(depth)
	p.print(n.close)
}

func (p *printer) key(i item) {
	if i.key != "" {
		p.print(i.key, ": ")
	}
}

func (p *printer) newline(depth int) { p.print("\n", strings.Repeat(indentation, depth)) }

func (p *printer) print(texts ...string) {
	for _, text := range texts {
		p.text = append(p.text, text...)
	}
}
