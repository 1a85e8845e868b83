package auth

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrReplayFull says that so many tokens are good that no more can be remembered.
var ErrReplayFull = errors.New("auth: too many tokens to remember")

// MemoryReplay remembers tokens until the process ends. It may be used by any number
// of goroutines.
type MemoryReplay struct {
	mu    sync.Mutex
	now   func() time.Time
	limit int
	used  map[string]time.Time
	sweep time.Time // when the map was last freed of what expired
}

// NewMemoryReplay returns one for so many tokens at a time.
func NewMemoryReplay(limit int, now func() time.Time) *MemoryReplay {
	return &MemoryReplay{now: now, limit: limit, used: map[string]time.Time{}}
}

// Use implements [Replay]. If there is no room, the error is [ErrReplayFull].
func (m *MemoryReplay) Use(_ context.Context, token string, until time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if end, there := m.used[token]; there && now.Before(end) {
		return true, nil
	}
	if len(m.used) >= m.limit && now.Sub(m.sweep) >= time.Second {
		m.sweep = now
		for t, end := range m.used {
			if !now.Before(end) {
				delete(m.used, t)
			}
		}
	}
	if len(m.used) >= m.limit {
		return false, ErrReplayFull
	}
	m.used[token] = until
	return false, nil
}
