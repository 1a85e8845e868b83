package resolver

// finiteness finds the definitions that have finite values: at first those
// without needs, then those all of whose needs have a target that is finite.
type finiteness struct {
	open    map[*Def][]*need // unmet needs of each definition
	waiting map[*Def][]*need // needs that a definition would meet
	ready   []*Def           // finite definitions that spread has not seen
}

func newFiniteness(g *Graph) *finiteness {
	f := &finiteness{open: map[*Def][]*need{}, waiting: map[*Def][]*need{}}
	for def := range g.defs {
		needs := needsOf(g, def)
		if len(needs) == 0 {
			f.ready = append(f.ready, def)
			continue
		}
		f.open[def] = needs
		for _, n := range needs {
			for _, target := range n.targets {
				f.waiting[target] = append(f.waiting[target], n)
			}
		}
	}
	return f
}

// spread leaves in open what can never be met.
func (f *finiteness) spread() {
	met := map[*need]bool{}
	unmet := map[*Def]int{}
	for def, needs := range f.open {
		unmet[def] = len(needs)
	}
	for len(f.ready) > 0 {
		def := f.ready[len(f.ready)-1]
		f.ready = f.ready[:len(f.ready)-1]
		for _, n := range f.waiting[def] {
			if met[n] {
				continue
			}
			met[n] = true
			if unmet[n.def]--; unmet[n.def] == 0 {
				f.ready = append(f.ready, n.def)
			}
		}
	}
	for def, needs := range f.open {
		f.open[def] = unmetOf(needs, met)
	}
}

func unmetOf(needs []*need, met map[*need]bool) []*need {
	var open []*need
	for _, n := range needs {
		if !met[n] {
			open = append(open, n)
		}
	}
	return open
}
