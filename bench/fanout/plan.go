package fanout

import (
	"context"
	"fmt"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared.
const (
	ours    = "lexgen"
	gobwas  = "gobwas, a message at a time"
	gorilla = "gorilla, prepared messages"
)

// target is what a delivery should cost, as a share of gobwas.
const target = 0.2

// A Plan is a comparison whose sockets are not open yet.
type Plan struct {
	Row     report.Row
	prepare func(ctx context.Context) ([]measure.Variant, func(), error)
}

// Prepare opens what the comparison needs, which lasts until close is called.
func (p Plan) Prepare(ctx context.Context) (c report.Comparison, closeAll func(), err error) {
	variants, closeAll, err := p.prepare(ctx)
	if err != nil {
		return c, nil, fmt.Errorf("%s: %w", p.Row.Work, err)
	}
	return report.Comparison{Variants: variants, Rows: []report.Row{p.Row}}, closeAll, nil
}

// Plans returns all plans of this package.
func Plans() []Plan {
	var all []Plan
	for _, sockets := range []int{100, 1000} {
		for _, size := range []int{400, 4000} {
			for _, backlog := range []bool{true, false} {
				all = append(all, deliveries(sockets, size, backlog))
			}
		}
	}
	return append(all, appends(400), appends(4000))
}

func deliveries(sockets, size int, backlog bool) Plan {
	what, want := "a frame", 0.0
	if backlog {
		what, want = fmt.Sprintf("a backlog of %d frames", queued), target
	}
	row := report.Row{Work: fmt.Sprintf("fan-out of %s of %d B to %d sockets", what, size, sockets), Ours: ours, Theirs: gobwas, Target: want}
	return Plan{row, func(ctx context.Context) (all []measure.Variant, closeAll func(), err error) {
		s := newServers(ctx)
		defer func() {
			if err != nil {
				s.close()
			}
		}()
		for _, w := range []struct {
			name string
			open func(*servers) (sender, error)
		}{{ours, openOwn}, {gobwas, openGobwas}, {gorilla, openGorilla}} {
			send, err := w.open(s)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", w.name, err)
			}
			crowd, err := s.gather(sockets)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", w.name, err)
			}
			all = append(all, measure.Variant{Name: w.name, Run: crowd.run(send, size, backlog)})
		}
		return all, s.close, nil
	}}
}
