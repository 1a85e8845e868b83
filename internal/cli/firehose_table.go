package cli

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/lexgen/lexgen/internal/visible"
)

// Sizes of a table, unless the terminal says how large it is.
const (
	tableInterval = time.Second // between two drawings
	tableWidth    = 80          // columns
	tableRows     = 40          // lines
	nameColumn    = 40          // columns
)

// rateTable is a table on the standard output of what comes and how fast. On a
// terminal it is drawn anew each second; elsewhere once, at the end.
type rateTable struct {
	*program

	service string
	live    bool

	mu     sync.Mutex // guards below
	counts *eventCounts
	before map[string]int // records of collections, and events under "", when it was drawn last
	at     time.Time      // when that was
	lines  int            // that are drawn
	cancel func() bool    // of the timer
	failed error          // of drawing
	done   bool
}

func newRateTable(p *program, service string, counts *eventCounts) *rateTable {
	t := &rateTable{program: p, service: service, live: p.world.isTerminal(p.stdout), counts: counts, before: map[string]int{}, at: counts.begin}
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

// draw prints the table in place of the one before.
func (t *rateTable) draw() error {
	now := t.world.now()
	width, height := t.size()
	lines := t.text(now, height)
	var b strings.Builder
	if t.lines > 0 {
		fmt.Fprintf(&b, "\x1b[%dA\x1b[J", t.lines)
	}
	for _, line := range lines {
		if t.live && len(line) >= width {
			line = line[:width-1]
		}
		b.WriteString(line + "\n")
	}
	if t.live {
		t.lines = len(lines)
	}
	t.before = map[string]int{"": t.counts.events}
	for name, c := range t.counts.collections {
		t.before[name] = c.total()
	}
	t.at = now
	return t.print(b.String())
}

// size returns the columns and lines of the terminal.
func (t *rateTable) size() (width, height int) {
	if file, ok := t.stdout.(*os.File); ok {
		if w, h, err := term.GetSize(int(file.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return tableWidth, tableRows
}

// text returns the lines of the table, which fit into a height. They have ASCII
// characters alone.
func (t *rateTable) text(now time.Time, height int) []string {
	c := t.counts
	lines := []string{
		fmt.Sprintf("%s  %s  seq %d", t.service, now.Sub(c.begin).Truncate(time.Second), c.seq),
		fmt.Sprintf("%s  %s/s  %s behind", count(c.events, "event", "events"), t.rate("", c.events, now), c.behind.Round(100*time.Millisecond)),
	}
	for _, list := range []struct {
		title  string
		counts map[string]int
	}{{"verdicts: ", c.verdicts}, {"reasons: ", c.reasons}, {"besides commits: ", c.kinds}} {
		if len(list.counts) > 0 {
			lines = append(lines, list.title+listed(list.counts))
		}
	}
	if c.broken > 0 {
		lines = append(lines, count(c.broken, "frame", "frames")+" could not be read")
	}
	lines = append(lines, "", fmt.Sprintf("%-*s %9s %9s %9s %9s", nameColumn, "COLLECTION", "CREATE", "UPDATE", "DELETE", "RECORDS/S"))
	all := names(c.collections, (*recordCounts).total)
	for i, name := range all {
		if left := len(all) - i; t.live && len(lines) >= height-2 && left > 1 {
			lines = append(lines, fmt.Sprintf("and %d more", left))
			break
		}
		r := c.collections[name]
		lines = append(lines, fmt.Sprintf("%-*s %9d %9d %9d %9s", nameColumn, visible.Clipped(name, nameColumn-len(visible.Cut)),
			r.create, r.update, r.remove, t.rate(name, r.total(), now)))
	}
	for i, line := range lines {
		lines[i] = visible.Text(line)
	}
	return lines
}

// rate is how many there were each second since the table was drawn last.
func (t *rateTable) rate(name string, total int, now time.Time) string {
	seconds := now.Sub(t.at).Seconds()
	if seconds <= 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", float64(total-t.before[name])/seconds)
}
