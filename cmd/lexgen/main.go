// Command lexgen turns AT Protocol Lexicon schemas into Go.
//
// The commands, their flags and exit statuses are described by lexgen --help;
// package internal/cli implements them.
package main

import (
	"os"

	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/firehose"
)

func main() {
	os.Exit(cli.Main(cli.AllCommands, os.Args[1:], os.Stdout, os.Stderr, cli.WithAccounts(account.Accounts{}), cli.WithFollower(firehose.Follow)))
}
