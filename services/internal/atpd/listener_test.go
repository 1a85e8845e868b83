package atpd

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// visitors is a listener to which somebody comes as often as it is asked, and which
// fails each third time.
type visitors struct{ asked atomic.Int64 }

var errVisitor = errors.New("the system has no connections left")

func (v *visitors) Accept() (net.Conn, error) {
	if v.asked.Add(1)%3 == 0 {
		return nil, errVisitor
	}
	near, _ := net.Pipe()
	return near, nil
}

func (*visitors) Close() error   { return nil }
func (*visitors) Addr() net.Addr { return &net.UnixAddr{Name: "visitors"} }

// TestConnectionsAreBounded accepts until there is no place, and again as often as a
// connection is closed; one that is closed twice leaves once. A connection that fails
// needs no place.
func TestConnectionsAreBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const most = 4
		l := bounded(&visitors{}, most)
		opened := make(chan net.Conn, 100)
		var accepting sync.WaitGroup
		accepting.Go(func() {
			for {
				conn, err := l.Accept()
				switch {
				case err == nil:
					opened <- conn
				case !errors.Is(err, errVisitor):
					if !errors.Is(err, net.ErrClosed) {
						t.Error(err)
					}
					return
				}
			}
		})
		for closed := range 10 {
			synctest.Wait()
			if len(opened) != most {
				t.Fatalf("%d are open after %d were closed", len(opened), closed)
			}
			conn := <-opened
			conn.Close()
			conn.Close()
		}
		l.Close()
		l.Close()
		accepting.Wait()
	})
}
