package identity

import (
	"cmp"
	"context"
	"errors"
	"net"
	"time"
)

// Nameservers asks one after another until one answers: the first is the one to
// ask, the others are in reserve (ID-54). That there is no record is an answer.
// Where all fail, the error joins theirs.
type Nameservers struct {
	Servers []TXT
	// Each bounds how long one is waited for; 1 s if zero. It should be a part of
	// the Timeout of the [Resolver].
	Each time.Duration
}

var errNoNameserver = errors.New("there is no name server to ask")

// LookupTXT returns the records of a name.
func (n Nameservers) LookupTXT(ctx context.Context, name string) ([]string, error) {
	if len(n.Servers) == 0 {
		return nil, errNoNameserver
	}
	var failed []error
	for _, server := range n.Servers {
		records, err := n.ask(ctx, server, name)
		dns, isDNS := errors.AsType[*net.DNSError](err)
		if err == nil || isDNS && dns.IsNotFound {
			return records, err
		}
		failed = append(failed, err)
	}
	return nil, errors.Join(failed...)
}

func (n Nameservers) ask(ctx context.Context, server TXT, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(n.Each, time.Second))
	defer cancel()
	return server.LookupTXT(ctx, name)
}
