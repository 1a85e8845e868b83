package syntax

import (
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
)

// Limits of the text of a CID in bytes.
const (
	minCIDLen = 8 // version, codec and an empty hash in base32
	maxCIDLen = 256
)

// CID is the text of a content identifier in a string field (SY-24), which may
// be of any kind and in any base of the multibase table. Links between blocks
// are no strings; their type is [cid.CID].
type CID string

// ParseCID returns text as a CID if it has the syntax of one: between 8 and
// 256 bytes, a letter that names a base, then digits of that base. It does not
// decode them: [CID.CID] does, for the CIDs of AT Protocol. The old form that
// begins with Qm is refused.
func ParseCID(text string) (CID, error) {
	return parse[CID](FormatCID, text, scanCID)
}

// String returns c as a string.
func (c CID) String() string { return string(c) }

// CID returns c decoded, or an error if it is not of the form that
// [cid.Parse] reads.
func (c CID) CID() (cid.CID, error) { return cid.Parse(string(c)) }

func scanCID(text string) fault {
	if f := tooLong(text, maxCIDLen); f.found() {
		return f
	}
	switch {
	case len(text) < minCIDLen:
		return fault{len(text), "shorter than 8 bytes"}
	case strings.HasPrefix(text, "Qm"):
		return fault{0, "CID of version 0"}
	}
	digits := baseDigits(text[0])
	if digits == "" {
		return fault{0, "does not begin with the letter of a base"}
	}
	for i := 1; i < len(text); i++ {
		if strings.IndexByte(digits, text[i]) < 0 {
			return fault{i, "no digit of the base"}
		}
	}
	return fault{}
}

const (
	digits10    = "0123456789"
	lettersAToV = "abcdefghijklmnopqrstuv"
	lettersWToZ = "wxyz"
	lowers      = lettersAToV + lettersWToZ
	uppersAToV  = "ABCDEFGHIJKLMNOPQRSTUV"
	uppers      = uppersAToV + "WXYZ"
)

// baseDigits returns the digits of the base that the multibase table has under
// that letter, or "" if there is none. Where the base has a padded form, the
// padding counts as a digit.
func baseDigits(prefix byte) string {
	switch prefix {
	case '0':
		return "01"
	case '7':
		return digits10[:8]
	case '9':
		return digits10
	case 'f':
		return digits10 + "abcdef"
	case 'F':
		return digits10 + "ABCDEF"
	case 'b':
		return lowers + "234567"
	case 'c':
		return lowers + "234567="
	case 'B':
		return uppers + "234567"
	case 'C':
		return uppers + "234567="
	case 'v':
		return digits10 + lettersAToV
	case 't':
		return digits10 + lettersAToV + "="
	case 'V':
		return digits10 + uppersAToV
	case 'T':
		return digits10 + uppersAToV + "="
	case 'h':
		return "ybndrfg8ejkmcpqxot1uwisza345h769"
	case 'k':
		return digits10 + lowers
	case 'K':
		return digits10 + uppers
	case 'z', 'Z':
		return "123456789" + "ABCDEFGHJKLMNPQRSTUVWXYZ" + "abcdefghijkmnopqrstuvwxyz"
	case 'm':
		return uppers + lowers + digits10 + "+/"
	case 'M':
		return uppers + lowers + digits10 + "+/="
	case 'u':
		return uppers + lowers + digits10 + "-_"
	case 'U':
		return uppers + lowers + digits10 + "-_="
	}
	return ""
}
