package breaking

import "math/bits"

// reach says which ways the data of a place goes, and from where.
type reach struct {
	all      Directions
	released Directions         // from lexicons that are released
	roots    [directions]string // by direction, the first lexicon that data comes from
}

// reachOf is the reach of a part of a method, or of a record.
func reachOf(way Directions, root string, released bool) reach {
	r := reach{all: way}
	if released {
		r.released = way
	}
	r.roots[bits.TrailingZeros8(uint8(way))] = root
	return r
}

// join adds another reach and reports whether that changed anything.
func (r *reach) join(other reach) bool {
	before := *r
	r.all |= other.all
	r.released |= other.released
	for i, root := range other.roots {
		if r.roots[i] == "" {
			r.roots[i] = root
		}
	}
	return r.all != before.all || r.released != before.released
}
