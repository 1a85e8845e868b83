package networktest

import events "github.com/lexgen/lexgen/runtime/sync"

// A lie is what a host sends in place of the next event, once, to whoever follows first.
// It is in no log, so that a new connection brings the truth.
type lie func(events.Entry) ([][]byte, error)

// told returns what is sent for an entry.
func (h *Host) told(e events.Entry) ([][]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lie == nil {
		return [][]byte{e.Frame}, nil
	}
	l := h.lie
	h.lie = nil
	return l(e)
}

// lieOnce orders a lie.
func (h *Host) lieOnce(l lie) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lie = l
}

// Lying says whether a lie was ordered that was not told yet.
func (h *Host) Lying() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lie != nil
}
