package identity

import (
	"errors"
	"time"
)

// ErrLimited says that a host was not asked, because it was asked too often of
// late. It comes with ErrUnavailable. A [Directory] does not remember it.
var ErrLimited = errors.New("asked too often")

// ErrDown says that the directory of did:plc was not asked, because it has not
// answered of late. It comes with ErrUnavailable. A [Directory] does not remember it.
var ErrDown = errors.New("has not answered of late")

// A Rate is how often a host is asked at most: Burst times at once, and once more
// after each Every. Of hosts the 100,000 that were asked last are remembered.
type Rate struct {
	Burst int
	Every time.Duration
}
