package cli

import (
	"context"
	"crypto/rand"
	"io"
	"net"
	"os"
	"time"
)

// world is what a run takes from outside, so that tests can replace it.
type world struct {
	now        func() time.Time
	after      func(wait time.Duration, f func()) (stop func() bool)
	getenv     func(name string) string
	cacheDir   func() (string, error) // of the user
	executable func() (string, error) // path of the running program
	// interactive reports whether somebody types what is read.
	interactive func(in io.Reader) bool
	random      io.Reader // for keys
	dial        func(ctx context.Context, network, address string) (net.Conn, error)
}

func osWorld() world {
	return world{
		now:        time.Now,
		after:      func(wait time.Duration, f func()) func() bool { return time.AfterFunc(wait, f).Stop },
		getenv:     os.Getenv,
		cacheDir:   os.UserCacheDir,
		executable: os.Executable,

		interactive: isKeyboard,
		random:      rand.Reader,
		dial:        (&net.Dialer{}).DialContext,
	}
}
