package diag

import (
	"cmp"
	"slices"
	"strings"
)

const (
	// nearestLength is the longest name in bytes that is compared by distance;
	// no NSID with a definition is as long.
	nearestLength = 512
	// nearestDistance is the largest distance that a suggestion may have.
	nearestDistance = 6
)

// Nearest returns at most limit candidates that a person who wrote name may have
// meant, best first: one that differs in letter case only, then by edit
// distance (insertions, deletions, substitutions and swaps of neighbours), then
// by text. Candidates that are name itself or too far away are left out. The
// cost grows with the number of candidates times their length.
func Nearest(name string, candidates []string, limit int) []string {
	if len(name) > nearestLength {
		return nil
	}
	folded := strings.ToLower(name)
	var m measure
	var near []neighbour
	for _, candidate := range candidates {
		if candidate == name || len(candidate) > nearestLength {
			continue
		}
		if d, ok := m.plausible(folded, strings.ToLower(candidate)); ok {
			near = append(near, neighbour{candidate, d})
		}
	}
	slices.SortFunc(near, func(a, b neighbour) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.name, b.name))
	})
	near = slices.Compact(near)
	var names []string
	for _, n := range near[:min(len(near), limit)] {
		names = append(names, n.name)
	}
	return names
}

type neighbour struct {
	name     string
	distance int
}

// measure compares texts, and keeps its memory from one to the next.
type measure struct {
	a, b []rune
	rows [3][]int
}

// plausible returns the distance of two folded names, and whether one may be
// meant by the other: a third of what is left of the shorter one without the
// segments that both begin and end with. Siblings in one namespace are
// therefore as far apart as their own names are.
func (m *measure) plausible(a, b string) (distance int, ok bool) {
	if a == b {
		return 0, true
	}
	a, b = trimSegments(a, b)
	m.a, m.b = appendRunes(m.a[:0], a), appendRunes(m.b[:0], b)
	limit := min((min(len(m.a), len(m.b))+1)/3, nearestDistance)
	distance = m.distance(m.a, m.b, limit)
	return distance, distance <= limit
}

func appendRunes(list []rune, text string) []rune {
	for _, r := range text {
		list = append(list, r)
	}
	return list
}

// trimSegments cuts the leading and trailing segments that two different names
// share. A segment ends at a separator.
func trimSegments(a, b string) (string, string) {
	cut := 0
	for i := 0; i < len(a) && i < len(b) && a[i] == b[i]; i++ {
		if isSeparator(a[i]) {
			cut = i + 1
		}
	}
	a, b = a[cut:], b[cut:]
	cut = 0
	for i := 1; i <= len(a) && i <= len(b) && a[len(a)-i] == b[len(b)-i]; i++ {
		if isSeparator(a[len(a)-i]) {
			cut = i
		}
	}
	return a[:len(a)-cut], b[:len(b)-cut]
}

func isSeparator(c byte) bool { return strings.IndexByte(".#/-:", c) >= 0 }

// distance returns the optimal string alignment distance of two texts, or
// limit+1 if it is larger. Only the diagonal band that can stay within the
// limit is computed.
func (m *measure) distance(a, b []rune, limit int) int {
	far := limit + 1
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return far
	}
	before, above, row := m.row(0, len(b)), m.row(1, len(b)), m.row(2, len(b))
	for j := range above {
		above[j] = min(j, far)
	}
	for i := 1; i <= len(a); i++ {
		low, high := max(1, i-limit), min(len(b), i+limit)
		row[low-1] = far
		if low == 1 {
			row[0] = min(i, far)
		}
		for j := low; j <= high; j++ {
			d := min(above[j]+1, row[j-1]+1, above[j-1]+differ(a[i-1], b[j-1]))
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = min(d, far)
		}
		if high < len(b) {
			row[high+1] = far
		}
		before, above, row = above, row, before
	}
	return above[len(b)]
}

// row returns a row of the table for a text of that length.
func (m *measure) row(i, length int) []int {
	if cap(m.rows[i]) <= length {
		m.rows[i] = make([]int, length+1, 2*length+2)
	}
	return m.rows[i][:length+1]
}

func differ(a, b rune) int {
	if a == b {
		return 0
	}
	return 1
}
