package lint

import (
	"fmt"

	"github.com/lexgen/lexgen/parser/diag"
)

// Levels are the levels that a project sets, by code. They win over what a rule
// has by default and over a strict run.
type Levels map[diag.Code]Level

// Set sets the level of a code: that of a rule of this package, or of another
// problem of lexicons, see [Codes]. It refuses to lower what is an error, because
// nothing can be generated from such a lexicon.
func (l Levels) Set(code diag.Code, level Level) error {
	if !known(code) {
		return fmt.Errorf("no rule has the code %q", code)
	}
	if ruleOf(code) == nil && defaultLevel(code) == Error && level != Error {
		return fmt.Errorf("%s is an error of the language, and stays one", code)
	}
	l[code] = level
	return nil
}

// of returns the level at which a code speaks.
func (l Levels) of(code diag.Code, strict bool) Level {
	if level, ok := l[code]; ok {
		return level
	}
	level := defaultLevel(code)
	if level == Off && strict {
		return Warning
	}
	return level
}

// defaultLevel returns the level of a code where nobody sets one. That a path
// does not agree with an id is a matter of style, as it is for lexgen gen.
func defaultLevel(code diag.Code) Level {
	if rule := ruleOf(code); rule != nil {
		return rule.Level
	}
	if code == diag.CodePathMismatch {
		return Off
	}
	doc, _ := diag.Lookup(code)
	return levelOf(doc.Severity)
}
