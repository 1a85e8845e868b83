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

// Sizes of a terminal that does not say how large it is.
const (
	usualWidth  = 80 // columns
	usualHeight = 24 // lines
)

// terminalSize returns the columns and lines of a terminal.
func terminalSize(of io.Writer) (width, height int) {
	if file, ok := of.(*os.File); ok {
		if w, h, err := term.GetSize(int(file.Fd())); err == nil && w > 0 && h > 0 {
			return w, h
		}
	}
	return usualWidth, usualHeight
}

// colour reports whether to print in colour: on a terminal, unless NO_COLOR is
// set to anything.
func (w world) colour(to io.Writer) bool { return w.getenv("NO_COLOR") == "" && w.isTerminal(to) }
