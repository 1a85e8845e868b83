package breaking

import "github.com/lexgen/lexgen/parser"

// textLengths compares the lengths of strings (LX-14).
func (w *walk) textLengths(s site, was, is *parser.String) {
	before, after := sizeOf(was), sizeOf(is)
	w.limit(lengthChanged, s, "minLength", was.MinLength, is.MinLength, raised(before.bytes, after.bytes))
	w.limit(lengthChanged, s, "maxLength", was.MaxLength, is.MaxLength, lowered(before.bytes, after.bytes))
	w.limit(lengthChanged, s, "minGraphemes", was.MinGraphemes, is.MinGraphemes, raised(before.clusters, after.clusters))
	w.limit(lengthChanged, s, "maxGraphemes", was.MaxGraphemes, is.MaxGraphemes, lowered(before.clusters, after.clusters))
}

// size is how long a text may be.
type size struct{ bytes, clusters interval }

// sizeOf takes into account what hides a bound: a text has no more grapheme
// clusters than bytes, and some if it has any, and a format has lengths of its
// own. In ASCII clusters are bytes, but for a line break of two, which no format
// has.
func sizeOf(t *parser.String) size {
	format := t.Format.Value
	s := size{
		bytes:    limits{t.MinLength, t.MaxLength}.within(formatLength(format)),
		clusters: limits{t.MinGraphemes, t.MaxGraphemes}.within(formatClusters(format)),
	}
	if isASCII(format) {
		s.bytes = s.bytes.and(s.clusters)
		s.clusters = s.bytes
		return s
	}
	s.bytes.low = max(s.bytes.low, s.clusters.low)
	s.clusters.low = max(s.clusters.low, min(s.bytes.low, 1))
	s.clusters.high = min(s.clusters.high, s.bytes.high)
	if s.clusters.high == 0 {
		s.bytes.high = 0
	}
	if s.bytes.empty() || s.clusters.empty() {
		return size{nothing, nothing}
	}
	return s
}

// isASCII reports whether all texts of a format are ASCII.
func isASCII(format string) bool {
	_, known := formatLengths[format]
	return known && format != "uri"
}

// formatClusters is how long texts of a format are, in grapheme clusters. All
// but those of a uri are ASCII; one may have a combining mark behind its colon.
func formatClusters(format string) interval {
	own := formatLength(format)
	if format == "uri" {
		own.low = 2
	}
	return own
}

// formatLength is how long texts of a format are, in bytes.
func formatLength(format string) interval {
	if i, ok := formatLengths[format]; ok {
		return i
	}
	return natural
}

// formatLengths are the lengths of the shortest and the longest text of each
// format (SY-01 to SY-24).
var formatLengths = map[string]interval{
	"at-identifier": {3, 2048},
	"at-uri":        {8, 8192},
	"cid":           {8, 256},
	"datetime":      {20, 64},
	"did":           {7, 2048},
	"handle":        {3, 253},
	"language":      {2, 128},
	"nsid":          {5, 317},
	"record-key":    {1, 512},
	"tid":           {13, 13},
	"uri":           {3, 8192},
}
