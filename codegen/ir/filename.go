package ir

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/mod/module"
)

// nameFiles gives each file the NSID behind the package's prefix as a name.
// Dots instead of underscores keep the go command from reading an operating
// system or a test into it. Letter case does not tell files apart everywhere,
// so the later of two gets a number.
func nameFiles(pkg *Package) {
	taken := newNameSet()
	for _, file := range pkg.Files {
		if file.ID == "" {
			continue // it has its name
		}
		name := strings.ToLower(strings.TrimPrefix(file.ID, commonPrefix(pkg, file.ID)))
		file.Name = portable(taken.take(shorten(name), "")) + ".go"
	}
	slices.SortFunc(pkg.Files, func(a, b *File) int { return cmp.Compare(a.Name, b.Name) })
}

// commonPrefix is what all files of the package drop from their names.
func commonPrefix(pkg *Package, id string) string {
	if len(pkg.Prefixes) != 1 || pkg.Prefixes[0] == id {
		return ""
	}
	return pkg.Prefixes[0] + "."
}

// portable returns a name that every system can have. Those that Windows keeps
// for devices, like con and con.foo, get an underscore, which no NSID has; the
// go command refuses modules with such files.
func portable(name string) string {
	if module.CheckFilePath(name+".go") == nil {
		return name
	}
	first, rest, _ := strings.Cut(name+".", ".")
	return strings.TrimSuffix(first+"_."+rest, ".")
}
