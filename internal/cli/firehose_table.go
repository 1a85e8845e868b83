package cli

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"time"
)

// tableInterval is how long a table is shown until it is drawn anew.
const tableInterval = time.Second

// rateTable is a table on the standard output of what comes and how fast. On a
// terminal it is drawn anew each second; elsewhere once, at the end.
type rateTable struct {
	*program

	service string
	live    bool                       // whether somebody looks at it
	shared  bool                       // whether messages go to the same terminal
	size    func() (width, height int) // of the terminal

	mu     sync.Mutex // guards below
	counts *eventCounts
	before map[string]int // records of collections, and events under "", when they were counted last
	at     time.Time      // when that was
	drawn  []string       // lines that the terminal shows
	cancel func() bool    // of the timer
	failed error          // of drawing
	done   bool
}

func newRateTable(p *program, service string, counts *eventCounts) *rateTable {
	t := &rateTable{
		program: p, service: service, live: p.world.isTerminal(p.stdout), shared: p.world.isTerminal(p.stderr),
		counts: counts, before: map[string]int{}, at: counts.begin,
		size: func() (width, height int) { return terminalSize(p.stdout) },
	}
	if t.live {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.wait()
	}
	return t
}

// add counts an event. The error says that the table cannot be drawn.
func (t *rateTable) add(e *FirehoseEvent) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.add(e, t.world.now())
	return t.failed
}

// addBroken counts a frame that cannot be read.
func (t *rateTable) addBroken(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts.addBroken(err)
}

// above calls tell, which prints whole lines on standard error. They stay above the
// table.
func (t *rateTable) above(tell func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.drawn
	if len(lines) == 0 || !t.shared || t.failed != nil {
		tell()
		return
	}
	err := t.show(nil)
	tell()
	t.failed = errors.Join(err, t.show(lines))
}

func (t *rateTable) wait() { t.cancel = t.world.after(tableInterval, t.tick) }

// tick draws the table, and waits for the next time.
func (t *rateTable) tick() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done || t.failed != nil {
		return
	}
	t.failed = t.draw()
	t.wait()
}

// stop draws the table for the last time, with the rates of the whole run.
func (t *rateTable) stop() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done = true
	if t.cancel != nil {
		t.cancel()
	}
	if t.failed != nil {
		return t.failed
	}
	t.before, t.at = map[string]int{}, t.counts.begin
	return t.draw()
}

// draw shows what is counted, and what has come since it was drawn last.
func (t *rateTable) draw() error {
	now := t.world.now()
	width, height := math.MaxInt, math.MaxInt
	if t.live {
		width, height = t.size()
	}
	lines := t.text(now, width, height)
	t.before = map[string]int{"": t.counts.events}
	for name, c := range t.counts.collections {
		t.before[name] = c.total()
	}
	t.at = now
	return t.show(lines)
}

// show prints lines in place of those that a terminal shows. Lines that became wider
// than the terminal take several of its own.
func (t *rateTable) show(lines []string) error {
	var b strings.Builder
	if t.live {
		width, _ := t.size()
		rows := 0
		for _, line := range t.drawn {
			rows += 1 + max(columns(line)-1, 0)/width
		}
		if rows > 0 {
			fmt.Fprintf(&b, "\r\x1b[%dA\x1b[J", rows) // from the first column: keys may have been shown
		}
		t.drawn = lines
	}
	for _, line := range lines {
		b.WriteString(line + "\n")
	}
	return t.print(b.String())
}
