package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// What is changed, as the marks of facts.
const (
	added   = '+'
	removed = '-'
	moved   = '~'
)

// handlePrefix is what makes a handle an alias (ID-40).
const handlePrefix = "at://"

// changesOf says how a DID changes from one state to another, which are nil where it
// does not exist. A change of a value is a removal and an addition.
func changesOf(before, after *plc.State) []fact {
	if before == nil {
		before = &plc.State{}
	}
	if after == nil {
		return nil // the tombstone says it all
	}
	return slices.Concat(
		changesOfList(nameOfAlias, before.AlsoKnownAs, after.AlsoKnownAs),
		changesOfMap(nameOfService, textsOfServices(before.Services), textsOfServices(after.Services)),
		changesOfMap(nameOfMethod, before.VerificationMethods, after.VerificationMethods),
		changesOfList(nameOfRotationKey, before.RotationKeys, after.RotationKeys),
	)
}

// changesOfList compares lists whose order means something. What is in both and has
// another place among what is in both is moved.
func changesOfList(name func(i int, text string) (string, string), before, after []string) []fact {
	var facts, gone, come []fact
	var stayed, stay []string
	for i, text := range before {
		if slices.Contains(after, text) {
			stayed = append(stayed, text)
			continue
		}
		what, shown := name(i, text)
		gone = append(gone, fact{removed, what, shown})
	}
	for i, text := range after {
		what, shown := name(i, text)
		if slices.Contains(before, text) {
			stay = append(stay, text)
			facts = append(facts, fact{moved, what, shown})
			continue
		}
		come = append(come, fact{added, what, shown})
	}
	if slices.Equal(stayed, stay) {
		facts = nil
	}
	return slices.Concat(gone, come, facts)
}

func changesOfMap(name func(key string) string, before, after map[string]string) []fact {
	var facts []fact
	all := maps.Clone(before)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, after)
	for _, key := range slices.Sorted(maps.Keys(all)) {
		old, was := before[key]
		now, is := after[key]
		if was && is && old == now {
			continue
		}
		if was {
			facts = append(facts, fact{removed, name(key), old})
		}
		if is {
			facts = append(facts, fact{added, name(key), now})
		}
	}
	return facts
}

func nameOfRotationKey(i int, key string) (string, string) {
	return fmt.Sprintf("rotation key %d", i), key
}

func nameOfAlias(i int, alias string) (string, string) {
	if handle, ok := strings.CutPrefix(alias, handlePrefix); ok && i == 0 {
		return "handle", handle
	}
	return "also known as", alias
}

func nameOfMethod(name string) string {
	switch name {
	case identity.FragmentKey:
		return "signing key"
	case identity.FragmentLabelerKey:
		return "labeler key"
	default:
		return "key " + name
	}
}

func nameOfService(name string) string {
	switch name {
	case identity.FragmentPDS:
		return "pds"
	case identity.FragmentLabeler:
		return "labeler"
	default:
		return "service " + name
	}
}

// textsOfServices leaves out types that follow from the name.
func textsOfServices(services map[string]plc.Service) map[string]string {
	usual := map[string]string{identity.FragmentPDS: identity.TypePDS, identity.FragmentLabeler: identity.TypeLabeler}
	texts := map[string]string{}
	for name, s := range services {
		texts[name] = s.Endpoint
		if s.Type != usual[name] {
			texts[name] = s.Type + " " + s.Endpoint
		}
	}
	return texts
}

// changeJSON is the form of a change for programs.
type changeJSON struct {
	Change string `json:"change"` // added, removed or moved
	What   string `json:"what"`
	Value  string `json:"value"`
}

func changesJSON(facts []fact) []changeJSON {
	all := []changeJSON{}
	for _, f := range facts {
		word := map[byte]string{added: "added", removed: "removed", moved: "moved"}[f.mark]
		all = append(all, changeJSON{word, f.name, f.text})
	}
	return all
}
