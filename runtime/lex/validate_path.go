package lex

import "strconv"

// A Path leads from a value's root to a part of it. The root's is empty.
type Path []Step

// A Step is one part of a [Path]: an item of an array if Index is not
// negative, else the member Name of an object.
type Step struct {
	Name  string
	Index int
}

// String returns the path in the form of [Error]'s: $ for the root, .name or
// ["name"] for a member, [i] for an item. Long names are cut.
func (p Path) String() string {
	b := []byte{'$'}
	for _, step := range p {
		if step.Index >= 0 {
			b = strconv.AppendInt(append(b, '['), int64(step.Index), 10)
			b = append(b, ']')
		} else {
			b = append(b, memberPath(step.Name)...)
		}
	}
	return string(b)
}
