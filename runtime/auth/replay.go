package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// ErrReplayFull says that so many tokens are good, of one issuer or in all, that no more
// can be remembered.
var ErrReplayFull = errors.New("auth: too many tokens to remember")

// MemoryReplay remembers tokens until the process ends. It keeps hashes, of a fixed
// size whatever a token says. It may be used by any number of goroutines.
type MemoryReplay struct {
	mu    sync.Mutex
	now   func() time.Time
	limit int
	used  map[hash]use
	count map[hash]int // of the tokens of an issuer
	sweep time.Time    // when the map was last freed of what expired
}

type hash = [sha256.Size]byte

// use is what is remembered of a token.
type use struct {
	until  time.Time
	issuer hash
}

// NewMemoryReplay returns one for so many tokens at a time, of which a tenth, or one, may
// be of the same issuer, so that none can keep the others out.
func NewMemoryReplay(limit int, now func() time.Time) *MemoryReplay {
	return &MemoryReplay{now: now, limit: limit, used: map[hash]use{}, count: map[hash]int{}}
}

// Use implements [Replay]. If there is no room, the error is [ErrReplayFull].
func (m *MemoryReplay) Use(_ context.Context, issuer syntax.DID, id string, until time.Time) (bool, error) {
	from := sha256.Sum256([]byte(issuer))
	token := sha256.Sum256(append(from[:], id...))
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if u, there := m.used[token]; there && !now.After(u.until) {
		return true, nil
	}
	if m.full(from) && now.Sub(m.sweep) >= time.Second {
		m.forget(now)
	}
	if m.full(from) {
		return false, ErrReplayFull
	}
	m.drop(token)
	m.used[token] = use{until, from}
	m.count[from]++
	return false, nil
}

// full reports whether there is no room for another token of an issuer.
func (m *MemoryReplay) full(issuer hash) bool {
	return len(m.used) >= m.limit || m.count[issuer] >= max(m.limit/10, 1)
}

// forget frees what has expired.
func (m *MemoryReplay) forget(now time.Time) {
	m.sweep = now
	for token, u := range m.used {
		if now.After(u.until) {
			m.drop(token)
		}
	}
}

func (m *MemoryReplay) drop(token hash) {
	u, there := m.used[token]
	if !there {
		return
	}
	delete(m.used, token)
	if m.count[u.issuer]--; m.count[u.issuer] == 0 {
		delete(m.count, u.issuer)
	}
}
