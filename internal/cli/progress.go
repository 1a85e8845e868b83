package cli

import (
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// patience is how long a run may take until it says what it is doing.
const patience = 500 * time.Millisecond

// progress is a line on a terminal that says what a run is doing, from when it
// takes long until it stops. On anything but a terminal it is silent. Its
// methods may be called concurrently.
type progress struct {
	out    io.Writer
	cancel func() bool // of the timer; nil if there is none

	mu      sync.Mutex // guards below
	current string
	bar     *progressbar.ProgressBar // nil until the line shows
	stopped bool
}

func newProgress(w world, out io.Writer) *progress {
	p := &progress{out: out}
	if w.isTerminal(out) {
		p.cancel = w.after(patience, p.show)
	}
	return p
}

// step says what is about to be done.
func (p *progress) step(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = name
	if p.bar != nil {
		p.bar.Describe(name)
	}
}

// stop removes the line, for good.
func (p *progress) stop() {
	if p.cancel != nil {
		p.cancel()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	if p.bar != nil {
		_ = p.bar.Finish() // an unwritable terminal is nobody's to hear of
		p.bar = nil
	}
}

// show draws the line, which then moves by itself.
func (p *progress) show() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return
	}
	p.bar = progressbar.NewOptions(-1,
		progressbar.OptionSetWriter(p.out),
		progressbar.OptionSetDescription(p.current),
		progressbar.OptionSpinnerType(spinner),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionClearOnFinish(),
	)
	_ = p.bar.RenderBlank() // see stop
}

// spinner is the number of a set of frames that every terminal can show.
const spinner = 9
