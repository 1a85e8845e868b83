package lint

import "github.com/lexgen/lexgen/parser/diag"

// certain returns the fix of a problem that the parser found, where what it
// suggests can only be what was meant: the full name of a token of the same
// lexicon, a reference without the prefix that it may not have, and a file
// without its byte-order mark.
func certain(d diag.Diagnostic) []Edit {
	switch {
	case d.Code == diag.CodeByteOrderMark:
		return []Edit{{Span: d.Span}}
	case d.Suggestion == "":
		return nil
	case d.Code == diag.CodeLocalKnownValue:
		return []Edit{replaceText(d.Span, d.Suggestion)}
	case d.Code == diag.CodeMalformedReference:
		if written := d.Span.File.Source()[d.Span.Start:d.Span.End]; string(written) == `"lex:`+d.Suggestion+`"` {
			return []Edit{replaceText(d.Span, d.Suggestion)}
		}
	}
	return nil
}
