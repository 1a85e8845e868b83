// Command indigogen runs indigo's generator as indigo's own command does. Its
// arguments are the list of packages and the folder with the schemas.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/bluesky-social/indigo/lex"
)

func main() {
	if err := generate(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func generate(arguments []string) error {
	if len(arguments) != 2 {
		return errors.New("usage: indigogen PACKAGES FOLDER")
	}
	list, err := os.ReadFile(arguments[0]) //nolint:gosec // bench says which
	if err != nil {
		return err
	}
	packages, err := lex.ParsePackages(list)
	if err != nil {
		return fmt.Errorf("%s: %w", arguments[0], err)
	}
	schemas, err := read(arguments[1])
	if err != nil {
		return err
	}
	if err := lex.Run(schemas, nil, packages); err != nil {
		return fmt.Errorf("generate: %w", err)
	}
	return nil
}

func read(folder string) (schemas []*lex.Schema, err error) {
	err = filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error { //nolint:gosec // bench says which
		if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".json") {
			return err
		}
		schema, err := lex.ReadSchema(file)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		schemas = append(schemas, schema)
		return nil
	})
	return schemas, err
}
