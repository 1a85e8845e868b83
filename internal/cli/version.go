package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

func (p *program) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version of lexgen",
		Long: `Print the version of lexgen, of the Go that built it, and where known the
commit that it was built from.`,
		Example:     "  lexgen version",
		Annotations: exits(exitDone, exitUsage),
		Args:        noArguments,
		RunE: func(*cobra.Command, []string) error {
			return p.print(versionText(readBuild()))
		},
	}
}

// print writes what was asked for to standard output.
func (p *program) print(text string) error {
	_, err := io.WriteString(p.stdout, text)
	return unwritable(err)
}

// build is what the running program knows about its making.
type build struct {
	version            string // of the module; (devel) for a checkout
	goVersion          string
	revision, time     string // of the version control; empty if unknown
	modified           bool   // built from a checkout with changes
	platform, compiler string
}

func readBuild() build {
	b := build{version: "(devel)", goVersion: runtime.Version(), platform: runtime.GOOS + "/" + runtime.GOARCH, compiler: runtime.Compiler}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := moduleVersion(info); v != "" {
		b.version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.revision = s.Value
		case "vcs.time":
			b.time = s.Value
		case "vcs.modified":
			b.modified = s.Value == "true"
		}
	}
	return b
}

// modulePath is the module whose version is lexgen's, also when it is run as a
// tool of another module.
const modulePath = "github.com/lexgen/lexgen"

func moduleVersion(info *debug.BuildInfo) string {
	if info.Main.Path == modulePath {
		return info.Main.Version
	}
	for _, dep := range info.Deps {
		if dep.Path == modulePath {
			return dep.Version
		}
	}
	return ""
}

func versionText(b build) string {
	var t strings.Builder
	fmt.Fprintf(&t, "lexgen %s\n", b.version)
	if b.revision != "" {
		fmt.Fprintf(&t, "commit %s", b.revision)
		if b.time != "" {
			fmt.Fprintf(&t, " of %s", b.time)
		}
		if b.modified {
			t.WriteString(", with changes")
		}
		t.WriteString("\n")
	}
	fmt.Fprintf(&t, "built with %s (%s) for %s\n", b.goVersion, b.compiler, b.platform)
	return t.String()
}
