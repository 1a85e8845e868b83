package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"

	schema "github.com/lexgen/lexgen/resolver/network"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/identity"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// finder finds lexicons for install, in the order that its help tells. It may be used
// by any number of goroutines.
type finder struct {
	*installing

	old     *lock // nil if there is none
	named   map[syntax.NSID]syntax.DID
	sources map[syntax.NSID][]sourced
	frozen  map[syntax.NSID][]sourced
}

// finder reads the sources and makes what asks the network. What is returned has to be
// called at the end.
func (i *installing) finder(ctx context.Context, old *lock, named map[syntax.NSID]syntax.DID) (*finder, func(), error) {
	sources, err := lexiconsIn(ctx, i.place.sources)
	if err != nil {
		return nil, nil, err
	}
	frozen, err := lexiconsIn(ctx, i.place.frozen)
	if err != nil {
		return nil, nil, err
	}
	dns := i.net.nameServer()
	client := i.net.client(dns)
	directory := identity.NewDirectory(i.net.resolverWith(dns, client), identity.CacheOptions{})
	i.recall = i.world.recall(i.place.lock, i.world.now(), i.whoAnswers()...)
	i.resolver = lexnet.NewResolver(lexnet.Options{
		Directory: directory, Authorities: i.place.authorities, Client: client, Check: schema.Check, Revs: i.revs(),
		Timeout: i.net.timeout, Now: i.world.now,
	})
	return &finder{installing: i, old: old, named: named, sources: sources, frozen: frozen}, directory.Close, nil
}

// whoAnswers says in words whom this run asks, as others may know other lexicons.
func (i *installing) whoAnswers() []string {
	words := []string{i.net.plc, i.net.dns, strconv.FormatBool(i.net.development)}
	for _, pattern := range slices.Sorted(maps.Keys(i.place.authorities)) {
		words = append(words, string(pattern), string(i.place.authorities[pattern]))
	}
	return words
}

// revs returns what is known of the newest revs of accounts.
func (i *installing) revs() *revs {
	r := &revs{folder: i.recall.folder, network: i.net.plc}
	for _, did := range i.restored {
		r.restored = append(r.restored, syntax.DID(did))
	}
	return r
}

// Resolve finds one lexicon. A file that was installed, and that no lock pins, has to be
// what is found.
func (f *finder) Resolve(ctx context.Context, nsid syntax.NSID) (*lexnet.Lexicon, error) {
	if f.isOwn(nsid) {
		return f.own(nsid)
	}
	found, err := f.ofOthers(ctx, nsid)
	is := f.place.read(nsid)
	if f.old.has(nsid) || errors.Is(is.err, fs.ErrNotExist) {
		return found, err
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w\n%s looks as if it was installed, and %s does not pin it: remove it, or take its $type out if it is one of your own",
			err, f.place.path(nsid), f.place.lock)
	case found.CID != is.cid && !f.forceEdited:
		return nil, fmt.Errorf("%s looks as if it was installed, %s does not pin it, and it has %s where %s has %s\n"+
			"remove the file, or have --force replace it; take its $type out if it is one of your own",
			f.place.path(nsid), f.place.lock, is.name(), pin{found.URI(), found.CID}.origin(), found.CID)
	}
	return found, nil
}

// ofOthers finds a lexicon that is not one of the user's own.
func (f *finder) ofOthers(ctx context.Context, nsid syntax.NSID) (*lexnet.Lexicon, error) {
	if f.old.has(nsid) && !f.update && f.named[nsid] == "" {
		return f.pinned(ctx, nsid, f.old.pins[nsid])
	}
	if s := f.sources[nsid]; len(s) > 0 {
		return s[0].record(nsid)
	}
	found, err := f.published(ctx, nsid)
	if s := f.frozen[nsid]; len(s) > 0 && isNowhere(err) {
		return s[0].record(nsid)
	}
	return found, err
}

// isNowhere reports whether an error says that a lexicon is not in the network. That
// nobody answers, or that something is not proved, does not say so.
func isNowhere(err error) bool {
	return errors.Is(err, lexnet.ErrAuthority) || errors.Is(err, lexnet.ErrNotFound) || errors.Is(err, lexnet.ErrNoServer)
}

// isOwn reports whether a lexicon is one of the user's own in the folder: a file that no
// lock pins and that does not look as if it was installed, or that one pins although no
// account has it, and no source either. One that is pinned without the $type of a record
// is it in any case, as install writes none.
func (f *finder) isOwn(nsid syntax.NSID) bool {
	is := f.place.read(nsid)
	if errors.Is(is.err, fs.ErrNotExist) {
		return false
	}
	if !f.old.has(nsid) {
		return !is.asInstalled()
	}
	p := f.old.pins[nsid]
	if is.cid == p.cid && !is.isRecord() {
		return p.did() == "" || p.isOfDomain()
	}
	isElsewhere := len(f.sources[nsid]) > 0 || len(f.frozen[nsid]) > 0
	return f.old.isOwn(nsid, isElsewhere)
}

// own returns a lexicon of the user's own.
func (f *finder) own(nsid syntax.NSID) (*lexnet.Lexicon, error) {
	path := f.place.path(nsid)
	if did := f.named[nsid]; did != "" {
		return nil, fmt.Errorf("%s is one of your own, and what %s has was asked for: move the file away, or name the lexicon by its NSID alone", path, did)
	}
	return sourced{path: path, text: f.place.read(nsid).text}.lexicon(nsid)
}

// record returns what stands in a source as the record that would be published, with the
// $type of one, so that it has the same CID.
func (s sourced) record(nsid syntax.NSID) (*lexnet.Lexicon, error) {
	l, err := s.lexicon(nsid)
	if err != nil {
		return nil, err
	}
	data, err := lexnet.AsRecord(l.Data)
	if err != nil {
		return nil, err
	}
	l.Data, l.CID = data, cid.Sum(cid.DagCBOR, data)
	return l, nil
}

// lexicon returns what stands in a source as it is.
func (s sourced) lexicon(nsid syntax.NSID) (*lexnet.Lexicon, error) {
	data, err := lexnet.Encode(s.text)
	if err == nil {
		err = schema.Check(nsid, s.text)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w\nmend it, or take it away so that %s is looked for elsewhere", s.path, err, nsid)
	}
	return &lexnet.Lexicon{NSID: nsid, CID: cid.Sum(cid.DagCBOR, data), Data: data}, nil
}

// pinned finds a lexicon with the CID that the lock demands.
func (f *finder) pinned(ctx context.Context, nsid syntax.NSID, p pin) (*lexnet.Lexicon, error) {
	if is := f.place.read(nsid); is.cid == p.cid {
		return known(nsid, p, is.text)
	}
	if data, ok := f.recall.block(p.cid); ok {
		return &lexnet.Lexicon{NSID: nsid, DID: p.did(), CID: p.cid, Data: data}, nil
	}
	for _, s := range slices.Concat(f.sources[nsid], f.frozen[nsid]) {
		if found, err := s.record(nsid); err == nil && found.CID == p.cid {
			found.DID = p.did()
			return found, nil
		}
	}
	found, err := f.fetch(ctx, p.did(), nsid)
	if err != nil {
		return nil, fmt.Errorf("it is not on disk, and %s pins %s: %w", f.place.lock, p.cid, err)
	}
	if found.CID != p.cid {
		return nil, fmt.Errorf("it is not on disk: %s pins %s, and %s has %s now\nlexgen install --update takes that, or restore the file",
			f.place.lock, p.cid, found.URI(), found.CID)
	}
	return found, nil
}

// known returns a lexicon that is installed already.
func known(nsid syntax.NSID, p pin, text []byte) (*lexnet.Lexicon, error) {
	data, err := lexnet.Encode(text)
	if err != nil {
		return nil, err
	}
	return &lexnet.Lexicon{NSID: nsid, DID: p.did(), CID: p.cid, Data: data}, nil
}

// published finds a lexicon in the network. That its authority is another one than the
// lock has is refused, unless the user says so.
func (f *finder) published(ctx context.Context, nsid syntax.NSID) (*lexnet.Lexicon, error) {
	did := f.named[nsid]
	if did == "" {
		var err error
		if did, err = f.resolver.Authority(ctx, nsid); err != nil {
			return nil, err
		}
		before := syntax.DID("")
		if f.old.has(nsid) {
			before = f.old.pins[nsid].did()
		}
		if before != "" && before != did && !f.isConfirmed(nsid) {
			return nil, fmt.Errorf("the DNS has another authority than before: it was %s, and now it is %s\n"+
				"ask who owns the domain whether that is right; --authority '%s=%s' takes it", before, did, nsid, did)
		}
	}
	return f.fetch(ctx, did, nsid)
}

// isConfirmed reports whether the user has named the authority of a lexicon.
func (f *finder) isConfirmed(nsid syntax.NSID) bool {
	for pattern := range f.place.authorities {
		if pattern.Match(nsid) {
			return true
		}
	}
	return false
}

// fetch gets a lexicon from an account, or from the one in charge if that is "", unless
// an interrupted run has just got it.
func (f *finder) fetch(ctx context.Context, did syntax.DID, nsid syntax.NSID) (found *lexnet.Lexicon, err error) {
	if did == "" {
		if did, err = f.resolver.Authority(ctx, nsid); err != nil {
			return nil, err
		}
	}
	if found := f.recall.fetched(did, nsid); found != nil {
		return found, nil
	}
	found, err = f.resolver.Fetch(ctx, did, nsid)
	if err == nil {
		f.recall.keep(found)
	}
	return found, err
}
