package networktest

import (
	"slices"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

var fileTable = []misbehaviour{
	{NoFile, "no CAR file", "SN38", "refused malformed; accepted", fields(func(_ *forgery, e *commitEvent) { e.Blocks = []byte("nothing of the kind") })},
	{TruncatedFile, "truncated CAR file", "SN38", "refused malformed; accepted", fields(func(_ *forgery, e *commitEvent) {
		e.Blocks = e.Blocks[:len(e.Blocks)-1]
	})},
	{WrongHash, "wrong hash", "SN38", "refused malformed; accepted", fields(func(_ *forgery, e *commitEvent) { e.Blocks[len(e.Blocks)-1] ^= 1 })},
	{WrongRoot, "wrong root", "SN34", "refused mismatch; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		file.roots = []cid.CID{e.Ops[2].CID.Or(lex.Link{}).CID}
		return nil
	})},
	{NoRoot, "no root", "SN34", "refused mismatch; accepted", blocks(func(_ *forgery, _ *commitEvent, file *file) error {
		file.roots = nil
		return nil
	})},
	{ExtraBlocks, "extra blocks", "SN37", "accepted; ignored old-rev", blocks(func(_ *forgery, _ *commitEvent, file *file) error {
		data := post("of no use")
		file.blocks = append(file.blocks, car.Block{CID: cid.Sum(cid.DagCBOR, data), Data: data})
		return nil
	})},
	{RepeatedBlocks, "repeated blocks", "SN37", "accepted; ignored old-rev", blocks(func(_ *forgery, _ *commitEvent, file *file) error {
		file.blocks = slices.Concat(file.blocks, file.blocks)
		return nil
	})},
	{MissingRecord, "missing record", "SN37", "refused malformed; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		file.without(e.Ops[2].CID.Or(lex.Link{}).CID)
		return nil
	})},
	{MissingNode, "missing node", "SN38", "refused malformed; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		c, err := file.commit(e.Commit.CID)
		if err == nil {
			file.without(c.Data)
		}
		return err
	})},
	{MissingCommit, "missing commit", "SN38", "refused malformed; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		file.without(e.Commit.CID)
		return nil
	})},
	{MalformedCommit, "malformed commit", "SN38", "refused malformed; accepted", blocks(func(_ *forgery, e *commitEvent, file *file) error {
		data := post("no commit")
		id := cid.Sum(cid.DagCBOR, data)
		file.roots, file.blocks = []cid.CID{id}, append(file.blocks, car.Block{CID: id, Data: data})
		e.Commit = lex.Link{CID: id}
		return nil
	})},
	{MalformedNode, "malformed node", "SN38", "refused malformed; accepted", blocks(func(f *forgery, e *commitEvent, file *file) error {
		data := post("no node")
		id := cid.Sum(cid.DagCBOR, data)
		c, err := file.commit(e.Commit.CID)
		if err != nil {
			return err
		}
		c.Data = id
		if err := c.Sign(f.account.Key); err != nil {
			return err
		}
		block := c.Block()
		file.roots, file.blocks = []cid.CID{block.CID}, append(file.blocks, car.Block{CID: id, Data: data}, block)
		e.Commit = lex.Link{CID: block.CID}
		return nil
	})},
}
