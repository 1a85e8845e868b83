package mst

// Limits of a tree (RE-18). Keys of strangers can be mined, so that without
// them one node could have any size.
const (
	// MaxKey is the length of the longest key in bytes.
	MaxKey = 1024
	// MaxEntries is how many entries a node has at most. Keys that nobody
	// chose for it would exceed that once in 1e24 nodes.
	MaxEntries = 192
	// MaxLayer is the highest layer of a key that is written. Nodes above it
	// are read, up to the 128 that the hash allows.
	MaxLayer = 40
	// MaxNode is the size of the largest node in bytes.
	MaxNode = nodeRoom + MaxEntries*(entryRoom+MaxKey)
)

// Sizes of the parts of an encoded node, without the keys.
const (
	nodeRoom   = headroom + 2 + linkSize        // head, and the left link
	entryRoom  = 3 + 3 + 2 + 3 + 2*(2+linkSize) // heads, and both links
	leastEntry = 3 + 1 + 2 + 1 + 2 + 1 + 2 + 1  // an entry of which each part is one byte
)
