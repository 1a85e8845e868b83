package car

// Limits that hold where [Options] leave them at zero, and always for the
// header.
const (
	// DefaultMaxBlock is the greatest length of a block in bytes.
	DefaultMaxBlock = 2 << 20
	// MaxHeader is the greatest length of the header in bytes, enough for
	// MaxRoots roots.
	MaxHeader = 8 << 10
	// MaxRoots is the greatest number of roots.
	MaxRoots = 199
)

// Options of a [Reader], a [Writer] or a [File]. The zero value is right for files from strangers
// whose length something else limits.
type Options struct {
	// MaxBlock is the greatest accepted length of a block's data in bytes.
	// Zero or less stands for DefaultMaxBlock; more than 1 GiB counts as that.
	MaxBlock int
	// MaxTotal is the greatest accepted length of the whole file in bytes,
	// header and lengths included. Zero or less stands for no limit.
	MaxTotal int64
	// Hashes says whether blocks are checked against their CIDs.
	Hashes Hashes
}

// Hashes says how far the CIDs of a file are believed.
type Hashes int

const (
	// Verify hashes every block and refuses one that differs from its CID, and
	// one whose CID has another hash function than SHA-256.
	Verify Hashes = iota
	// Trust believes the file: for what this program has written itself, or
	// for callers that hash later.
	Trust
)

// maxMaxBlock keeps sums with lengths away from overflow.
const maxMaxBlock = 1 << 30

func (o Options) withDefaults() Options {
	if o.MaxBlock <= 0 {
		o.MaxBlock = DefaultMaxBlock
	}
	o.MaxBlock = min(o.MaxBlock, maxMaxBlock)
	return o
}
