package repo

import (
	"bytes"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Write creates, replaces or deletes one record. It is made by the functions
// below and done by [Writer.Apply].
type Write struct {
	mode   mode
	path   string
	key    syntax.RecordKey
	record lex.Record // nil if there is data instead
	data   []byte
	swap   *cid.CID // what must be there; nil for anything
}

// mode is what a write needs and does.
type mode int

const (
	create       mode = iota // nothing may be there
	update                   // something must be there
	put                      // either
	deleteRecord             // something must be there
)

// Create writes a record where none is, to the collection of its type.
func Create(key syntax.RecordKey, record lex.Record) Write { return typedWrite(create, key, record) }

// Update replaces a record of the same type.
func Update(key syntax.RecordKey, record lex.Record) Write { return typedWrite(update, key, record) }

// Put writes a record where one is or none.
func Put(key syntax.RecordKey, record lex.Record) Write { return typedWrite(put, key, record) }

func typedWrite(m mode, key syntax.RecordKey, record lex.Record) Write {
	w := Write{mode: m, key: key, record: record}
	if record != nil {
		w.path = pathOf(syntax.NSID(record.LexType()), key)
	}
	return w
}

// CreateData is Create for a record in DAG-CBOR, whose $type is collection.
func CreateData(collection syntax.NSID, key syntax.RecordKey, data []byte) Write {
	return Write{mode: create, path: pathOf(collection, key), key: key, data: data}
}

// UpdateData is Update for a record in DAG-CBOR, whose $type is collection.
func UpdateData(collection syntax.NSID, key syntax.RecordKey, data []byte) Write {
	return Write{mode: update, path: pathOf(collection, key), key: key, data: data}
}

// PutData is Put for a record in DAG-CBOR, whose $type is collection.
func PutData(collection syntax.NSID, key syntax.RecordKey, data []byte) Write {
	return Write{mode: put, path: pathOf(collection, key), key: key, data: data}
}

// Delete deletes a record.
func Delete(collection syntax.NSID, key syntax.RecordKey) Write {
	return Write{mode: deleteRecord, path: pathOf(collection, key), key: key}
}

// If returns w with the condition that the record which is there now has a CID;
// the undefined CID demands that there is none. If that does not hold, the
// batch fails with [ErrSwap].
func (w Write) If(current cid.CID) Write {
	w.swap = &current
	return w
}

// change is a write that has been checked.
type change struct {
	Write

	record Record // without CID and data if the write deletes
}

// prepare checks a write on its own, and encodes its record.
func (w Write) prepare() (change, error) {
	if w.path == "" {
		return change{}, failAtf(ErrRecord, "", "a write without a record")
	}
	if err := checkPath(w.path); err != nil {
		return change{}, err
	}
	c := change{w, Record{Path: w.path}}
	if w.mode == deleteRecord {
		return c, nil
	}
	data, err := w.encode()
	if err == nil {
		err = checkRecord(c.record.Collection(), data)
	}
	if err != nil {
		return change{}, &Error{Path: w.path, Reason: err.Error(), Err: joined(ErrRecord, err)}
	}
	if len(data) > MaxRecord {
		return change{}, failAtf(ErrLimit, w.path, "%d bytes, more than %d (SN-05)", len(data), MaxRecord)
	}
	c.record.Data, c.record.CID = data, cid.Sum(cid.DagCBOR, data)
	return c, nil
}

// encode returns the record as data that is the caller's own.
func (w Write) encode() ([]byte, error) {
	if w.record == nil {
		return bytes.Clone(w.data), nil
	}
	if err := lex.CheckKey(w.record, w.key); err != nil {
		return nil, err
	}
	return lex.MarshalCBOR(w.record)
}
