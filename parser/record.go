package parser

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/parser/jsontree"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// recordType lowers a record (LX-08).
func (l *lowering) recordType(o *jsontree.Object, common Common) *Record {
	t := &Record{Common: common, Key: l.text(o, "key")}
	if t.Key.Present() && !isRecordKeyType(t.Key.Value) {
		l.report.Warning(diag.CodeUnknownRecordKey, t.Key, fmt.Sprintf("%s is no kind of record key; any key is allowed then", quote(t.Key.Value)))
		t.Key = Text{}
	}
	t.Record, _ = l.typ(o.Get("record")).(*Object)
	return t
}

// isRecordKeyType reports whether the text is a kind of record key (SY-14). The
// schema's pattern lets two literals through that are no keys, "." and "..".
func isRecordKeyType(text string) bool {
	_, err := syntax.ParseRecordKeyType(text)
	return err == nil
}
