package identity

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// ResolveHandle returns the DID that a handle leads to. The DNS and the handle's own
// server are asked side by side, and the DNS has the last word (ID-52): a server
// counts if the DNS has no record or does not answer. That the DID claims the handle
// is not checked (ID-53).
func (r *Resolver) ResolveHandle(ctx context.Context, handle syntax.Handle) (syntax.DID, error) {
	if _, err := syntax.ParseHandle(string(handle)); err != nil {
		return "", failf(errors.Join(ErrUnsupported, err), handle, "it is no handle: %v", err)
	}
	handle = handle.Normalize()
	if !handle.AllowedTLD(r.opts.Environment) {
		return "", failf(ErrUnsupported, handle, "it is under a domain that is not public (SY-07)")
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	var byServer syntax.DID
	var serverFault error
	var server sync.WaitGroup
	server.Go(func() { byServer, serverFault = r.byServer(ctx, handle) })
	did, fault := r.byDNS(ctx, string(handle), "_atproto."+string(handle), oneDID)
	if fault == nil || errors.Is(fault, ErrConflict) {
		cancel() // the server does not matter any more
		server.Wait()
		return did, fault
	}
	server.Wait()
	cancel()
	switch {
	case serverFault == nil:
		return byServer, nil
	case errors.Is(fault, ErrNotFound) && errors.Is(serverFault, ErrNotFound):
		return "", failf(errors.Join(fault, serverFault), handle,
			"neither the DNS nor its server leads to a DID: %s; %s", reasonOf(fault), reasonOf(serverFault))
	}
	return "", failf(errors.Join(ErrUnavailable, fault, serverFault), handle, "%s; %s", reasonOf(fault), reasonOf(serverFault))
}

// reasonOf returns an error without the name that it is about.
func reasonOf(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return err.Error()
}

// ResolveAuthority returns the DID of the repository with the schemas of an NSID and
// its siblings. It asks the DNS for exactly the domain of the NSID, and not for
// those above (LE-06).
func (r *Resolver) ResolveAuthority(ctx context.Context, nsid syntax.NSID) (syntax.DID, error) {
	if _, err := syntax.ParseNSID(string(nsid)); err != nil {
		return "", failf(errors.Join(ErrUnsupported, err), nsid, "it is no NSID: %v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	return r.byDNS(ctx, string(nsid), "_lexicon."+nsid.Authority(), oneRecord)
}

// txtRule says how often a DID may stand in the TXT records of a domain.
type txtRule string

const (
	oneDID    txtRule = "ID-50" // of a handle: the same one as often as it likes
	oneRecord txtRule = "LE-08" // of schemas: in one record
)

// byDNS returns the DID in the TXT records of a domain. It resolves name, which errors
// are about.
func (r *Resolver) byDNS(ctx context.Context, name, domain string, rule txtRule) (syntax.DID, error) {
	if len(domain) > maxDomain {
		return "", failf(ErrNotFound, name, "the DNS has no names of more than %d characters (SY-09)", maxDomain)
	}
	if r.hostRate.Take(domain) > 0 {
		return "", failf(errors.Join(ErrUnavailable, ErrLimited), name, "the DNS was asked for %s %d times at once, and once after each %s",
			domain, r.opts.HostRate.Burst, r.opts.HostRate.Every)
	}
	records, err := r.opts.DNS.LookupTXT(ctx, domain+".") // the dot keeps search domains away
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return "", failf(errors.Join(ErrNotFound, ErrNoRecord), name, "the DNS has no TXT record of %s", domain)
	case err != nil:
		return "", failf(errors.Join(ErrUnavailable, err), name, "the DNS does not answer for %s: %v", domain, err)
	}
	var found syntax.DID
	for _, record := range records[:min(len(records), maxTXT)] {
		text, ok := strings.CutPrefix(record, "did=")
		if !ok {
			continue
		}
		did, err := syntax.ParseDID(text)
		switch {
		case err != nil:
			return "", failf(ErrNotFound, name, "the DNS has %.100q for %s, which is no DID", record, domain)
		case found != "" && found != did:
			return "", failf(ErrConflict, name, "the DNS leads to %s and to %s (%s)", found, did, rule)
		case found != "" && rule == oneRecord:
			return "", failf(ErrConflict, name, "the DNS has did=%s more than once for %s (%s)", did, domain, rule)
		}
		found = did
	}
	if found == "" {
		return "", failf(errors.Join(ErrNotFound, ErrNoRecord), name, "the DNS has no TXT record of %s with did= (%s)", domain, rule)
	}
	return found, nil
}

// byServer returns the DID in the well-known file of a handle's server. In
// development it may do without https (ID-51).
func (r *Resolver) byServer(ctx context.Context, handle syntax.Handle) (syntax.DID, error) {
	did, err := r.byWellKnown(ctx, handle, "https")
	if errors.Is(err, ErrUnavailable) && r.opts.Environment == syntax.Development {
		return r.byWellKnown(ctx, handle, "http")
	}
	return did, err
}

func (r *Resolver) byWellKnown(ctx context.Context, handle syntax.Handle, scheme string) (syntax.DID, error) {
	status, body, err := r.get(ctx, r.wellKnown, scheme+"://"+string(handle)+"/.well-known/atproto-did", "text/plain, */*;q=0.1", maxWellKnown)
	switch {
	case errors.Is(err, guard.ErrTooLarge):
		return "", failf(errors.Join(ErrNotFound, err), handle, "its server answers at length: %v", err)
	case err != nil:
		return "", failf(errors.Join(kindOf(err), err), handle, "its server does not answer: %v", err)
	case status >= http.StatusInternalServerError || status == http.StatusTooManyRequests:
		return "", failf(ErrUnavailable, handle, "its server answers with status %d", status)
	case status < http.StatusOK || status >= http.StatusMultipleChoices:
		return "", failf(ErrNotFound, handle, "its server answers with status %d", status)
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))              // which editors put there, and browsers and the reference pass over
	line, _, _ := bytes.Cut(bytes.TrimSpace(body), []byte("\n")) // (ID-54)
	did, err := syntax.ParseDID(string(bytes.TrimSpace(line)))
	if err != nil {
		return "", failf(ErrNotFound, handle, "its server answers with %.100q, which is no DID", line)
	}
	return did, nil
}
