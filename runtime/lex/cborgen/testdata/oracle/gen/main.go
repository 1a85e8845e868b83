// Command gen writes the code of cbor-gen in package oracle. It needs that
// package to compile, which the types alone do.
package main

import (
	"fmt"
	"os"

	"github.com/lexgen/lexgen/runtime/lex/cborgen/testdata/oracle"
)

func main() {
	if err := oracle.Write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
