package lexicon

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
)

// Version is that of the Lexicon language.
const Version = 1

const whoPublishes = "tell whoever publishes it, or name a frozen copy among the sources"

// check holds a record against what makes it the schema of its key (LE-05, LE-09).
func (r *Resolver) check(l *Lexicon) error {
	if len(l.Data) > repo.MaxRecord {
		return fault(ErrTooLarge, nil, whoPublishes, "the record has %d bytes, more than %d (SN-05)", len(l.Data), repo.MaxRecord)
	}
	var record map[string]any
	if err := lex.DecodeCBOR(l.Data, &record); err != nil {
		return fault(ErrRecord, err, whoPublishes, "the record cannot be read: %v", err)
	}
	if got := record["$type"]; got != string(Collection) {
		return fault(ErrRecord, nil, whoPublishes, "the record has the $type %.100q, not %s (LE-05)", textOf(got), Collection)
	}
	if got := record["lexicon"]; got != int64(Version) {
		return fault(ErrRecord, nil, whoPublishes, "the record has lexicon: %s, and this is version %d (LE-05)", brief(got), Version)
	}
	if got := record["id"]; got != string(l.NSID) {
		return fault(ErrRecord, nil, whoPublishes, "the record has the id %.317q, which is not its key (LE-09)", textOf(got))
	}
	if _, isObject := record["defs"].(map[string]any); !isObject {
		return fault(ErrRecord, nil, whoPublishes, "the record has no defs (LE-05)")
	}
	if r.opts.Check == nil {
		return nil
	}
	text, tooLarge := textOfRecord(record)
	if tooLarge != nil {
		return tooLarge
	}
	if err := r.opts.Check(l.NSID, text); err != nil {
		return fault(ErrRecord, err, whoPublishes, "the record is no lexicon: %v", err)
	}
	return nil
}

// brief prints a value of the data model, cut short and in one line.
func brief(v any) string {
	return strings.Trim(fmt.Sprintf("%.20q", fmt.Sprint(v)), `"`)
}

func textOf(v any) string {
	text, _ := v.(string)
	return text
}
