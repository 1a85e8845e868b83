package cli

import (
	"io"
	"os"

	"golang.org/x/term"
)

// isTerminal reports whether somebody reads w while it is written, on a
// terminal that knows escape sequences.
func (w world) isTerminal(to io.Writer) bool {
	file, ok := to.(*os.File)
	return ok && w.getenv("TERM") != "dumb" && term.IsTerminal(int(file.Fd()))
}

// colour reports whether to print in colour: on a terminal, unless NO_COLOR is
// set to anything.
func (w world) colour(to io.Writer) bool { return w.getenv("NO_COLOR") == "" && w.isTerminal(to) }
