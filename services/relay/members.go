package relay

import (
	"hash/maphash"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// Bounds of the index of collections.
const (
	mostCollections   = 1000      // of one account; further ones are left out
	rememberedMembers = 2_000_000 // collections of all accounts that are in memory
)

// members are the collections of accounts that are known to be in the index, or about to
// be. They are kept as hashes: names are long, and of strangers. It is not safe for
// concurrent use.
type members struct {
	seed  maphash.Seed
	known *simplelru.LRU[syntax.DID, map[uint64]struct{}]
	total int // hashes
}

func newMembers() *members {
	m := &members{seed: maphash.MakeSeed()}
	m.known, _ = simplelru.NewLRU(rememberedAccounts, func(_ syntax.DID, set map[uint64]struct{}) { m.total -= len(set) }) // as in newAccounts
	return m
}

// has reports whether the collections of an account are in memory.
func (m *members) has(did syntax.DID) bool {
	_, ok := m.known.Get(did)
	return ok
}

// put notes that an account has these collections, and no other ones.
func (m *members) put(did syntax.DID, collections []syntax.NSID) {
	m.known.Remove(did) // Add does not tell that it replaces one
	m.known.Add(did, make(map[uint64]struct{}, len(collections)))
	for _, c := range collections {
		m.add(did, c)
	}
}

// add notes one more collection of an account, and reports whether it is a new one for
// which there is room.
func (m *members) add(did syntax.DID, collection syntax.NSID) bool {
	set, ok := m.known.Get(did)
	if !ok {
		set = map[uint64]struct{}{}
		m.known.Add(did, set)
	}
	hash := maphash.String(m.seed, string(collection))
	if _, is := set[hash]; is || len(set) >= mostCollections {
		return false
	}
	set[hash] = struct{}{}
	for m.total++; m.total > rememberedMembers && m.known.Len() > 1; {
		m.known.RemoveOldest()
	}
	return true
}
