package account

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// collection is where accounts publish lexicons: the key of a record is the NSID
// (LE-05).
const collection syntax.NSID = "com.atproto.lexicon.schema"

// Limits of what is taken from a server.
const (
	maxPublished = 10_000   // lexicons of one repository
	maxTotal     = 64 << 20 // bytes of all of them
	maxEmpty     = 100      // pages of no records, one after the other
)

// Accounts are those of the network. The zero Accounts are ready for use.
type Accounts struct{}

// Published implements [cli.Accounts]: the lexicons are in the order of their NSIDs.
// A page may be empty, and the list go on behind it (LE-13).
func (Accounts) Published(ctx context.Context, server *xrpc.Client, did syntax.DID) (list []cli.Published, passedOver []string, err error) {
	params := &comatproto.RepoListRecordsParams{Repo: syntax.AtIdentifier(did), Collection: collection, Limit: lex.Int(100)}
	found := map[syntax.NSID]cli.Published{}
	total, empty := 0, 0
	for page, err := range atclient.Pages(ctx, server, &comatproto.RepoListRecords, params) {
		if err != nil {
			return nil, nil, withoutRepository(err)
		}
		if empty++; len(page.Records) > 0 {
			empty = 0
		}
		if empty > maxEmpty {
			return nil, nil, fmt.Errorf("the server sends more than %d pages of no records, one after the other, and says that there are more", maxEmpty)
		}
		for _, r := range page.Records {
			p, isNone, err := publishedOf(did, r)
			if err != nil {
				return nil, nil, err
			}
			_, twice := found[p.NSID]
			switch {
			case isNone != "":
				passedOver = append(passedOver, isNone)
			case twice:
				return nil, nil, fmt.Errorf("the server lists %s twice", p.NSID)
			default:
				found[p.NSID] = p
			}
			if total += len(p.JSON); total > maxTotal || len(found)+len(passedOver) > maxPublished {
				return nil, nil, fmt.Errorf("the server lists more than %d lexicons, or %d bytes of them", maxPublished, maxTotal)
			}
		}
	}
	list = make([]cli.Published, 0, len(found))
	for _, p := range found {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b cli.Published) int { return strings.Compare(string(a.NSID), string(b.NSID)) })
	return list, passedOver, nil
}

// withoutRepository says in plain words that the server does not have the repository.
func withoutRepository(err error) error {
	if e, ok := errors.AsType[*xrpc.Error](err); ok && e.Name == "RepoNotFound" {
		return fmt.Errorf("the server does not have the repository: %w", err)
	}
	return err
}

// publishedOf holds a record of a list against what it must be. That the server
// leaves out or adds records cannot be seen here. isNone says of a record that the
// account may well have there why it is no lexicon.
func publishedOf(did syntax.DID, r *comatproto.RepoListRecordsRecord) (p cli.Published, isNone string, err error) {
	uri := string(r.URI)
	key, ok := strings.CutPrefix(uri, "at://"+string(did)+"/"+string(collection)+"/")
	if !ok {
		return p, "", fmt.Errorf("the server lists %.200q among the lexicons of %s", uri, did)
	}
	nsid, noNSID := syntax.ParseNSID(key)
	name := key
	if noNSID != nil {
		name = fmt.Sprintf("%.200q", key) // which may have anything in it
	}
	record, err := lex.MarshalCBOR(r.Value)
	if err != nil {
		return p, "", fmt.Errorf("the record of %s: %w", name, err)
	}
	p.CID = cid.Sum(cid.DagCBOR, record)
	if string(r.CID) != p.CID.String() {
		return p, "", fmt.Errorf("the server says that the record of %s is %.100q, and sends %s", name, r.CID, p.CID)
	}
	if p.JSON, err = lex.MarshalJSON(r.Value); err != nil {
		return p, "", err
	}
	if noNSID != nil {
		return p, name + ", which is no NSID", nil //nolint:nilerr // that is the reason
	}
	p.NSID = nsid
	if t := r.Value.LexType(); t != string(collection) {
		return p, fmt.Sprintf("%s, which is a %.100q", p.NSID, t), nil
	}
	return p, "", nil
}
