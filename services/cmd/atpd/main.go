// Command atpd runs the services of the AT Protocol network.
//
// The commands, their settings and exit statuses are described by atpd --help;
// package services/internal/atpd implements them.
package main

import (
	"os"

	"github.com/lexgen/lexgen/services/internal/atpd"
)

func main() {
	os.Exit(atpd.Main(os.Args[1:], os.Stdout, os.Stderr))
}
