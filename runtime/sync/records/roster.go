package records

import (
	"context"
	"slices"
	"strings"
	stdsync "sync"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// A roster is a list of accounts, the oldest first, that is kept as a setting. It is stored
// as a whole, and bounded: when there are more the oldest ones fall off.
type roster struct {
	store Settings
	name  string
	bell  bell // for those who wait for one

	mu    stdsync.Mutex // guards below, also while it is stored
	dids  []syntax.DID
	bytes int
}

const (
	maxRoster      = 1000
	maxRosterBytes = 64 << 10
)

func (o *roster) load(ctx context.Context) error {
	text, err := o.store.Setting(ctx, o.name)
	for did := range strings.FieldsSeq(text) {
		o.dids, o.bytes = append(o.dids, syntax.DID(did)), o.bytes+len(did)
	}
	return err
}

// add adds an account at the end, or moves it there, and returns those that have fallen off.
func (o *roster) add(ctx context.Context, did syntax.DID) (off []syntax.DID, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.take(did)
	o.dids, o.bytes = append(o.dids, did), o.bytes+len(did)
	for len(o.dids) > maxRoster || o.bytes > maxRosterBytes {
		off = append(off, o.dids[0])
		o.take(o.dids[0])
	}
	return off, o.save(ctx)
}

// remove removes those of some accounts that it has.
func (o *roster) remove(ctx context.Context, dids ...syntax.DID) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	before := len(o.dids)
	if before == 0 {
		return nil
	}
	for _, did := range dids {
		o.take(did)
	}
	if len(o.dids) == before {
		return nil
	}
	return o.save(ctx)
}

func (o *roster) take(did syntax.DID) {
	if i := slices.Index(o.dids, did); i >= 0 {
		o.dids, o.bytes = slices.Delete(o.dids, i, i+1), o.bytes-len(did)
	}
}

func (o *roster) save(ctx context.Context) error {
	var text strings.Builder
	for _, did := range o.dids {
		text.WriteString(string(did) + "\n")
	}
	return o.store.SetSetting(ctx, o.name, text.String())
}

// first returns the oldest one, "" if there is none.
func (o *roster) first() syntax.DID {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.dids) == 0 {
		return ""
	}
	return o.dids[0]
}
