package resolver

import "github.com/lexgen/lexgen/parser"

// closure returns the roots and all that their references lead to.
func closure(roots []*Def) map[*Def]bool {
	reached := make(map[*Def]bool, len(roots))
	waiting := append([]*Def(nil), roots...)
	for len(waiting) > 0 {
		def := waiting[len(waiting)-1]
		waiting = waiting[:len(waiting)-1]
		if !reached[def] {
			reached[def] = true
			waiting = append(waiting, def.Refs...)
		}
	}
	return reached
}

// markReached sets FromRecord and FromStream.
func markReached(g *Graph) {
	var records, messages []*Def
	for def := range g.defs {
		switch def.AST.Type.(type) {
		case *parser.Record:
			records = append(records, def)
		case *parser.Subscription:
			// Parameters hold no references, so all of these are the message's.
			messages = append(messages, def.Refs...)
		}
	}
	for def := range closure(records) {
		def.FromRecord = true
	}
	for def := range closure(messages) {
		def.FromStream = true
	}
}
