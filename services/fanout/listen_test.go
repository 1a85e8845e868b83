package fanout_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	stdsync "sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
)

// Frames of clients, by their first bytes.
const (
	text, binaryFrame, closeFrame, ping, pong = 0x81, 0x82, 0x88, 0x89, 0x8a
	firstText, continuation, last             = 0x01, 0x00, 0x80
)

func closing(code uint16, reason string) string {
	return string(binary.BigEndian.AppendUint16(nil, code)) + reason
}

// TestWhatClientsSend is ignored, or answered as the protocol of WebSockets demands,
// before and after an event.
func TestWhatClientsSend_ES07_ES15(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		send string
		want []string // op and payload of what comes
	}{
		"text":                  {string(masked(text, "hello")), []string{"2"}},
		"no text":               {string(masked(text, "\xff")), []string{"2"}}, // nobody reads it
		"binary":                {string(masked(binaryFrame, strings.Repeat("x", 70_000))), []string{"2"}},
		"parts":                 {string(masked(firstText, "a")) + string(masked(ping, "p")) + string(masked(continuation, "")) + string(masked(last, "b")), []string{"10 p", "2"}},
		"ping":                  {string(masked(ping, "x")), []string{"10 x", "2"}},
		"empty ping":            {string(masked(ping, "")), []string{"10 ", "2"}},
		"pong":                  {string(masked(pong, "x")), []string{"2"}},
		"close":                 {string(masked(closeFrame, closing(1000, "bye"))), []string{"8 \x03\xe8"}},
		"close without a code":  {string(masked(closeFrame, "")), []string{"8 "}},
		"close with half":       {string(masked(closeFrame, "x")), []string{"8 \x03\xeaa close frame of one byte"}},
		"close with a bad code": {string(masked(closeFrame, closing(1005, ""))), []string{"8 \x03\xea"}},
		"not masked":            {"\x81\x01x", []string{"8 \x03\xea"}},
		"reserved bits":         {string(masked(0xc1, "x")), []string{"8 \x03\xea"}},
		"reserved op":           {string(masked(0x83, "x")), []string{"8 \x03\xea"}},
		"part of nothing":       {string(masked(last, "x")), []string{"8 \x03\xea"}},
		"text in parts":         {string(masked(firstText, "x")) + string(masked(text, "x")), []string{"8 \x03\xea"}},
		"long ping":             {string(masked(ping, strings.Repeat("x", 126))), []string{"8 \x03\xea"}},
		"ping in parts":         {string(masked(0x09, "x")), []string{"8 \x03\xea"}},
		"too large":             {string(masked(binaryFrame, strings.Repeat("x", 1<<20+1))[:100]), []string{"8 \x03\xf1"}},
		"parts too large":       {string(masked(0x02, strings.Repeat("x", 1<<20))) + string(masked(last, "x")), []string{"8 \x03\xf1"}},
		"longest length":        {"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", []string{"8 \x03\xea"}},
		"long length":           {"\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00", []string{"8 \x03\xf1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := openLog(t, &sync.MemoryLog{})
			_, address := serve(t, fanout.Options{Log: log})
			conn := dialRaw(t, address, -1)
			go func() { _, _ = conn.Write([]byte(c.send)) }() // it may not be taken
			for _, want := range c.want {
				if want == "2" {
					fill(t, log, 1, 10)
				}
				op, payload := conn.frame()
				if got := fmt.Sprintf("%d %s", op, payload); !strings.HasPrefix(got, want) {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
}

// answerPings reads until the connection ends, and answers pings.
func answerPings(conn *raw) {
	for {
		op, payload, err := readFrame(conn)
		if err == nil && op == 9 {
			_, err = conn.Write(masked(pong, string(payload)))
		}
		if err != nil {
			return
		}
	}
}

// TestTheDeadAreLeft has a client that reads and says nothing, one that answers pings,
// and one that sends its own.
func TestTheDeadAreLeft_ES15(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		log := openLog(t, &sync.MemoryLog{})
		server, connect := serveInMemory(t, fanout.Options{Log: log})
		silent, alive, talks := connect(-1), connect(-1), connect(-1)
		start := time.Now()
		go answerPings(alive)
		go func() { _, _ = io.Copy(io.Discard, talks) }()
		var talk stdsync.WaitGroup
		talk.Go(func() {
			for range 200 {
				talks.send(masked(ping, ""))
				time.Sleep(20 * time.Second)
			}
		})
		if op, _ := silent.frame(); op != 9 || time.Since(start) != 30*time.Second {
			t.Errorf("%d after %v, want a ping", op, time.Since(start))
		}
		if _, _, err := readFrame(silent); err == nil || time.Since(start) != time.Minute {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		talk.Wait()
		if stats := server.Stats(); stats.Subscribers != 2 || stats.Ended[fanout.ReasonSilent] != 1 {
			t.Errorf("%+v", stats)
		}
	})
}

// FuzzClientFrames reads what a client may send, at once and byte by byte, which must be
// the same; and it ends.
func FuzzClientFrames(f *testing.F) {
	for _, seed := range [][]byte{
		masked(text, "hello"), masked(ping, "x"), masked(closeFrame, closing(1000, "bye")), masked(pong, ""),
		append(masked(firstText, "a"), masked(last, "b")...), {0x82, 0xff, 0xff}, {0x81, 0x01, 'x'}, masked(binaryFrame, strings.Repeat("x", 1000)),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		pings, err := fanout.ReadFrames(bytes.NewReader(b))
		slowly, same := fanout.ReadFrames(iotest.OneByteReader(bytes.NewReader(b)))
		if err == nil || same == nil || err.Error() != same.Error() || !slices.Equal(pings, slowly) {
			t.Errorf("%q, %v; byte by byte %q, %v", pings, err, slowly, same)
		}
		for _, p := range pings {
			if len(p) > 125 || !bytes.Contains(b, []byte{0x80 | byte(len(p))}) {
				t.Errorf("a ping of %d bytes", len(p))
			}
		}
	})
}
