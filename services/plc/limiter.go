package plc

import (
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A limiter bounds what one address submits. Each has a bucket, which is full at
// first and fills up evenly within an hour.
type limiter struct {
	perHour int
	header  string // that has the address, as a proxy sets it; "" for the connection's
	now     func() time.Time

	mu      sync.Mutex // guards below
	buckets map[netip.Prefix]bucket
	swept   time.Time // when those that are full again were forgotten
}

// A bucket is when it will be full again.
type bucket struct{ full time.Time }

// maxBuckets bounds the memory of a limiter to some megabytes.
const maxBuckets = 100_000

// take takes one from the bucket of a request's address, or says how long to wait.
func (l *limiter) take(r *http.Request) error {
	if l.perHour == 0 {
		return nil
	}
	from, err := l.address(r)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now, one := l.now(), time.Hour/time.Duration(l.perHour)
	b, ok := l.buckets[from]
	if !ok && len(l.buckets) >= maxBuckets {
		l.makeRoom(now)
	}
	if b.full.Before(now) {
		b.full = now
	}
	if wait := b.full.Add(one).Sub(now) - time.Hour; wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &refused{http.StatusTooManyRequests, fmt.Sprintf("Too many requests from %s: try again in %d s", from, seconds), seconds}
	}
	b.full = b.full.Add(one)
	l.buckets[from] = b
	return nil
}

// makeRoom forgets what is full again, once in a while because it looks at all, and
// if nothing is, any bucket.
func (l *limiter) makeRoom(now time.Time) {
	if now.Sub(l.swept) >= time.Second {
		l.swept = now
		maps.DeleteFunc(l.buckets, func(_ netip.Prefix, b bucket) bool { return b.full.Before(now) })
	}
	for from := range l.buckets {
		if len(l.buckets) < maxBuckets {
			return
		}
		delete(l.buckets, from)
	}
}

// address returns where a request comes from: an address of IPv4, or the network
// of one of IPv6, of which one subscriber has very many.
func (l *limiter) address(r *http.Request) (netip.Prefix, error) {
	text := r.RemoteAddr
	if l.header != "" {
		all := r.Header.Values(l.header)
		if len(all) == 0 {
			return netip.Prefix{}, refusal(http.StatusBadRequest, "the proxy does not say in %s where the request comes from", l.header)
		}
		// The client can write what it likes before what the last proxy adds.
		last := all[len(all)-1]
		text = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		withPort, failed := netip.ParseAddrPort(text)
		if failed != nil {
			return netip.Prefix{}, refusal(http.StatusBadRequest, "%s is no address", strconv.Quote(text))
		}
		address = withPort.Addr()
	}
	bits := 32
	if address = address.Unmap().WithZone(""); address.Is6() {
		bits = 64
	}
	return address.Prefix(bits) //nolint:wrapcheck // there are as many bits
}
