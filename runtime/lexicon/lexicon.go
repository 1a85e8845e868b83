package lexicon

import (
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Collection is where accounts publish schemas: the key of a record is the NSID
// (LE-05).
const Collection syntax.NSID = "com.atproto.lexicon.schema"

// A Lexicon is a published schema that was proved. It is immutable and shared between
// goroutines freely.
type Lexicon struct {
	NSID syntax.NSID
	// DID is the account that has published it; "" if it comes from elsewhere.
	DID syntax.DID
	// CID is that of the record.
	CID cid.CID
	// Rev is that of the commit that proves the record.
	Rev syntax.TID
	// Data is the record as DAG-CBOR, with its $type, at most [repo.MaxRecord] bytes.
	// It must not be changed.
	Data []byte
}

// URI returns where the record is, by the DID of the account, or by the [StandIn] if there
// is none.
func (l *Lexicon) URI() syntax.ATURI {
	if l.DID == "" {
		return URIOf(StandIn(l.NSID), l.NSID)
	}
	return URIOf(l.DID, l.NSID)
}

// StandIn returns the did:web of the domain of an NSID below .invalid: it stands where a
// DID must be, for a schema that nobody has published. No account can have it (SY-04).
func StandIn(nsid syntax.NSID) syntax.DID {
	return syntax.DID("did:web:" + nsid.Authority() + ".invalid")
}

// URIOf returns where an authority has the schema of an NSID.
func URIOf(did syntax.DID, nsid syntax.NSID) syntax.ATURI {
	return syntax.ATURIOf(syntax.AtIdentifier(did), Collection, syntax.RecordKey(nsid))
}
