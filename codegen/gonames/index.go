package gonames

// index finds what became of the entries of an older version.
type index struct {
	keys  map[key][]entry // several constants of a lexicon can have one value
	fresh map[key][]entry // those whose names the older version has not
	named map[qualified]entry
	names map[string]bool
}

// qualified is a name in a package, which its folder tells from others that are
// called the same.
type qualified struct{ kind, dir, name string }

func (e entry) qualified() qualified { return qualified{e.kind, e.dir, e.name} }

// indexOf arranges the entries of a version for those of the version before.
func indexOf(list, before []entry) *index {
	had := map[qualified]bool{}
	for _, e := range before {
		had[e.qualified()] = true
	}
	n := &index{keys: map[key][]entry{}, fresh: map[key][]entry{}, named: map[qualified]entry{}, names: map[string]bool{}}
	for _, e := range list {
		n.keys[e.key] = append(n.keys[e.key], e)
		n.named[e.qualified()], n.names[e.name] = e, true
		if !had[e.qualified()] {
			n.fresh[e.key] = append(n.fresh[e.key], e)
		}
	}
	return n
}

// find returns what became of an entry of the older version, at most once the
// same for constants: what comes from the same, or else what has its name.
func (n *index) find(old entry) (entry, bool) {
	list := n.keys[old.key]
	if old.kind == constantKind {
		for _, e := range list {
			if e.qualified() == old.qualified() {
				return e, true
			}
		}
		list = n.fresh[old.key]
		if len(list) > 0 {
			n.fresh[old.key] = list[1:]
		}
	}
	if len(list) > 0 {
		return list[0], true
	}
	e, ok := n.named[old.qualified()]
	return e, ok
}

// typeOf returns the type of a definition, a body or an object inside of them;
// the zero entry for none.
func (n *index) typeOf(id string) entry {
	if list := n.keys[key{typeKind, id, ""}]; len(list) > 0 {
		return list[0]
	}
	return entry{}
}

// standsFor reports whether the type of a body is another name of a type.
func (n *index) standsFor(id, name string) bool {
	e := n.typeOf(id)
	return e.means != "" && e.typ == name
}
