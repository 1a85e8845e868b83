package networktest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/runtime/identity"
)

// dialed returns both ends of a connection.
func dialed(t *testing.T, n *Network) (client, server net.Conn) {
	t.Helper()
	p := &port{name: "a.test", conns: make(chan net.Conn, 1), done: make(chan struct{})}
	n.ports["a.test"] = p
	client, err := n.Dial(t.Context(), "me", "a.test:443")
	if err != nil {
		t.Fatal(err)
	}
	server, err = p.Accept()
	if err != nil {
		t.Fatal(err)
	}
	return client, server
}

// TestWhatIsWrittenArrives writes parts by chance, while the connection stalls and
// changes its pace: all arrives, in its order, no two parts at one moment, and later
// than it was written.
func TestWhatIsWrittenArrives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		seed := Chance(rapid.Uint64().Draw(rt, "seed"))
		parts := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 3000), 1, 60).Draw(rt, "parts")
		stall := rapid.IntRange(0, 60).Draw(rt, "stall")
		problem := ""
		synctest.Test(t, func(t *testing.T) {
			n := NewNetwork(seed)
			client, server := dialed(t, n)
			done := make(chan struct{})
			go func() {
				defer close(done)
				defer server.Close()
				for i, part := range parts {
					if i == stall {
						n.Stall("a.test", time.Minute)
						n.SetPace("a.test", Pace{Latency: time.Second, Spread: time.Second, BytesPerSecond: 10_000})
					}
					if _, err := server.Write(part); err != nil {
						problem = err.Error()
					}
				}
			}()
			got, err := readApart(client)
			if want := bytes.Join(parts, nil); err != nil || !bytes.Equal(got, want) {
				problem = fmt.Sprintf("%d bytes of %d, %v", len(got), len(want), err)
			}
			<-done
		})
		if problem != "" {
			rt.Fatal(problem)
		}
	})
}

// readApart reads to the end, each part at a moment of its own.
func readApart(c io.Reader) (got []byte, err error) {
	buffer := make([]byte, 10_000)
	for last := time.Now(); ; last = time.Now() {
		n, err := c.Read(buffer)
		got = append(got, buffer[:n]...)
		switch {
		case errors.Is(err, io.EOF):
			return got, nil
		case err != nil:
			return got, err
		case !time.Now().After(last):
			return got, errors.New("two parts have come at one moment")
		}
	}
}

// TestConnectionsBreak has the ways in which one ends, or does not go on.
func TestConnectionsBreak(t *testing.T) {
	t.Parallel()
	buffer := make([]byte, 100)
	for name, c := range map[string]func(n *Network, client, server net.Conn) error{
		"cut": func(n *Network, client, _ net.Conn) error {
			n.Cut("a.test")
			_, err := client.Read(buffer)
			return is(err, syscall.ECONNRESET)
		},
		"cut, for the server": func(n *Network, _, server net.Conn) error {
			n.Cut("a.test")
			time.Sleep(time.Second)
			_, err := server.Write(buffer)
			return is(err, syscall.ECONNRESET)
		},
		"cut inside": func(n *Network, client, server net.Conn) error {
			n.CutInside("a.test", 10)
			if _, err := server.Write(make([]byte, 50)); err != nil {
				return err
			}
			if n, err := io.ReadFull(client, buffer[:10]); n != 10 || err != nil {
				return fmt.Errorf("%d bytes, %w", n, err)
			}
			_, err := client.Read(buffer)
			return is(err, syscall.ECONNRESET)
		},
		"a deadline of reading": func(_ *Network, client, _ net.Conn) error {
			err := client.SetDeadline(time.Now().Add(time.Hour))
			_, readErr := client.Read(buffer)
			return errors.Join(err, is(readErr, os.ErrDeadlineExceeded))
		},
		"a deadline in the past": func(_ *Network, client, _ net.Conn) error {
			go func() {
				time.Sleep(time.Minute)
				_ = client.SetReadDeadline(time.Unix(1, 0))
			}()
			_, err := client.Read(buffer)
			return is(err, os.ErrDeadlineExceeded)
		},
		"a reader who does not read": func(_ *Network, _, server net.Conn) error {
			err := server.SetWriteDeadline(time.Now().Add(time.Hour))
			for range 2 * buffered / 1000 {
				if _, err := server.Write(make([]byte, 1000)); err != nil {
					return is(err, os.ErrDeadlineExceeded)
				}
			}
			return errors.Join(err, errors.New("there is no end of what may be on its way"))
		},
		"closed here": func(_ *Network, client, _ net.Conn) error {
			err := client.Close()
			_, readErr := client.Read(buffer)
			return errors.Join(err, is(readErr, net.ErrClosed))
		},
		"closed there": func(_ *Network, client, server net.Conn) error {
			err := server.Close()
			_, readErr := client.Read(buffer)
			return errors.Join(err, is(readErr, io.EOF))
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := NewNetwork(1)
			client, server := dialed(t, n)
			if err := c(n, client, server); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			_, _ = client.Close(), server.Close()
		})
	}
}

func is(err, want error) error {
	if errors.Is(err, want) {
		return nil
	}
	return fmt.Errorf("%w, want %w", err, want)
}

// TestNobodyAnswers dials a name that nobody has, and gives up before an answer.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := NewNetwork(1)
		if _, err := n.Dial(t.Context(), "me", "nobody.test:443"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := n.Dial(over, "me", "nobody.test:443"); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		if _, err := n.Dial(t.Context(), "me", "no port"); err == nil {
			t.Error("an address without port is taken")
		}
	})
}

// TestTheDirectoryServesDocuments reads what the directory serves as others do.
func TestTheDirectoryServesDocuments(t *testing.T) {
	t.Parallel()
	onStage(t, 1, func(t *testing.T, s *stage) {
		client := s.world.Net.HTTPClient("me")
		get := func(path string) (status int, body []byte) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+DirectoryName+"/"+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			b, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res.StatusCode, b
		}
		_, document := get(string(s.alice.DID))
		id, err := identity.ParseDocument(s.alice.DID, document)
		if err != nil || id.PDS != s.world.Hosts[0].Origin() || id.Handle != s.alice.Handle || !id.SigningKey.Equal(s.alice.Key.PublicKey()) {
			t.Errorf("%+v, %v", id, err)
		}
		if status, _ := get("did:plc:nobody"); status != http.StatusNotFound {
			t.Error(status)
		}
	})
}
