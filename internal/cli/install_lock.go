package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/runtime/cid"
	lexnet "github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// lockName is what the lock file is called unless somebody says otherwise.
const lockName = "lexicons.json"

// lockVersion is that of the form of lock files.
const lockVersion = 1

// maxLock is how many bytes a lock file may have: room for 100,000 lexicons.
const maxLock = 64 << 20

// A lock says which lexicons are installed: those that somebody asked for, and with
// which CID each of these and of those that they lead to.
type lock struct {
	roots []syntax.NSID // sorted
	pins  map[syntax.NSID]pin
}

// A pin is one lexicon in a lock. The authority of its URI is the DID of an account, or a
// stand-in if it does not come from the network, see lexicon.StandIn: @atproto/lex takes
// no URI without a DID.
type pin struct {
	uri syntax.ATURI
	cid cid.CID
}

// did returns the account that the lexicon comes from, "" if it is not known.
func (p pin) did() syntax.DID {
	did, _ := p.uri.Authority().DID()
	if did == lexnet.StandIn(syntax.NSID(p.uri.RecordKey())) {
		return ""
	}
	return did
}

// isOfDomain reports whether the account is the did:web of the domain of the NSID. It was
// the stand-in of earlier builds, too, and whether it is one still what is pinned has to
// tell: no account has a lexicon that is no record.
func (p pin) isOfDomain() bool {
	return p.did() == syntax.DID("did:web:"+syntax.NSID(p.uri.RecordKey()).Authority())
}

// lockText is a lock file as @atproto/lex reads it.
type lockText struct {
	Version     int                `json:"version"`
	Lexicons    []string           `json:"lexicons"`
	Resolutions map[string]pinText `json:"resolutions"`
}

type pinText struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// readLock reads a lock file. One that is not there is nil.
func readLock(name string) (*lock, error) {
	text, err := readFile(name, maxLock+1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil //nolint:nilnil // that is what there is
	case err != nil:
		return nil, errors.New(reasonOf(err))
	case len(text) > maxLock:
		return nil, fmt.Errorf("it has more than %d bytes", maxLock)
	}
	return parseLock(text)
}

// parseLock reads the text of a lock file.
func parseLock(text []byte) (*lock, error) {
	var read lockText
	if err := json.Unmarshal(text, &read); err != nil {
		return nil, fmt.Errorf("it is no JSON of a lock file: %w", err)
	}
	if name := twice(text); name != "" {
		return nil, fmt.Errorf("it has %q twice, as after a merge by hand", name)
	}
	if read.Version != lockVersion {
		return nil, fmt.Errorf("it has the version %d, and lexgen knows version %d", read.Version, lockVersion)
	}
	l := &lock{pins: map[syntax.NSID]pin{}}
	for _, name := range read.Lexicons {
		nsid, err := syntax.ParseNSID(name)
		if err != nil {
			return nil, fmt.Errorf("lexicons: %w", err)
		}
		l.roots = append(l.roots, nsid)
	}
	slices.Sort(l.roots)
	l.roots = slices.Compact(l.roots)
	for name, text := range read.Resolutions {
		nsid, err := syntax.ParseNSID(name)
		if err != nil {
			return nil, fmt.Errorf("resolutions: %w", err)
		}
		p, err := text.pin(nsid)
		if err != nil {
			return nil, fmt.Errorf("resolutions: %s: %w", nsid, err)
		}
		l.pins[nsid] = p
	}
	return l, nil
}

// twice returns a name that an object in a text of JSON has twice, of which programs
// take the one or the other, or "".
func twice(text []byte) string {
	d := json.NewDecoder(bytes.NewReader(text))
	var open []map[string]bool // names of each object, nil for an array
	isName := false
	for {
		token, err := d.Token()
		if err != nil {
			return ""
		}
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
		case string:
			if !isName {
				break
			}
			names := open[len(open)-1]
			if names[token] {
				return token
			}
			names[token] = true
			isName = false
			continue
		}
		isName = len(open) > 0 && open[len(open)-1] != nil
	}
}

// pin reads where the lexicon of an NSID is from, and which one it is.
func (t pinText) pin(nsid syntax.NSID) (pin, error) {
	uri, err := syntax.ParseATURI(t.URI)
	if err != nil {
		return pin{}, err
	}
	if _, isDID := uri.Authority().DID(); !isDID || uri.Collection() != lexnet.Collection || uri.RecordKey() != syntax.RecordKey(nsid) {
		return pin{}, fmt.Errorf("its uri is %s: want at://DID/%s/%s", uri, lexnet.Collection, nsid)
	}
	c, err := cid.Parse(t.CID)
	if err != nil {
		return pin{}, err
	}
	return pin{uri, c}, nil
}

// text returns the lock as @atproto/lex writes it: indented by two spaces, sorted,
// with a line break at its end.
func (l *lock) text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "{\n  \"version\": %d,\n  \"lexicons\": ", lockVersion)
	lines(&b, "[]", l.roots, func(nsid syntax.NSID) { fmt.Fprintf(&b, "    %q", nsid) })
	b.WriteString(",\n  \"resolutions\": ")
	lines(&b, "{}", l.sorted(), func(nsid syntax.NSID) {
		p := l.pins[nsid]
		fmt.Fprintf(&b, "    %q: {\n      \"uri\": %q,\n      \"cid\": %q\n    }", nsid, p.uri, p.cid)
	})
	b.WriteString("\n}\n")
	return []byte(b.String())
}

// lines writes a list between brackets, each item on lines of its own.
func lines(b *strings.Builder, brackets string, list []syntax.NSID, item func(syntax.NSID)) {
	b.WriteByte(brackets[0])
	for i, nsid := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('\n')
		item(nsid)
	}
	if len(list) > 0 {
		b.WriteString("\n  ")
	}
	b.WriteByte(brackets[1])
}

// sorted returns the lexicons that are pinned.
func (l *lock) sorted() []syntax.NSID { return slices.Sorted(maps.Keys(l.pins)) }

// isOwn reports whether a lexicon that is there is one of the user's own: no lock pins it,
// or pins it although neither an account nor a source, which is elsewhere, has it.
func (l *lock) isOwn(nsid syntax.NSID, isElsewhere bool) bool {
	return !l.has(nsid) || l.pins[nsid].did() == "" && !isElsewhere
}

// has reports whether a lexicon is pinned; a lock that is not there pins nothing.
func (l *lock) has(nsid syntax.NSID) bool {
	if l == nil {
		return false
	}
	_, ok := l.pins[nsid]
	return ok
}

// isThere reports whether a file is there.
func isThere(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}
