package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser/diag"
)

// Level says how a rule speaks.
type Level int

const (
	// Off keeps a rule silent.
	Off Level = iota
	// Warning lets it warn.
	Warning
	// Error makes its findings errors.
	Error
)

// LevelNames returns the names of all levels.
func LevelNames() []string { return []string{"off", "warning", "error"} }

// String returns the name of the level.
func (l Level) String() string { return LevelNames()[l] }

// ParseLevel returns the level of a name.
func ParseLevel(name string) (Level, error) {
	for i, known := range LevelNames() {
		if name == known {
			return Level(i), nil
		}
	}
	return Off, fmt.Errorf("level %q: want one of %s", name, strings.Join(LevelNames(), ", "))
}

// severity returns the severity of findings; the level is not Off.
func (l Level) severity() diag.Severity {
	if l == Error {
		return diag.Error
	}
	return diag.Warning
}

// levelOf returns the level that a severity stands for.
func levelOf(s diag.Severity) Level {
	if s == diag.Error {
		return Error
	}
	return Warning
}
