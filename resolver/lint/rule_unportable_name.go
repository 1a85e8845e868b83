package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// unportableName finds names of properties and parameters that are no names in
// most languages, so that generators have to make some up.
var unportableName = &Rule{Code: diag.CodeUnportableName, Level: Warning, typ: func(p *pass, at *site) {
	for _, property := range propertiesOf(at.typ) {
		if name := property.Name.Value; !isPortable(name) {
			p.report(property.Name, fmt.Sprintf("%q is no name in every language", name),
				diag.Help("use ASCII letters and digits, and begin with a letter"))
		}
	}
}}

// isPortable reports whether a name has only ASCII letters, digits and
// underscores and begins with a letter.
func isPortable(name string) bool {
	return isAlphanumeric(strings.ReplaceAll(name, "_", "a")) && name[0] > '9' && name[0] != '_'
}
