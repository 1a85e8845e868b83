package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestFirehoseTable runs the scripts of testdata/table. A line is a command:
//
//	terminal COLUMNS LINES           begin a run, with a table on such a terminal
//	pipe                             begin a run, with a table that goes elsewhere
//	resize COLUMNS LINES             make the terminal another size
//	records N COLLECTION ACTION      an event with so many records comes
//	old DURATION                     an event of then comes
//	verdict VERDICT REASON           an event that was verified comes
//	broken TEXT                      a frame comes that cannot be read
//	cut                              the connection ends
//	key TEXT                         the terminal shows a key
//	tick                             a second is over
//	stop                             the run ends
//
// What is printed are the lines that have left the terminal at its top, and, between
// bars, those that it shows.
func TestFirehoseTable(t *testing.T) {
	t.Parallel()
	golden.Run(t, "testdata/table", func(t *testing.T, c *golden.Case) {
		var out strings.Builder
		s := &tableScript{t: t}
		for line := range strings.Lines(c.In["script"]) {
			words := strings.Fields(line)
			if s.run(words); words[0] == "stop" {
				out.WriteString(s.screen.String())
			}
		}
		c.Output("log", out.String())
	})
}

type tableScript struct {
	t       *testing.T
	now     time.Time
	screen  *screen
	command *firehose
}

func (s *tableScript) run(words []string) {
	arg := func(i int) string { return words[i] }
	number := func(i int) int {
		n, err := strconv.Atoi(words[i])
		if err != nil {
			s.t.Fatal(err)
		}
		return n
	}
	switch words[0] {
	case "terminal":
		s.begin(number(1), number(2))
	case "pipe":
		s.begin(0, 0)
	case "resize":
		s.screen.resize(number(1), number(2))
	case "records":
		s.event(&FirehoseEvent{Kind: "commit", Time: s.now, Records: slices.Repeat([]FirehoseRecord{{Collection: syntax.NSID(arg(2)), Action: arg(3)}}, number(1))})
	case "old":
		age, err := time.ParseDuration(arg(1))
		if err != nil {
			s.t.Fatal(err)
		}
		s.event(&FirehoseEvent{Kind: "identity", Time: s.now.Add(-age)})
	case "verdict":
		s.event(&FirehoseEvent{Kind: "commit", Time: s.now, Verdict: arg(1), Reason: arg(2), Err: errors.New("because")})
	case "broken":
		s.command.broken(errors.New(arg(1)))
	case "cut":
		s.command.reconnecting(1, errors.New("xrpc: the connection was cut"))
	case "key":
		fmt.Fprint(s.screen, arg(1))
	case "tick":
		s.now = s.now.Add(tableInterval)
		s.command.table.tick()
	case "stop":
		if err := s.command.table.stop(); err != nil {
			s.t.Error(err)
		}
	}
}

func (s *tableScript) begin(width, height int) {
	s.now = time.Unix(0, 0)
	s.screen = &screen{width: width, height: height}
	p := &program{world: still(), stdout: s.screen, stderr: s.screen}
	p.world.now = func() time.Time { return s.now }
	s.command = &firehose{network: network{program: p}, counts: newEventCounts(s.now)}
	s.command.table = newRateTable(p, "https://relay.example.com", s.command.counts)
	s.command.table.live, s.command.table.shared = height > 0, height > 0
	s.command.table.size = func() (int, int) { return s.screen.width, s.screen.height }
}

func (s *tableScript) event(e *FirehoseEvent) {
	e.Seq = int64(s.command.counts.events + 1)
	if err := s.command.each(e); err != nil {
		s.t.Error(err)
	}
}

// screen is a model of a terminal. It has no width and height if it is none, and then
// keeps everything as it came.
type screen struct {
	width, height int
	above         []string // lines that have left it
	lines         []string
	row, col      int
}

// Write shows a text.
func (s *screen) Write(text []byte) (int, error) {
	for rest := string(text); rest != ""; {
		var up, n int
		if _, err := fmt.Sscanf(rest, "\x1b[%dA", &up); err == nil {
			s.row = max(s.row-up, 0)
			n = strings.Index(rest, "A") + 1
		} else if after, ok := strings.CutPrefix(rest, "\x1b[J"); ok {
			s.lines[s.row] = s.lines[s.row][:s.col]
			s.lines = s.lines[:s.row+1]
			n = len(rest) - len(after)
		} else {
			s.put(rest[0])
			n = 1
		}
		rest = rest[n:]
	}
	return len(text), nil
}

// put shows a character where the cursor is.
func (s *screen) put(c byte) {
	if len(s.lines) == 0 {
		s.lines = []string{""}
	}
	switch c {
	case '\r':
		s.col = 0
	case '\n':
		s.next()
	default:
		if s.width > 0 && s.col == s.width {
			s.next()
		}
		line := s.lines[s.row] + strings.Repeat(" ", max(s.col+1-len(s.lines[s.row]), 0))
		s.lines[s.row] = line[:s.col] + string(c) + line[s.col+1:]
		s.col++
	}
}

// next begins the next line.
func (s *screen) next() {
	s.col = 0
	if s.row++; s.row == len(s.lines) {
		s.lines = append(s.lines, "")
	}
	if s.height > 0 && s.row == s.height {
		s.above = append(s.above, s.lines[0])
		s.lines, s.row = s.lines[1:], s.row-1
	}
}

// resize makes the terminal another size, and breaks its lines anew.
func (s *screen) resize(width, height int) {
	text := strings.Join(s.lines, "\n")
	*s = screen{width: width, height: height, above: s.above}
	_, _ = s.Write([]byte(text))
}

// String returns what there is to see.
func (s *screen) String() string {
	text := ""
	for _, line := range s.above {
		text += line + "\n"
	}
	bar := "+" + strings.Repeat("-", s.width) + "+\n"
	text += bar
	for _, line := range s.lines {
		text += fmt.Sprintf("|%-*s|\n", s.width, line)
	}
	return text + bar
}
