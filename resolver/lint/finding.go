package lint

import "github.com/lexgen/lexgen/parser/diag"

// Finding is one problem.
type Finding struct {
	diag.Diagnostic
	// Fix is what mends it, all edits or none; empty where a person must decide.
	Fix []Edit
	// Reason is why a baseline accepts the finding; empty if none does.
	Reason string
}
