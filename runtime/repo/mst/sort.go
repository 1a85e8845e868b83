package mst

import (
	"cmp"
	"slices"
	"strings"
)

// Sort puts entries in the order of their keys, as [Build] wants them, in a
// fraction of the time of comparing whole keys: those of a repository begin
// alike, and their entries are large.
func Sort(entries []Entry) {
	order := make([]sortKey, len(entries))
	for i := range order {
		order[i].index = i
	}
	s := sorter{entries: entries, spare: make([]sortKey, len(entries))}
	s.sort(order, 0)
	sorted := make([]Entry, len(entries))
	for i, k := range order {
		sorted[i] = entries[k.index]
	}
	copy(entries, sorted)
}

// sortKey stands for an entry.
type sortKey struct {
	word  uint64 // a part of the key, the first byte the highest
	index int
}

// sorter sorts by the bytes of keys, eight at a time.
type sorter struct {
	entries []Entry
	spare   []sortKey
}

// fewKeys is how many keys are sorted by comparing them.
const fewKeys = 24

// sort sorts keys, which agree in the first depth bytes.
func (s *sorter) sort(keys []sortKey, depth int) {
	depth, whole := s.agree(keys, depth)
	if len(keys) <= fewKeys || !whole {
		slices.SortFunc(keys, func(a, b sortKey) int {
			return strings.Compare(s.rest(a, depth), s.rest(b, depth))
		})
		return
	}
	for i := range keys {
		keys[i].word = bigWord(s.rest(keys[i], depth))
	}
	sortWords(keys, s.spare[:len(keys)])
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n].word == keys[0].word {
			n++
		}
		if n > 1 {
			s.sort(keys[:n], depth+8)
		}
		keys = keys[n:]
	}
}

// rest returns what follows the first depth bytes of a key.
func (s *sorter) rest(k sortKey, depth int) string { return s.entries[k.index].Key[depth:] }

// agree returns in how many bytes keys agree, of which it is known that they do
// in the first depth, and whether at least eight follow in each.
func (s *sorter) agree(keys []sortKey, depth int) (int, bool) {
	if len(keys) == 0 {
		return depth, false
	}
	first := s.rest(keys[0], depth)
	shared, shortest := len(first), len(first)
	for _, k := range keys[1:] {
		key := s.rest(k, depth)
		shared = commonPrefix(first[:shared], key)
		shortest = min(shortest, len(key))
	}
	return depth + shared, shortest >= shared+8
}

// bigWord returns the first 8 bytes of text, the first the highest.
func bigWord(text string) uint64 {
	_ = text[7]
	return uint64(text[7]) | uint64(text[6])<<8 | uint64(text[5])<<16 | uint64(text[4])<<24 |
		uint64(text[3])<<32 | uint64(text[2])<<40 | uint64(text[1])<<48 | uint64(text[0])<<56
}

// sortWords sorts keys by their words, one byte after another from the lowest on,
// and leaves out bytes in which all agree. Spare is as long as keys.
func sortWords(keys, spare []sortKey) {
	if len(keys) < 1<<8 { // the counts would cost more
		slices.SortFunc(keys, func(a, b sortKey) int { return cmp.Compare(a.word, b.word) })
		return
	}
	var counts [8][1 << 8]int
	for _, k := range keys {
		for i := range counts {
			counts[i][byte(k.word>>(8*i))]++
		}
	}
	from, to := keys, spare
	for i := range counts {
		shift, count := 8*i, &counts[i]
		if count[byte(keys[0].word>>shift)] == len(keys) {
			continue
		}
		start := 0
		for b := range count {
			count[b], start = start, start+count[b]
		}
		for _, k := range from {
			at := &count[byte(k.word>>shift)]
			to[*at] = k
			*at++
		}
		from, to = to, from
	}
	if &from[0] != &keys[0] {
		copy(keys, from)
	}
}
