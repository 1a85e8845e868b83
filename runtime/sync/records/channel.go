package records

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	stdsync "sync"
	"time"

	"github.com/coder/websocket"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// adminUser is the user whose password is asked for, as with Tap.
const adminUser = "admin"

// A Channel is an http.Handler that sends events over WebSockets, each as a text of JSON;
// see [Event.JSON]. A client acknowledges each with {"type":"ack","id":N}, as those of Tap
// do. With several clients, each event goes to one of them.
type Channel struct {
	Syncer *Syncer
	// Password is asked for, of the user admin; nobody is if it is empty.
	Password string
	// Open is how many events a client may have without an answer; 100. Each is of
	// another account.
	Open int
	// Patience is how long a client may take to acknowledge an event, or to read one;
	// 30 s. Then it is disconnected, and its events go to another one, or come again.
	Patience time.Duration
}

// ServeHTTP serves a client until it goes away, or is too slow.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.allowed(r) {
		w.Header().Set("WWW-Authenticate", `Basic realm="records"`)
		http.Error(w, "the password is wrong, or missing", http.StatusUnauthorized)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // it has been answered
	}
	defer conn.CloseNow() //nolint:errcheck // whether it was open does not matter
	conn.SetReadLimit(maxAck)
	ctx, cancel := context.WithCancelCause(r.Context())
	defer cancel(nil)
	open, patience := c.Open, c.Patience
	orElse(&open, 100)
	orElse(&patience, 30*time.Second)
	l := &line{
		syncer: c.Syncer, conn: conn, patience: patience, cancel: cancel,
		room: make(chan struct{}, open), open: map[int64]*opened{},
	}
	var wait stdsync.WaitGroup
	wait.Go(func() { cancel(l.read(ctx)) })
	wait.Go(func() { cancel(l.watch(ctx)) })
	cancel(l.write(ctx))
	code, why := websocket.StatusGoingAway, "the server closes"
	if errors.Is(context.Cause(ctx), errPatience) {
		code, why = websocket.StatusPolicyViolation, errPatience.Error()
	}
	_ = conn.Close(code, why) // it is closed in any case
	wait.Wait()
	l.end()
}

// allowed compares the password in constant time, whatever its length.
func (c *Channel) allowed(r *http.Request) bool {
	if c.Password == "" {
		return true
	}
	user, password, _ := r.BasicAuth()
	got, want := sha256.Sum256([]byte(user+":"+password)), sha256.Sum256([]byte(adminUser+":"+c.Password))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// maxAck is the length of a message of a client in bytes.
const maxAck = 1024

var errPatience = errors.New("an event was not acknowledged in time")

// A line is the connection of one client.
type line struct {
	syncer   *Syncer
	conn     *websocket.Conn
	patience time.Duration
	cancel   context.CancelCauseFunc
	room     chan struct{}
	bell     bell

	mu   stdsync.Mutex
	open map[int64]*opened
}

// opened is an event that was sent.
type opened struct {
	did   syntax.DID
	until time.Time
}

// write sends events.
func (l *line) write(ctx context.Context) error {
	for {
		select {
		case l.room <- struct{}{}:
		case <-ctx.Done():
			return ctx.Err()
		}
		e, err := l.syncer.outbox.take(ctx)
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.open[e.ID] = &opened{e.DID, l.syncer.Now().Add(l.patience)}
		l.mu.Unlock()
		l.bell.ring()
		text, err := e.JSON()
		if err != nil {
			return err
		}
		if err := l.conn.Write(ctx, websocket.MessageText, text); err != nil {
			return err
		}
	}
}

// read takes acknowledgements, until the connection is closed. What is none is passed
// over.
func (l *line) read(ctx context.Context) error {
	for {
		_, b, err := l.conn.Read(context.WithoutCancel(ctx)) // one that ends cuts the connection without a word
		if err != nil {
			return fmt.Errorf("records: read an acknowledgement: %w", err)
		}
		var m struct {
			Type string `json:"type"`
			ID   int64  `json:"id"`
		}
		if json.Unmarshal(b, &m) != nil || m.Type != "ack" {
			continue
		}
		l.mu.Lock()
		e := l.open[m.ID]
		delete(l.open, m.ID)
		l.mu.Unlock()
		if e != nil {
			l.syncer.outbox.ack(e.did)
			<-l.room
		}
	}
}

// watch ends the connection when an event was not acknowledged in time.
func (l *line) watch(ctx context.Context) error {
	for {
		t := l.bell.ticket(ctx)
		next := l.next()
		var err error
		if next != 0 {
			err = t.wait(l.syncer.Sleep, next)
		}
		t.drop()
		if err != nil {
			return err
		}
		if next == 0 {
			return errPatience
		}
	}
}

// next is how long it takes until the time of an event is over, -1 if there is none.
func (l *line) next() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := time.Duration(-1)
	for _, e := range l.open {
		next = earlier(next, max(0, e.until.Sub(l.syncer.Now())))
	}
	return next
}

// end gives back what was not acknowledged.
func (l *line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.open {
		l.syncer.outbox.release(e.did, 0)
	}
	l.open = nil
}
