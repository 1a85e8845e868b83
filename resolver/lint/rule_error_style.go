package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
)

// errorStyle finds names of errors that are not in UpperCamelCase (LE-12).
var errorStyle = &Rule{Code: diag.CodeErrorStyle, definition: func(p *pass, def *resolver.Def) {
	for _, e := range errorsOf(def) {
		if !isPascal(e.Name.Value) {
			p.report(e.Name, fmt.Sprintf("the error %q is not in UpperCamelCase", e.Name.Value), suggestIf(isPascal, pascal(wordsOf(e.Name.Value))))
		}
	}
}}
