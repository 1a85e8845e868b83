// Command bootstrap is lexgen with the command gen alone.
//
// It reaches no generated code, so that generated code which does not compile
// can always be generated again. It reads the same lexgen.yaml.
package main

import (
	"os"

	"github.com/lexgen/lexgen/internal/cli"
)

func main() {
	os.Exit(cli.Main(cli.GenOnly, os.Args[1:], os.Stdout, os.Stderr))
}
