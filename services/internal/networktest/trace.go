package networktest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Trace is what has happened in a run, apart for each part of the world, so that the
// order in which goroutines run at one moment does not matter. It is safe for concurrent
// use.
type Trace struct {
	start time.Time
	full  bool

	mu    sync.Mutex
	parts map[string]*traced
	lines int
}

type traced struct {
	sum  hash.Hash
	text strings.Builder
}

// NewTrace returns an empty trace. Its times are since now. A full one keeps the lines,
// for a reader.
func NewTrace(full bool) *Trace {
	return &Trace{start: time.Now(), full: full, parts: map[string]*traced{}}
}

// Addf notes that something has happened to a part, whose notes are made one after
// another.
func (t *Trace) Addf(part, format string, args ...any) {
	line := fmt.Sprintf("%12d ", time.Since(t.start)) + fmt.Sprintf(format, args...) + "\n"
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.parts[part]
	if p == nil {
		p = &traced{sum: sha256.New()}
		t.parts[part] = p
	}
	t.lines++
	_, _ = io.WriteString(p.sum, line) // a hash takes everything
	if t.full {
		_, _ = fmt.Fprintf(&p.text, "%s", line)
	}
}

// Sum returns the hash of all that has happened.
func (t *Trace) Sum() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := sha256.New()
	for _, part := range slices.Sorted(maps.Keys(t.parts)) {
		_, _ = fmt.Fprintf(all, "%s %x\n", part, t.parts[part].sum.Sum(nil))
	}
	return hex.EncodeToString(all.Sum(nil))
}

// Lines is how many notes there are.
func (t *Trace) Lines() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.lines
}

// Text returns all lines of a full trace with their parts, in the order of their times.
func (t *Trace) Text() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var lines []string
	for part, p := range t.parts {
		for line := range strings.Lines(p.text.String()) {
			lines = append(lines, line[:13]+part+" "+line[13:])
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// part returns the lines of a part of a full trace.
func (t *Trace) part(name string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if p := t.parts[name]; p != nil {
		return p.text.String()
	}
	return ""
}

// Difference returns the first line that a part of two full traces does not share, ""
// if there is none.
func (t *Trace) Difference(other *Trace) string {
	first, at := "", ""
	for _, name := range slices.Sorted(maps.Keys(t.parts)) {
		a, b := strings.Split(t.part(name), "\n"), strings.Split(other.part(name), "\n")
		for i := range min(len(a), len(b)) {
			if a[i] == b[i] {
				continue
			}
			if first == "" || a[i] < at {
				first, at = fmt.Sprintf("%s, line %d:\n%s\n%s", name, i+1, a[i], b[i]), a[i]
			}
			break
		}
	}
	if first == "" && t.Sum() != other.Sum() {
		return "a part has more lines, or is missing"
	}
	return first
}
