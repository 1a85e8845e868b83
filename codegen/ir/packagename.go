package ir

import (
	"go/token"
	"go/types"
	"path"
	"strings"

	"golang.org/x/mod/module"
)

// folderName joins the letters and digits of a prefix: com.atproto gives
// comatproto.
func folderName(prefix string) string {
	name := packageName(prefix)
	if reservedFolder(name) {
		return name + "lex"
	}
	return name
}

// reservedFolder reports whether the go command gives a folder of that name a
// meaning, skips it, or refuses it because some system cannot have it.
func reservedFolder(name string) bool {
	switch name {
	case "internal", "vendor", "testdata", "main", "cmd":
		return true
	case ".":
		return false
	}
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || module.CheckImportPath(name) != nil
}

// importName returns the element of an import path that names the package:
// the last one that is no major version.
func importName(importPath string) string {
	base := path.Base(importPath)
	if dir := path.Dir(importPath); dir != "." && len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		return path.Base(dir)
	}
	return strings.TrimPrefix(base, "go-")
}

// packageName turns text into a Go package name: lower-case ASCII letters and
// digits, beginning with a letter, no keyword and nothing that generated code
// calls otherwise.
func packageName(text string) string {
	name := strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			return r
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		}
		return -1
	}, text)
	switch {
	case name == "" || name[0] <= '9':
		return "lex" + name
	case token.IsKeyword(name), reservedPackage(name):
		return name + "lex"
	}
	return name
}

// reservedPackage reports whether a package of that name would hide something
// in generated code, be hidden by a local variable there, or be special.
func reservedPackage(name string) bool {
	switch name {
	case "main", "init", "lex", "syntax", "xrpc", "io", "context":
		return true
	case "documentation": // go build leaves out all files of a package of that name
		return true
	case "ctx", "depth", "err", "impl", "named", "ok", "opts", "out", "some", "to":
		return true
	}
	oneLetter := strings.Trim(name[1:], "0123456789") == "" // i, i2
	return oneLetter || types.Universe.Lookup(name) != nil
}
