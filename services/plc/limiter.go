package plc

import (
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/lexgen/lexgen/internal/ratelimit"
	"github.com/lexgen/lexgen/services/internal/clientaddr"
)

// A limiter bounds what one address submits. Each has a bucket, which is full at
// first and fills up evenly within an hour.
type limiter struct {
	header  string // that has the address, as a proxy sets it; "" for the connection's
	buckets *ratelimit.Limiter[netip.Prefix]
}

func newLimiter(perHour int, header string, now func() time.Time) *limiter {
	l := &limiter{header: header}
	if perHour > 0 {
		l.buckets = ratelimit.New[netip.Prefix](ratelimit.Rate{Burst: perHour, Every: time.Hour / time.Duration(perHour)}, now)
	}
	return l
}

// take takes one from the bucket of a request's address, or says how long to wait.
func (l *limiter) take(r *http.Request) error {
	if l.buckets == nil {
		return nil
	}
	from, err := clientaddr.Of(r, l.header)
	if err != nil {
		return refusal(http.StatusBadRequest, "%s", err)
	}
	if wait := l.buckets.Take(from); wait > 0 {
		seconds := int((wait + time.Second - 1) / time.Second)
		return &refused{http.StatusTooManyRequests, fmt.Sprintf("Too many requests from %s: try again in %d s", from, seconds), seconds}
	}
	return nil
}
