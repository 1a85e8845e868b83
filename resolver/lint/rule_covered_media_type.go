package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// coveredMediaType finds media types that another one in the list covers. The
// fix removes them.
var coveredMediaType = &Rule{Code: diag.CodeCoveredMediaType, Level: Warning, Fixes: true, typ: func(p *pass, at *site) {
	blob, ok := at.typ.(*parser.Blob)
	if !ok {
		return
	}
	patterns := map[string]parser.Text{}
	for _, pattern := range blob.Accept {
		if strings.HasSuffix(pattern.Value, "/*") {
			patterns[pattern.Value] = pattern
		}
	}
	for _, name := range blob.Accept {
		if by, ok := covering(patterns, name.Value); ok {
			var fix []Edit
			if list, i := p.trees.list(name); list != nil {
				fix = []Edit{removeItem(list, i)}
			}
			p.mend(fix, name, fmt.Sprintf("%q is covered by %q", name.Value, by.Value), diag.WithNote(by, "it covers the media type"))
		}
	}
}}

// covering returns the pattern that covers a media type or a narrower pattern.
func covering(patterns map[string]parser.Text, name string) (by parser.Text, ok bool) {
	kind, _, _ := strings.Cut(name, "/")
	for _, pattern := range []string{"*/*", kind + "/*"} {
		if by, ok = patterns[pattern]; ok && pattern != name {
			return by, true
		}
	}
	return parser.Text{}, false
}
