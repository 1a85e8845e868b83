package config

// Install is what lexgen install does in a project.
type Install struct {
	Into    Text     // the folder to write lexicons below; relative, see Config.Path
	Lock    Text     // the lock file; relative, too
	Sources []Source // to look into before the network
	Frozen  []Source // to look into for what the network does not have
}

func installOf(n node) Install {
	m, ok := n.(*mapping)
	if !ok {
		return Install{}
	}
	sources, _ := m.get("sources").(*sequence)
	frozen, _ := m.get("frozen").(*sequence)
	return Install{Into: textOf(m.get("into")), Lock: textOf(m.get("lock")), Sources: sourcesOf(sources), Frozen: sourcesOf(frozen)}
}
