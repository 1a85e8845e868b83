package ir

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/mod/module"
)

// Options decides where packages lie and how they are called. The zero value
// puts every pair of first NSID segments into a package below an output
// without an import path, with full documentation.
type Options struct {
	// Module is the import path of the output folder.
	Module string
	// Packages maps an NSID prefix to a folder below the output. The longest
	// prefix wins; without one, the first two segments of the NSID are the
	// prefix and give the folder's name.
	Packages map[string]string
	// Imports maps an NSID prefix to the import path of a package that lexgen
	// generated elsewhere.
	Imports map[string]string
	// Names pins Go names: a definition's id (a.b.c or a.b.c#name) to a name.
	Names map[string]string
	// Docs says how much documentation is printed.
	Docs DocMode
	// CBOR says which types have methods for CBOR and straight-line code. All
	// others are written and read from their tables, in either format.
	CBOR CBORMode
}

// CBORMode says which types have methods for CBOR.
type CBORMode int

// The modes.
const (
	CBORReached CBORMode = iota // those that records and streams reach
	CBORAll                     // all
)

// ParseCBORMode reads reached or all.
func ParseCBORMode(text string) (CBORMode, error) {
	switch text {
	case "reached":
		return CBORReached, nil
	case "all":
		return CBORAll, nil
	}
	return 0, fmt.Errorf("cbor mode %q: want reached or all", text)
}

// DocMode says where documentation comments come from.
type DocMode int

// The three modes.
const (
	DocsFull      DocMode = iota // the schema's descriptions and its structure
	DocsStructure                // kind, constraints and errors, none of the schema's prose
	DocsNone                     // one line for each exported name
)

// ParseDocMode reads full, structure or none.
func ParseDocMode(text string) (DocMode, error) {
	switch text {
	case "full":
		return DocsFull, nil
	case "structure":
		return DocsStructure, nil
	case "none":
		return DocsNone, nil
	}
	return 0, fmt.Errorf("docs mode %q: want full, structure or none", text)
}

// Check reports the first option that cannot work.
func (o Options) Check() error {
	if err := o.checkPackages(); err != nil {
		return err
	}
	for _, prefix := range sortedKeys(o.Imports) {
		if err := checkPrefix(prefix); err != nil {
			return err
		}
		if err := checkImportPath(o.Imports[prefix]); err != nil {
			return fmt.Errorf("import %s: %w", prefix, err)
		}
	}
	for _, id := range sortedKeys(o.Names) {
		if name := o.Names[id]; !validExported(name) {
			return fmt.Errorf("name %q for %s is no exported Go identifier", name, id)
		}
	}
	if o.Module != "" {
		return checkImportPath(o.Module)
	}
	return nil
}

func (o Options) checkPackages() error {
	folded := map[string]string{}
	for _, prefix := range sortedKeys(o.Packages) {
		if err := checkPrefix(prefix); err != nil {
			return err
		}
		dir := o.Packages[prefix]
		if err := checkDir(dir); err != nil {
			return fmt.Errorf("package %s: %w", prefix, err)
		}
		lower := strings.ToLower(dir)
		if other, ok := folded[lower]; ok && other != dir {
			return fmt.Errorf("package %s: folders %q and %q differ in letter case alone", prefix, other, dir)
		}
		folded[lower] = dir
		if _, both := o.Imports[prefix]; both {
			return fmt.Errorf("prefix %s is both generated (package) and imported", prefix)
		}
		if dir == "." && o.Module == "" {
			return fmt.Errorf("package %s: the output folder itself needs an import path (module)", prefix)
		}
	}
	return nil
}

func checkPrefix(prefix string) error {
	for segment := range strings.SplitSeq(prefix, ".") {
		if segment == "" || strings.ContainsFunc(segment, func(r rune) bool {
			return r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
		}) {
			return fmt.Errorf("%q is no NSID prefix: want segments joined by dots, such as com.example", prefix)
		}
	}
	return nil
}

func checkDir(dir string) error {
	if dir == "." {
		return nil
	}
	if path.IsAbs(dir) || path.Clean(dir) != dir || dir == ".." || strings.HasPrefix(dir, "../") || strings.ContainsAny(dir, "\\:") {
		return fmt.Errorf("folder %q: want a clean relative path below the output, with slashes", dir)
	}
	if checkImportPath(dir) != nil {
		return fmt.Errorf("folder %q: no import path can end in it", dir)
	}
	for element := range strings.SplitSeq(dir, "/") {
		if reservedFolder(element) {
			return fmt.Errorf("folder %q: the go command treats %q specially", dir, element)
		}
		if strings.HasSuffix(strings.ToLower(element), ".go") {
			return fmt.Errorf("folder %q: %q is called like a Go file", dir, element)
		}
	}
	return nil
}

func checkImportPath(p string) error {
	if module.CheckImportPath(p) != nil {
		return fmt.Errorf("%q is no import path", p)
	}
	switch p {
	case "C", "cmd", "go", "std", "toolchain", "unsafe":
		return fmt.Errorf("%q is no import path that a package can have: it means something to the go command", p)
	}
	return nil
}

func validExported(name string) bool {
	for i, r := range name {
		if i == 0 && !unicode.IsUpper(r) || r != '_' && !identifierRune(r) {
			return false
		}
	}
	return name != ""
}
