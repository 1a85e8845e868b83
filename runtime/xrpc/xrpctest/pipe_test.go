package xrpctest

import (
	"net"
	"testing"
	"testing/synctest"

	"golang.org/x/net/nettest"
)

func TestPipe(t *testing.T) {
	t.Parallel()
	nettest.TestConn(t, func() (one, other net.Conn, stop func(), err error) {
		one, other = newPipe()
		return one, other, func() { _, _ = one.Close(), other.Close() }, nil
	})
}

// TestBothEndsWriteAtOnce has both ends write before either one reads.
func TestBothEndsWriteAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		one, other := newPipe()
		for _, end := range []net.Conn{one, other} {
			if _, err := end.Write(make([]byte, buffered)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
