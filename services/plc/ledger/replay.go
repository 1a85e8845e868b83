package ledger

import (
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/plc/store"
)

// A replay is the log of a DID, as far as it is needed to decide about one more
// operation. Steps that are not needed are left empty, and count as undone, so
// that all have the indexes of the log.
type replay struct {
	history *plc.History
	seqs    []int64 // of the steps
}

// unread marks a step that was not read.
const unread = -1

// newReplay returns a replay of records, in their order. Signatures are not looked
// at again: they were verified before the store took the operations.
func newReplay(did syntax.DID, records []store.Record) *replay {
	p := &replay{history: &plc.History{DID: did}}
	if len(records) > 0 {
		length := records[len(records)-1].Index + 1
		p.history.Steps, p.seqs = make([]plc.Step, length), make([]int64, length)
	}
	for i := range p.history.Steps {
		p.history.Steps[i].NullifiedBy = unread
	}
	for i := range records {
		r := &records[i]
		step := plc.Step{Operation: r.Operation, CID: r.CID, CreatedAt: r.CreatedAt, Authority: r.Authority}
		if r.Nullified {
			step.NullifiedBy = unread // by which one does not matter
		}
		p.history.Steps[r.Index], p.seqs[r.Index] = step, r.Seq
	}
	return p
}

// addition returns the last step of the replay, which undoes others.
func (p *replay) addition(nullified []int) store.Addition {
	index := len(p.history.Steps) - 1
	step := &p.history.Steps[index]
	a := store.Addition{Record: store.Record{
		Entry:     plc.Entry{DID: p.history.DID, Operation: step.Operation, CID: step.CID, CreatedAt: step.CreatedAt},
		Authority: step.Authority,
		Index:     index,
	}}
	for _, i := range nullified {
		a.Nullifies = append(a.Nullifies, p.seqs[i])
	}
	return a
}
