package sync

import "slices"

// A tail is the last entries of a log in memory, bounded in number and bytes.
type tail struct {
	maxEntries, maxBytes int

	after   int64 // all entries behind this seq are here
	entries []Entry
	bytes   int // of their frames
	gone    int // bytes of frames before the first entry that the array still holds
}

// entrySize is about what an entry takes besides its frame, in bytes.
const entrySize = 128

// reset empties the tail, which begins behind a seq.
func (t *tail) reset(after int64) { t.after, t.entries, t.bytes, t.gone = after, nil, 0, 0 }

// add appends entries, and removes the first ones where there are too many. Others may
// read what is removed.
func (t *tail) add(entries []Entry) {
	t.entries = append(t.entries, entries...)
	for i := range entries {
		t.bytes += len(entries[i].Frame)
	}
	first := 0
	for first < len(t.entries) && (len(t.entries)-first > t.maxEntries || t.bytes > t.maxBytes) {
		size := len(t.entries[first].Frame)
		t.bytes -= size
		t.gone += size + entrySize
		t.after = t.entries[first].Seq
		first++
	}
	t.entries = t.entries[first:]
	if t.gone > t.maxBytes/4 || len(t.entries) == 0 {
		t.entries, t.gone = slices.Clone(t.entries), 0
	}
}

// behind returns the entries behind a seq, and whether these are all that there are.
func (t *tail) behind(after int64) ([]Entry, bool) {
	if after < t.after {
		return nil, false
	}
	from, _ := slices.BinarySearchFunc(t.entries, after+1, compareSeq)
	return t.entries[from:len(t.entries):len(t.entries)], true
}

// remove removes entries. Others may read the old ones.
func (t *tail) remove(gone func(Entry) bool) {
	kept := make([]Entry, 0, len(t.entries))
	t.bytes, t.gone = 0, 0
	for _, e := range t.entries {
		if !gone(e) {
			kept = append(kept, e)
			t.bytes += len(e.Frame)
		}
	}
	t.entries = kept
}
