package cli

import (
	"bytes"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestNothingMovesWithoutATerminal(t *testing.T) {
	t.Parallel()
	w := still()
	w.after = func(time.Duration, func()) func() bool {
		t.Error("a timer was started")
		return func() bool { return true }
	}
	var out bytes.Buffer
	p := newProgress(w, &out)
	p.step("reading")
	p.stop()
	if out.Len() != 0 {
		t.Errorf("printed %q", out.String())
	}
}

func TestTheLineShowsAfterAWhileAndGoes(t *testing.T) {
	t.Parallel()
	var out locked
	p := &progress{out: &out}
	p.step("reading")
	if out.String() != "" {
		t.Errorf("printed %q before the time", out.String())
	}
	p.show()
	p.step("printing")
	p.stop()
	if text := out.String(); !strings.Contains(text, "reading") || !strings.Contains(text, "printing") || !strings.HasSuffix(text, "\r") {
		t.Errorf("printed %q", text)
	}
	p.show()
	if text := out.String(); !strings.HasSuffix(text, "\r") {
		t.Errorf("printed after the end: %q", text)
	}
}

// locked is a buffer that the line, which moves by itself, may write to.
type locked struct {
	mu     sync.Mutex // guards below
	buffer bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.Write(p)
}

func (l *locked) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buffer.String()
}

func TestOnlyATerminalIsOne(t *testing.T) {
	t.Parallel()
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, to := range []io.Writer{&bytes.Buffer{}, null} {
		if w := still(); w.isTerminal(to) || w.colour(to) {
			t.Errorf("%T is a terminal", to)
		}
	}
}
