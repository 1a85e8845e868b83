package house

import (
	"slices"
	"strings"
	"testing"
)

func TestLibrariesAreSilent(t *testing.T) {
	t.Parallel()
	rule{
		applies: library,
		find:    outputs,
		advice:  "return a value or an error, write to an io.Writer that was given, or log through an injected slog.Logger",
		trips:   "package p\nimport f \"fmt\"\nfunc g() { f.Println() }\n",
	}.check(t)
}

// outputs finds printing to standard output, the global logger, and exits.
func outputs(s *source) []finding {
	everything := func(string) bool { return true }
	return slices.Concat(
		s.uses("fmt", func(name string) bool { return strings.HasPrefix(name, "Print") }),
		s.uses("log", everything),
		s.uses("os", func(name string) bool { return slices.Contains([]string{"Exit", "Stdout", "Stderr", "Stdin"}, name) }),
		s.calls("print", "println"),
	)
}
