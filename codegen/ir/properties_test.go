package ir_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lexgen/lexgen/codegen"
	"github.com/lexgen/lexgen/codegen/ir"
)

func TestPackagesDoNotImportEachOther(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		p := build(t, s, options(t, s))
		rank := map[*ir.Package]int{}
		var visit func(pkg *ir.Package, path []string)
		visit = func(pkg *ir.Package, path []string) {
			path = append(path, pkg.Path)
			switch rank[pkg] {
			case 1:
				t.Fatalf("import cycle: %s", strings.Join(path, " -> "))
			case 2:
				return
			}
			rank[pkg] = 1
			for _, other := range pkg.Imports {
				visit(other, path)
			}
			rank[pkg] = 2
		}
		for _, pkg := range p.Packages {
			visit(pkg, nil)
			for _, id := range named(pkg) {
				if id.Package != pkg && !slices.Contains(pkg.Imports, id.Package) {
					t.Errorf("%s names %s of %s, which is not among its imports", pkg.Path, id.Name, id.Package.Path)
				}
			}
		}
	})
}

// named returns what the declarations of a package name.
func named(pkg *ir.Package) []ir.Ident {
	var list []ir.Ident
	for _, alias := range pkg.Aliases {
		list = append(list, alias.Target)
	}
	for _, file := range pkg.Files {
		for _, d := range file.Decls {
			switch d := d.(type) {
			case *ir.Struct:
				for _, f := range d.Fields {
					list = append(list, append(namedInType(f.Type), namedInLex(f.Lex)...)...)
				}
			case *ir.Array:
				list = append(list, namedInType(d.Elem)...)
			case *ir.TypeAlias:
				list = append(list, namedInType(d.Type)...)
			case *ir.BodyUnion:
				list = append(list, d.Union.Members...)
			}
		}
	}
	return list
}

func namedInType(t ir.GoType) []ir.Ident {
	switch t := t.(type) {
	case ir.Named:
		return []ir.Ident{t.Ident}
	case ir.Pointer:
		return namedInType(t.Elem)
	case ir.Slice:
		return namedInType(t.Elem)
	case ir.Opt:
		return namedInType(t.Elem)
	case ir.Nullable:
		return namedInType(t.Elem)
	}
	return nil
}

func namedInLex(t ir.LexType) []ir.Ident {
	switch t := t.(type) {
	case *ir.LexUnion:
		return t.Members
	case *ir.LexArray:
		return namedInLex(t.Items)
	}
	return nil
}

// declarations returns the names that a package declares, aliases included.
func declarations(pkg *ir.Package) []string {
	var list []string
	for _, alias := range pkg.Aliases {
		list = append(list, alias.Name)
	}
	for _, file := range pkg.Files {
		for _, e := range entities(file) {
			list = append(list, e.name)
		}
	}
	slices.Sort(list)
	return list
}

// entity is one declared name. Its place does not depend on other lexicons; nor
// does its prefix.
type entity struct{ prefix, place, name string }

func entities(file *ir.File) []entity {
	var list []entity
	for i, d := range file.Decls {
		place := fmt.Sprintf("%s %d", file.ID, i)
		switch d := d.(type) {
		case *ir.Consts:
			for j, c := range d.Consts {
				list = append(list, entity{prefixOf(file.ID), fmt.Sprintf("%s.%d", place, j), c.Name})
			}
		case *ir.Endpoint:
			list = append(list, entity{prefixOf(file.ID), place, d.Name}, entity{prefixOf(file.ID), place + " request", d.Request})
		case *ir.Group:
			prefix := prefixOf(d.ID)
			list = append(list, entity{prefix, d.ID + " server", d.Server},
				entity{prefix, d.ID + " unimplemented", d.Unimplemented}, entity{prefix, d.ID + " register", d.Register})
		case *ir.Fake:
			list = append(list, entity{prefixOf(d.Group.ID), d.Group.ID + " fake", d.Name})
		default:
			list = append(list, entity{prefixOf(file.ID), place, d.Ident()})
		}
	}
	return list
}

func TestNamesAreUniqueAndExported(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		p := build(t, s, options(t, s))
		folders := map[string]bool{}
		for _, pkg := range p.Packages {
			if folder := strings.ToLower(pkg.Dir); folders[folder] {
				t.Errorf("two packages in %s", folder)
			} else {
				folders[folder] = true
			}
			names := declarations(pkg)
			if unique := slices.Compact(slices.Clone(names)); len(unique) != len(names) {
				t.Errorf("%s: a name is there twice: %q", pkg.Path, names)
			}
			for _, name := range names {
				if first := []rune(name)[0]; !unicode.IsUpper(first) || len(name) > 160 {
					t.Errorf("%s is no good name", name)
				}
			}
			checkFileNames(t, pkg)
		}
	})
}

func checkFileNames(t *rapid.T, pkg *ir.Package) {
	seen := map[string]bool{"package_doc.go": true}
	for _, file := range pkg.Files {
		name, isGo := strings.CutSuffix(file.Name, ".go")
		if seen[file.Name] || !isGo || strings.ToLower(name) != name || strings.HasSuffix(name, "_test") || len(file.Name) > 160 {
			t.Errorf("%s/%s is no good file name", pkg.Dir, file.Name)
		}
		if first, _, _ := strings.Cut(name, "."); slices.Contains([]string{"con", "aux", "nul", "prn"}, first) {
			t.Errorf("%s/%s is a device of Windows", pkg.Dir, file.Name)
		}
		seen[file.Name] = true
	}
}

// methods are those of generated types.
var methods = []string{"MarshalJSON", "UnmarshalJSON", "MarshalCBOR", "UnmarshalCBOR", "LexType", "LexTable", "LexRecordKey", "LexArray"}

func TestFieldNamesAreUniqueAndNoMethods(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, pkg := range build(t, lexicons(t), plain).Packages {
			for _, file := range pkg.Files {
				for _, d := range file.Decls {
					if s, ok := d.(*ir.Struct); ok {
						checkFields(t, s)
					}
				}
			}
		}
	})
}

func checkFields(t *rapid.T, s *ir.Struct) {
	seen := map[string]bool{}
	names := []string{s.Extra}
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if seen[name] || slices.Contains(methods, name) {
			t.Errorf("%s.%s is a field twice, or a method", s.Name, name)
		}
		seen[name] = true
		if name != "" && !unicode.IsUpper([]rune(name)[0]) {
			t.Errorf("%s.%s is not exported", s.Name, name)
		}
	}
}

// TestAPackageDeclaresTheSameWhateverElseIsGenerated holds what is generated
// of all prefixes together against what is generated of each prefix alone. It
// proves that a merge costs no import path a name, and adds none.
func TestAPackageDeclaresTheSameWhateverElseIsGenerated(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		o := options(t, s)
		together := build(t, s, o)
		for _, prefixes := range groups(s, o) {
			want := declarations(build(t, s, alone(s, o, prefixes)).Packages[0])
			if got := declaredUnder(together, prefixes); !slices.Equal(want, got) {
				t.Errorf("%s (-alone +together):\n%s", prefixes, cmp.Diff(want, got))
			}
		}
	})
}

// declaredUnder returns what the package of some prefixes declares: its
// aliases, or what is in its own files.
func declaredUnder(p *ir.Program, prefixes []string) []string {
	for _, pkg := range p.Packages {
		if pkg.AliasOf != nil && slices.Contains(prefixes, pkg.Prefixes[0]) {
			return declarations(pkg)
		}
	}
	var list []string
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			for _, e := range entities(file) {
				if pkg.FakesOf == nil && slices.Contains(prefixes, e.prefix) {
					list = append(list, e.name)
				}
			}
		}
	}
	slices.Sort(list)
	return list
}

func TestNamesDoNotDependOnTheSelection(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		o := options(t, s)
		patterns := rapid.SliceOfNDistinct(rapid.SampledFrom(s.ids()), 1, 3, rapid.ID[string]).Draw(t, "patterns")
		for _, prefixes := range groups(s, o) {
			all := described(build(t, s, alone(s, o, prefixes)))
			for what := range described(build(t, s, alone(s, o, prefixes), patterns...)) {
				if !all[what] {
					t.Errorf("only when %q is selected: %s", patterns, what)
				}
			}
		}
	})
}

// described returns what is declared with its documentation, which has the id
// of the definition in it.
func described(p *ir.Program) map[string]bool {
	set := map[string]bool{}
	for _, pkg := range p.Packages {
		for _, file := range pkg.Files {
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ir.Consts:
					for _, c := range d.Consts {
						set[fmt.Sprint(file.ID, d.Doc.Lines, c.Doc.Lines, c.Name, c.Value)] = true
					}
				case *ir.Struct:
					set[fmt.Sprint(file.ID, d.Doc.Lines)] = true
					for _, f := range d.Fields {
						set[fmt.Sprint(file.ID, d.Name, f.Name, f.Wire)] = true
					}
				default:
					set[fmt.Sprint(file.ID, d.Ident())] = true
				}
			}
		}
	}
	return set
}

// TestAnotherLexiconTakesNamesOnlyByClashes adds a lexicon. A name that
// changes is now that of the new lexicon, or of something that lost its own
// name to it; or it comes from a definition that was renamed.
func TestAnotherLexiconTakesNamesOnlyByClashes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		added := rapid.SampledFrom(nameWords).Draw(t, "added")
		id := s.prefixes()[0] + "." + added
		if slices.Contains(s.ids(), id) {
			t.Skip("it is there")
		}
		more := append(slices.Clone(s), lexicon{id, `"main":` + (&maker{t: t, objects: []string{s[0].id + "#" + object}}).object(1)})
		grown := build(t, more, plain)
		before, after := places(build(t, s, plain)), places(grown)
		holder := map[string]string{}
		for place, name := range after {
			holder[name] = place
		}
		for place, name := range before {
			if after[place] == name {
				continue
			}
			by, taken := holder[name]
			if (!taken || before[by] == name) && !renamed(grown, place, name) {
				t.Errorf("%s was %s and is %s, and nothing took the name", place, name, after[place])
			}
		}
	})
}

// renamed reports whether a name is made from that of a definition, or of an
// object without a name, which lost its own.
func renamed(p *ir.Program, place, name string) bool {
	id, _, _ := strings.Cut(place, " ")
	_, name, _ = strings.Cut(name, " ")
	return slices.ContainsFunc(p.Renames, func(r ir.Rename) bool {
		lexicon := r.ID
		if end := strings.IndexAny(r.ID, "#/ "); end >= 0 {
			lexicon = r.ID[:end]
		}
		return lexicon == id && strings.HasPrefix(name, r.Wanted)
	})
}

// places returns the names of all entities in the packages of their prefixes.
func places(p *ir.Program) map[string]string {
	names := map[string]string{}
	for _, pkg := range p.Packages {
		if pkg.FakesOf != nil {
			continue // their names are those of what they fake
		}
		for _, file := range pkg.Files {
			for _, e := range entities(file) {
				names[e.place] = e.prefix + " " + unmerged(p, e.prefix, ir.Ident{Name: e.name, Package: pkg})
			}
		}
	}
	return names
}

// unmerged returns the name that the package of a prefix has for something.
func unmerged(p *ir.Program, prefix string, id ir.Ident) string {
	for _, pkg := range p.Packages {
		if pkg.AliasOf == id.Package && pkg.Prefixes[0] == prefix {
			for _, alias := range pkg.Aliases {
				if alias.Target == id {
					return alias.Name
				}
			}
		}
	}
	return id.Name
}

func TestOutputDoesNotDependOnTheOrderOfRandomLexicons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := lexicons(t)
		shuffled := rapid.Permutation(s).Draw(t, "shuffled")
		o := options(t, s)
		want, got := generate(t, s, o), generate(t, shuffled, o)
		if !slices.EqualFunc(want, got, func(a, b codegen.File) bool { return a.Path == b.Path && bytes.Equal(a.Data, b.Data) }) {
			t.Errorf("files differ (-in order +shuffled):\n%s", cmp.Diff(want, got))
		}
	})
}

func generate(t rapid.TB, s source, o ir.Options) []codegen.File {
	t.Helper()
	files, err := codegen.Generate(build(t, s, o), codegen.Emitters())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestCommentsHoldNothingButText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		for _, pkg := range build(t, lexicons(t), plain).Packages {
			checkDoc(t, pkg.Doc)
			for _, file := range pkg.Files {
				for _, d := range file.Decls {
					checkDecl(t, d)
				}
			}
		}
	})
}

func checkDecl(t *rapid.T, d ir.Decl) {
	switch d := d.(type) {
	case *ir.Struct:
		checkDoc(t, d.Doc)
		for _, f := range d.Fields {
			checkDoc(t, f.Doc)
		}
	case *ir.Defined:
		checkDoc(t, d.Doc)
	case *ir.Array:
		checkDoc(t, d.Doc)
	case *ir.TypeAlias:
		checkDoc(t, d.Doc)
	case *ir.BodyUnion:
		checkDoc(t, d.Doc)
	case *ir.Consts:
		checkDoc(t, d.Doc)
		for _, c := range d.Consts {
			checkDoc(t, c.Doc)
		}
	}
}

func checkDoc(t *rapid.T, doc ir.Doc) {
	for _, line := range append(slices.Clone(doc.Lines), doc.Note) {
		if strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Errorf("the comment %q holds more than text", line)
		}
		if len(line) > 100 && strings.Contains(line, " ") && line != doc.Note {
			t.Errorf("the comment %q is too wide", line)
		}
	}
}
