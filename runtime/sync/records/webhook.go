package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	stdsync "sync"
	"time"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Webhook posts events to a URL, each as JSON by itself; see [Event.JSON]. An answer
// with a status of 2xx acknowledges it. Anything else has it come again, a redirect, too,
// which is not followed, after a pause that doubles each time; only events of the same
// account wait for that.
type Webhook struct {
	URL string
	// Client sends the requests. Nil stands for one of package guard, which connects to
	// public addresses over https only; give one for a URL of one's own network.
	Client *http.Client
	// Password is sent as that of the user admin, as Tap does; none if empty.
	Password string
	// Parallel is how many requests are made at a time; 8.
	Parallel int
	// Pause is how long an event waits that was not taken; 1 s, which doubles up to
	// MaxPause, 5 min.
	Pause, MaxPause time.Duration
	// Failed is told of each event that was not taken, and why; may be nil.
	Failed func(e *Event, err error)
}

// Run posts the events of s until ctx ends or the store fails.
func (w Webhook) Run(ctx context.Context, s *Syncer) error {
	if w.Client == nil {
		w.Client = guard.NewClient(guard.Options{})
	}
	client := *w.Client // a page that is led to would acknowledge what it was not sent
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	w.Client = &client
	orElse(&w.Parallel, 8)
	orElse(&w.Pause, time.Second)
	orElse(&w.MaxPause, 5*time.Minute)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r := &hook{Webhook: w, syncer: s, failures: map[syntax.DID]int{}}
	var wait stdsync.WaitGroup
	for range w.Parallel {
		wait.Go(func() { cancel(r.work(ctx)) })
	}
	wait.Wait()
	return context.Cause(ctx)
}

// A hook is one run of a Webhook.
type hook struct {
	Webhook

	syncer *Syncer

	mu       stdsync.Mutex
	failures map[syntax.DID]int // in a row, of the event of an account that waits
}

// work posts one event after another.
func (h *hook) work(ctx context.Context) error {
	for {
		e, err := h.syncer.outbox.take(ctx)
		if err != nil {
			return err
		}
		if err := h.post(ctx, e); err != nil {
			if h.Failed != nil && ctx.Err() == nil {
				h.Failed(e, err)
			}
			h.syncer.outbox.release(e.DID, h.pause(e.DID))
			continue
		}
		h.forget(e.DID)
		h.syncer.outbox.ack(e.DID)
	}
}

// pause is how long an event waits after one more failure.
func (h *hook) pause(did syntax.DID) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.failures[did]++
	return Limits{Pause: h.Pause, MaxPause: h.MaxPause}.pause(h.failures[did])
}

func (h *hook) forget(did syntax.DID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.failures, did)
}

// maxAnswer is how much of an answer is read, so that its connection can be used again.
const maxAnswer = 64 << 10

func (h *hook) post(ctx context.Context, e *Event) error {
	body, err := e.JSON()
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("records: the webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if h.Password != "" {
		req.SetBasicAuth(adminUser, h.Password)
	}
	res, err := h.Client.Do(req)
	if err != nil {
		return fmt.Errorf("records: the webhook: %w", err)
	}
	_, err = io.CopyN(io.Discard, res.Body, maxAnswer)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	err = errors.Join(err, res.Body.Close())
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return fmt.Errorf("records: event %d: the webhook has answered %s", e.ID, res.Status)
	}
	return err
}
