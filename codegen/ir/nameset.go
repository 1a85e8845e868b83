package ir

import "strconv"

// nameSet is the set of the names of one Go scope and who has them. Finding a
// free name costs the same however many clash.
type nameSet struct {
	owners map[string]string // name to who has it
	next   map[string]int    // the last number tried behind a name
}

func newNameSet() *nameSet {
	return &nameSet{owners: map[string]string{}, next: map[string]int{}}
}

// has reports whether the name is taken.
func (s *nameSet) has(name string) bool {
	_, ok := s.owners[name]
	return ok
}

// reserve makes sure that the name is taken.
func (s *nameSet) reserve(name string) {
	if !s.has(name) {
		s.owners[name] = ""
	}
}

// take gives name, or the first free one of name2, name3 …, to owner.
func (s *nameSet) take(name, owner string) string {
	base := name
	for s.has(name) {
		s.next[base] = max(s.next[base], 1) + 1
		name = base + strconv.Itoa(s.next[base])
	}
	s.owners[name] = owner
	return name
}
