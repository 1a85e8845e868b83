package diag

// style is a sequence of parameters of the terminal's "select graphic
// rendition" (ECMA-48).
type style string

const (
	styleMessage style = "1"    // bold
	styleError   style = "1;31" // bold red
	styleWarning style = "1;33" // bold yellow
	styleNote    style = "1;36" // bold cyan
	styleGutter  style = "34"   // blue
)

func styleOf(s Severity) style {
	if s == Warning {
		return styleWarning
	}
	return styleError
}

// paint says whether text is coloured.
type paint bool

// as returns the text in a style.
func (p paint) as(s style, text string) string {
	if !p {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}
