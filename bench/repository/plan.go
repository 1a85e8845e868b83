package repository

import (
	"context"
	"crypto/sha256"
	"fmt"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared.
const (
	ours   = "lexgen"
	theirs = "indigo"
	hashes = "its SHA-256 alone"
)

// A Plan is a comparison whose values do not exist yet. They are large, and
// while they are in memory every garbage collection pays for them, so that a
// plan is prepared only when its turn has come.
type Plan struct {
	Rows   []report.Row
	rounds int // see report.Comparison
	make   func() ([]measure.Variant, error)
	open   func(ctx context.Context) (report.Comparison, error) // instead of make, where something has to be closed
}

// Prepare makes the comparison. The error says who does other work than the
// other.
func (p Plan) Prepare(ctx context.Context) (report.Comparison, error) {
	if p.open != nil {
		c, err := p.open(ctx)
		if err != nil {
			return c, fmt.Errorf("%s: %w", p.Rows[0].Work, err)
		}
		c.Rows, c.Rounds = p.Rows, p.rounds
		return c, nil
	}
	variants, err := p.make()
	if err != nil {
		return report.Comparison{}, fmt.Errorf("%s: %w", p.Rows[0].Work, err)
	}
	return report.Comparison{Variants: variants, Rows: p.Rows, Rounds: p.rounds}, nil
}

// Plans returns all plans of this package.
func Plans() []Plan {
	return []Plan{
		plan("MST build, 100k sorted keys, with root", 0.073, fewer, buildSorted),
		plan("MST build, 100k random keys, with root", 0.11, fewer, buildRandom),
		plan("MST insert one into 100k, with root", 0.26, 0, insertOne),
		plan("MST diff, 10 of 10k changed", 0.5, 0, diffTen),
		plan("CAR load and full verification, 10k records", 0.18, 0, func() ([]measure.Variant, error) { return load(10_000) }),
		plan("CAR load and full verification, 100k records", 0.25, fewer, func() ([]measure.Variant, error) { return load(100_000) }),
		resync(10_000, true),
		resync(10_000, false),
		plan("K-256 verification", 1, 0, verify),
		plan("K-256 signing", 0, 0, sign),
		plan("K-256 parse did:key", 0, 0, parseKey),
	}
}

// fewer is the number of rounds where doing the work once takes long.
const fewer = 9

func plan(work string, target float64, rounds int, variants func() ([]measure.Variant, error)) Plan {
	return Plan{Rows: []report.Row{{Work: work, Ours: ours, Theirs: theirs, Target: target}}, rounds: rounds, make: variants}
}

// pair returns the two ways to do the work, each of which may depend on how
// often it has been done.
func pair(own, others func(i int) error) []measure.Variant {
	return []measure.Variant{repeat(ours, own), repeat(theirs, others)}
}

// repeat turns work without a count into what measure wants. It numbers the
// calls.
func repeat(name string, work func(i int) error) measure.Variant {
	next := 0
	return measure.Variant{Name: name, Run: func(n int) error {
		for range n {
			if err := work(next); err != nil {
				return err
			}
			next++
		}
		return nil
	}}
}

// hashing is the part of the work that nobody can save: hashing blocks, and
// keys to learn their layers. How much of the whole it is depends on the
// processor. Calls take the sets, each of which is the work done once, in turn.
func hashing(sets ...[][]byte) measure.Variant {
	return repeat(hashes, func(i int) error {
		for _, part := range sets[i%len(sets)] {
			sha256.Sum256(part)
		}
		return nil
	})
}
