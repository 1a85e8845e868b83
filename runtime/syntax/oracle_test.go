package syntax_test

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// An oracle is a second implementation of a format: the specification's
// pattern and limits, and what they cannot say.
type oracle struct {
	pattern *regexp.Regexp
	limit   int
	extra   func(string) bool // nil means that there is nothing more
}

func (o oracle) accepts(text string) bool {
	return len(text) <= o.limit && o.pattern.MatchString(text) && (o.extra == nil || o.extra(text))
}

const (
	didPattern    = `did:[a-z]+:[a-zA-Z0-9._:%-]*[a-zA-Z0-9._-]`
	handlePattern = `([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?`
	nsidPattern   = `[a-zA-Z]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)+(\.[a-zA-Z]([a-zA-Z0-9]{0,62})?)`
	keyPattern    = `[A-Za-z0-9._:~-]{1,512}`
	tidPattern    = `[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}`
)

func oracles() map[string]oracle {
	exactly := func(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }
	nsid := oracle{exactly(nsidPattern), 317, nil}
	did := oracle{exactly(didPattern), 2048, nil}
	handle := oracle{exactly(handlePattern), 253, nil}
	key := oracle{exactly(keyPattern), 512, func(s string) bool { return s != "." && s != ".." }}
	return map[string]oracle{
		syntax.FormatDID:       did,
		syntax.FormatHandle:    handle,
		syntax.FormatNSID:      nsid,
		syntax.FormatRecordKey: key,
		syntax.FormatTID:       {exactly(tidPattern), 13, nil},
		syntax.FormatAtIdentifier: {regexp.MustCompile(``), 2048, func(s string) bool {
			if strings.HasPrefix(s, "did:") {
				return did.accepts(s)
			}
			return handle.accepts(s)
		}},
		syntax.FormatATURI: {exactly(`at://(` + didPattern + `|` + handlePattern + `)(/` + nsidPattern + `(/` + keyPattern + `)?)?`), 8192, func(s string) bool {
			parts := strings.Split(strings.TrimPrefix(s, "at://"), "/")
			return (did.accepts(parts[0]) || handle.accepts(parts[0])) &&
				(len(parts) < 2 || nsid.accepts(parts[1])) && (len(parts) < 3 || key.accepts(parts[2]))
		}},
		syntax.FormatDatetime: {exactly(`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})`), 64, func(s string) bool {
			t, err := time.Parse(time.RFC3339, s)
			return err == nil && t.UTC().Year() >= 0 && !strings.HasSuffix(s, "-00:00")
		}},
		syntax.FormatURI: {exactly(`(?i)[a-z][a-z0-9+.-]*:[^\s\x00-\x20\x7f-\xa0\p{Z}\x{feff}]+`), 8192, func(s string) bool {
			return strings.ToValidUTF8(s, "") == s
		}},
		syntax.FormatLanguage: {exactly(`(?:[a-z]{2,3}|[a-z]{5,8}|[ixX]-[a-zA-Z0-9]{1,8})(-[a-zA-Z0-9]{1,8})*`), 128, nil},
	}
}

// samples are right texts of each format, some on the edge of a limit, from
// which mutation makes wrong ones.
func samples() map[string][]string {
	label := strings.Repeat("o", 63)
	return map[string][]string{
		syntax.FormatDID: {
			"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "did:web:example.com", "did:web:localhost%3A2583", "did:m:v", "did:method:-:_:.:%ab",
			"did:m:" + strings.Repeat("v", 2042),
		},
		syntax.FormatHandle: {
			"alice.example.com", "a.co", "4chan.o-g", "xn--ls8h.test", "A.ISI.EDU", "handle.invalid",
			label + "." + label + "." + label + "." + label[:61], "a." + label,
		},
		syntax.FormatNSID: {
			"com.example.fooBar", "a-0.b-1.c", "net.users.bob.ping", "cn.8.lex.stuff", "a.0.c",
			"a." + label + "." + label + "." + label + "." + label[:59] + "." + label,
			strings.Repeat("abc.", 78) + "e.fgh",
		},
		syntax.FormatRecordKey: {"self", "~1.2-3_", "literal:self", ".", "..", "...", ":", strings.Repeat("k", 512)},
		syntax.FormatTID:       {"3jzfcijpj2z2a", "2222222222222", "7777777777777", "bzzzzzzzzzzzz", "jzzzzzzzzzzzz"},
		syntax.FormatAtIdentifier: {
			"did:plc:ewvi7nxzyoun6zhxrhs64oiz", "alice.example.com", "did:web:example.com", "did.example.com",
		},
		syntax.FormatATURI: {
			"at://alice.example.com", "at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/com.example.feed.post/3jzfcijpj2z2a",
			"at://did:web:example.com/com.example.fooBar", "at://a.co/a.b.c/self.", "at://did:m:v/a.b.c/:",
		},
		syntax.FormatDatetime: {
			"1985-04-12T23:20:50.123Z", "2000-02-29T00:00:00Z", "1900-02-28T23:59:59.9+23:59", "0000-01-01T00:00:00.000Z",
			"0000-01-01T01:00:00+01:00", "9999-12-31T23:59:59-01:00", "2024-11-30T12:30:00.123456789012-07:00",
			"2024-06-30T00:00:00." + strings.Repeat("1", 43) + "Z",
		},
		syntax.FormatURI: {
			"https://example.com/path?q=blah&yes=true#frag.123", "dns:example.com", "did:key:zQ3sh", "at://a.co", "x:y",
			"https://example.com/caf\u00e9", "file:///etc/hosts", "urn:" + strings.Repeat("x", 8188),
		},
		syntax.FormatLanguage: {
			"ja", "pt-BR", "zh-Hant", "en-GB-boont-r-extended-sequence-x-private", "i-default", "X-fr-CH", "sgn-BE-NL", "x-whatever",
			"en" + strings.Repeat("-abcdefgh", 14),
		},
	}
}

func TestScannersAgreeWithThePatterns_SY01_SY05_SY10_SY13_SY15_SY17_SY20_SY23_SY25(t *testing.T) {
	t.Parallel()
	rounds := 6000
	if testing.Short() {
		rounds = 1500
	}
	for format, o := range oracles() {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(1, 2))
			base, accepted, refused := samples()[format], 0, 0
			for range rounds {
				text := mutate(random, base[random.IntN(len(base))])
				want := o.accepts(text)
				if got := syntax.Check(format, text); (got == nil) != want {
					t.Fatalf("Check(%q, %q) = %v; the pattern accepts: %t", format, text, got, want)
				}
				if want {
					accepted++
				} else {
					refused++
				}
			}
			if min(accepted, refused) < rounds/20 {
				t.Errorf("mutation is one-sided: %d accepted, %d refused", accepted, refused)
			}
		})
	}
}

// mutate changes text at up to three places, mostly with bytes that have a
// meaning in some format.
func mutate(random *rand.Rand, text string) string {
	const alphabet = "aZ0129.-:/%_~TZ+xi @#?jkz\u00e9\u00a0\n\xff"
	b := []byte(text)
	for range random.IntN(4) {
		at := random.IntN(len(b) + 1)
		c := alphabet[random.IntN(len(alphabet))]
		switch op := random.IntN(5); {
		case op == 0:
			b = append(b[:at:at], append([]byte{c}, b[at:]...)...)
		case op == 1 && at < len(b):
			b = append(b[:at:at], b[at+1:]...)
		case op == 2 && at < len(b): // repeat a piece
			end := min(len(b), at+1+random.IntN(8))
			b = append(b[:end:end], b[at:]...)
		case at < len(b):
			b[at] = c
		}
	}
	return string(b)
}
