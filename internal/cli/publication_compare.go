package cli

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// standing says how a lexicon of the project stands to what is published.
type standing string

// The standings, as they are printed.
const (
	standsSame         standing = "same"
	standsChanged      standing = "changed"
	standsNew          standing = "not published"
	standsPublished    standing = "published only"
	standsUnresolvable standing = "not resolvable"
)

// compared is a lexicon in the project and in the network.
type compared struct {
	id        syntax.NSID
	standing  standing
	local     Published // without a CID if it is published only
	published Published // without a CID if it is not
	authority syntax.DID
	reason    string // why it cannot be resolved
}

// compare holds the lexicons of the project against those of a repository, which is
// that of their authority.
func compare(local, published []Published, did syntax.DID) []compared {
	found := map[syntax.NSID]compared{}
	for _, r := range published {
		found[r.NSID] = compared{id: r.NSID, standing: standsPublished, published: r, authority: did}
	}
	for _, r := range local {
		c := compared{id: r.NSID, standing: standsNew, local: r, authority: did}
		if was, ok := found[r.NSID]; ok {
			c.published, c.standing = was.published, standsChanged
			if c.published.CID == r.CID {
				c.standing = standsSame
			}
		}
		found[r.NSID] = c
	}
	list := make([]compared, 0, len(found))
	for _, c := range found {
		list = append(list, c)
	}
	return sorted(list)
}

func sorted(list []compared) []compared {
	slices.SortFunc(list, func(a, b compared) int { return strings.Compare(string(a.id), string(b.id)) })
	return list
}

// domain is a part of the project whose lexicons have one authority (LE-06).
type domain struct {
	name     string      // as in the DNS, without _lexicon
	any      syntax.NSID // one of them
	lexicons []Published
	did      syntax.DID // of the account in charge
	err      error      // why nobody is
}

// domainsOf sorts lexicons by authority. There is a domain for each of further NSIDs,
// too, which may have no lexicon in the project.
func domainsOf(list []Published, further ...syntax.NSID) []*domain {
	byName := map[string]*domain{}
	of := func(nsid syntax.NSID) *domain {
		d := byName[nsid.Authority()]
		if d == nil {
			d = &domain{name: nsid.Authority(), any: nsid}
			byName[d.name] = d
		}
		return d
	}
	for _, r := range list {
		d := of(r.NSID)
		d.lexicons = append(d.lexicons, r)
	}
	for _, nsid := range further {
		of(nsid)
	}
	return slices.SortedFunc(maps.Values(byName), func(a, b *domain) int { return strings.Compare(a.name, b.name) })
}

// domains sorts lexicons by authority, and asks who is in charge of each.
func (p *publication) domains(ctx context.Context, list []Published, further ...syntax.NSID) ([]*domain, error) {
	found := domainsOf(list, further...)
	line := newProgress(p.world, p.stderr)
	defer line.stop()
	for _, d := range found {
		line.step("asking the DNS for " + d.record())
		d.did, d.err = p.schemas.Authority(ctx, d.any)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// record is the name of the record in the DNS.
func (d *domain) record() string { return "_lexicon." + d.name }

// contents counts the lexicons of a domain.
func (d *domain) contents() string {
	if len(d.lexicons) == 1 {
		return string(d.lexicons[0].NSID)
	}
	return fmt.Sprintf("%d lexicons below %s", len(d.lexicons), prefixOf(d.any))
}

// prefixOf is an NSID without its name.
func prefixOf(nsid syntax.NSID) string {
	return strings.TrimSuffix(string(nsid), "."+nsid.Name())
}

// textOf returns a CID as text, "" for none.
func textOf(c cid.CID) string {
	if !c.Defined() {
		return ""
	}
	return c.String()
}
