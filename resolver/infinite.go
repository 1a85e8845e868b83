package resolver

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
)

// reportInfinite reports definitions of which no finite value exists. It
// reports once for each property that closes a circle; with those mended, all
// definitions have values.
func reportInfinite(g *Graph, r *diag.Report) {
	f := newFiniteness(g)
	f.spread()
	c := &circles{infinite: f.open, report: r, state: map[*Def]int{}}
	for def := range g.defs {
		if len(f.open[def]) > 0 {
			c.visit(def)
		}
	}
}

// circles follows unmet needs depth first and reports those that lead back to
// a definition on the way.
type circles struct {
	infinite map[*Def][]*need
	report   *diag.Report
	state    map[*Def]int // position on the way from 1, or done
	way      []*need
}

const done = -1

func (c *circles) visit(def *Def) {
	c.state[def] = len(c.way) + 1
	for _, n := range c.infinite[def] {
		c.follow(n)
	}
	c.state[def] = done
}

func (c *circles) follow(n *need) {
	c.way = append(c.way, n)
	defer func() { c.way = c.way[:len(c.way)-1] }()
	for _, target := range n.targets {
		switch position := c.state[target]; {
		case position > 0:
			c.closed(target, c.way[position-1:])
			return
		case position == 0:
			c.visit(target)
		}
	}
}

// maxSteps is the number of steps of a circle that are shown.
const maxSteps = 10

// closed reports the last need of a circle, with the others as notes.
func (c *circles) closed(start *Def, circle []*need) {
	last := circle[len(circle)-1]
	var opts []diag.Option
	for _, step := range circle[:min(len(circle)-1, maxSteps)] {
		opts = append(opts, diag.WithNote(step.at, fmt.Sprintf("%s requires the property %s", step.def.ID(), step.path)))
	}
	opts = append(opts, diag.Help("make a property of the circle optional or nullable, or put an array between"))
	c.report.Error(diag.CodeInfiniteType, last.at, message(start, last), opts...)
}

func message(start *Def, last *need) string {
	if start == last.def {
		return fmt.Sprintf("no value of %s can be finite: its required property %s holds another", start.ID(), last.path)
	}
	return fmt.Sprintf("no value of %s can be finite: the required property %s of %s leads back to it", start.ID(), last.path, last.def.ID())
}
