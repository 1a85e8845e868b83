package xrpc

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A RateLimit is a caller's allowance (XR-10).
type RateLimit struct {
	Limit     int           // requests in each window
	Remaining int           // of them, in this window
	Reset     time.Time     // when the next window begins, to the second
	Window    time.Duration // 0 if it is not known
}

// setHeaders says it in an answer.
func (l *RateLimit) setHeaders(h http.Header) {
	h.Set("Ratelimit-Limit", strconv.Itoa(l.Limit))
	h.Set("Ratelimit-Remaining", strconv.Itoa(max(l.Remaining, 0)))
	h.Set("Ratelimit-Reset", strconv.FormatInt(l.Reset.Unix(), 10))
	h.Set("Ratelimit-Policy", strconv.Itoa(l.Limit)+";w="+strconv.FormatInt(int64(l.Window/time.Second), 10))
}

// rateLimitOf reads it from an answer, nil if it does not say.
func rateLimitOf(h http.Header) *RateLimit {
	limit, err := strconv.Atoi(h.Get("Ratelimit-Limit"))
	if err != nil || limit < 0 {
		return nil
	}
	l := &RateLimit{Limit: limit}
	if n, err := strconv.Atoi(h.Get("Ratelimit-Remaining")); err == nil {
		l.Remaining = max(n, 0)
	}
	if s, err := strconv.ParseInt(h.Get("Ratelimit-Reset"), 10, 64); err == nil && s >= 0 && s < maxUnix {
		l.Reset = time.Unix(s, 0)
	}
	l.Window = policyWindow(h.Get("Ratelimit-Policy"))
	return l
}

// maxUnix is in the year 9999.
const maxUnix = 253402300799

// policyWindow reads the w of LIMIT;w=SECONDS.
func policyWindow(policy string) time.Duration {
	_, window, ok := strings.Cut(policy, ";w=")
	if !ok {
		return 0
	}
	n, err := strconv.ParseUint(window, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// retryAfter reads a Retry-After of seconds or of a date, 0 if there is none.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if n, err := strconv.ParseUint(value, 10, 31); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(n) * time.Second // 68 years at most
	}
	if date, err := http.ParseTime(value); err == nil {
		return max(date.Sub(now), 0)
	}
	return 0
}
