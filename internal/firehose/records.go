package firehose

import (
	"errors"
	"fmt"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// errNoBlock says that a commit names a record that it does not bring.
var errNoBlock = errors.New("the blocks have no such record")

// recordsOf returns the operations of a commit that is believed, and their records.
// What cannot be read is left out of both, and told. Blocks are what their CIDs say.
func recordsOf(m *comatproto.SyncSubscribeReposCommit) (operations []repo.Op, records []repo.Record, faults []error) {
	blocks, err := blocksOf(m.Blocks)
	if err != nil {
		faults = append(faults, err)
	}
	for _, op := range m.Ops {
		o := repo.Op{Action: repo.Action(op.Action), Path: op.Path, CID: op.CID.Or(lex.Link{}).CID, Prev: op.Prev.Or(lex.Link{}).CID}
		if o.CID.Defined() {
			data, ok := blocks[o.CID]
			if !ok {
				faults = append(faults, fmt.Errorf("%s: %w", o.Path, errNoBlock))
				continue
			}
			records = append(records, repo.Record{Path: o.Path, CID: o.CID, Data: data})
		}
		operations = append(operations, o)
	}
	return operations, records, faults
}

// blocksOf reads the blocks of an event as far as that goes.
func blocksOf(file []byte) (map[cid.CID][]byte, error) {
	r, err := car.Parse(file, car.Options{})
	if err != nil {
		return nil, err
	}
	blocks := map[cid.CID][]byte{}
	for block, err := range r.Blocks() {
		if err != nil {
			return blocks, err
		}
		blocks[block.CID] = block.Data
	}
	return blocks, nil
}
