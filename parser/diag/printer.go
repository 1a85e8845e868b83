package diag

import "io"

// Printer renders diagnostics in the order given. Its errors are those of the
// writer.
type Printer interface {
	Print(w io.Writer, list []Diagnostic) error
}
