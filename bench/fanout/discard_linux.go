package fanout

import (
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// discarder returns a function that takes what has come from a connection, as many bytes
// as a buffer has at most. The system drops them, and copies none into the buffer (MSG_TRUNC
// of tcp(7)).
func discarder(conn net.Conn, b []byte) func() (int, error) {
	tcp, ok := conn.(syscall.Conn)
	if !ok {
		return func() (int, error) { return conn.Read(b) }
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return func() (int, error) { return 0, fmt.Errorf("read: %w", err) }
	}
	return func() (n int, err error) {
		ended := raw.Read(func(fd uintptr) bool {
			for {
				if n, _, err = syscall.Recvfrom(int(fd), b, syscall.MSG_TRUNC); !errors.Is(err, syscall.EINTR) {
					return !errors.Is(err, syscall.EAGAIN)
				}
			}
		})
		if err = errors.Join(ended, err); err == nil && n == 0 {
			err = io.EOF
		}
		return max(n, 0), err
	}
}
