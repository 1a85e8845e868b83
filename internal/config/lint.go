package config

// Lint is what lexgen lint does in a project.
type Lint struct {
	Rules    []Entry // code of a diagnostic to level: off, warning or error
	Baseline Text    // the file of what is accepted; relative, see Path
}

func lintOf(n node) Lint {
	m, ok := n.(*mapping)
	if !ok {
		return Lint{}
	}
	return Lint{Rules: entriesOf(m.get("rules")), Baseline: textOf(m.get("baseline"))}
}
