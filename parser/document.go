package parser

import "github.com/lexgen/lexgen/parser/jsontree"

// document lowers a whole file (LX-01).
func (l *lowering) document(o *jsontree.Object) *Document {
	d := &Document{
		Node:        Node{o.At},
		File:        l.file,
		ID:          l.text(o, "id"),
		Description: l.text(o, "description"),
	}
	l.id = d.ID.Value
	if l.get(o, "lexicon") == nil {
		return d // another version: what it calls a definition is not known
	}
	if defs := l.object(o, "defs"); defs != nil {
		l.definitions(d, defs)
	}
	return d
}

// definitions lowers the entries of defs.
func (l *lowering) definitions(d *Document, defs *jsontree.Object) {
	l.names = make(map[string]bool, len(defs.Members))
	for _, m := range defs.Members {
		l.names[m.Key.Text] = true
	}
	for _, m := range defs.Members {
		name := textOf(m.Key)
		if t := l.typ(m.Value); t != nil {
			d.Defs = append(d.Defs, &Def{Name: name, Type: t})
		} else {
			d.Skipped = append(d.Skipped, name)
		}
	}
}
