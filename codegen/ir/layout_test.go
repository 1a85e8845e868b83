package ir_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/codegen/ir"
)

// refers is a lexicon with an object that refers to others.
func refers(id string, refs ...string) lexicon {
	var props []string
	for i, ref := range refs {
		props = append(props, fmt.Sprintf(`"r%d":{"type":"ref","ref":%q}`, i, ref))
	}
	return lexicon{id, `"main":{"type":"object","properties":{` + strings.Join(props, ",") + `}}`}
}

// contents lists packages as PATH: NAMES.
func contents(p *ir.Program) []string {
	var list []string
	for _, pkg := range p.Packages {
		list = append(list, pkg.Path+": "+strings.Join(declarations(pkg), " "))
	}
	return list
}

func TestLayout(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name    string
		source  source
		options ir.Options
		want    []string
	}{
		{
			"prefixes of one name get different folders, and take none from a third",
			source{refers("com.ab.x"), refers("co.mab.x"), refers("com.ab2.x")},
			ir.Options{},
			[]string{"example.com/out/comab: X", "example.com/out/comab2: X", "example.com/out/comab3: X"},
		},
		{
			"a configured folder is not for prefixes that only have its name",
			source{refers("com.ab.x"), refers("org.other.x"), refers("org.third.x")},
			ir.Options{Packages: map[string]string{"org.other": "comab", "org.third": "ORGTHIRD"}},
			[]string{"example.com/out/ORGTHIRD: X", "example.com/out/comab: X", "example.com/out/comab2: X"},
		},
		{
			"prefixes in one folder share names, and the later ones add theirs on a clash",
			source{refers("com.a.x"), refers("com.b.x"), refers("com.b.y")},
			ir.Options{Packages: map[string]string{"com.a": "all", "com.b": "all"}},
			[]string{"example.com/out/all: ComBX X Y"},
		},
		{
			"packages that were joined and then merged keep all their names",
			source{refers("com.a.x", "net.m.x"), refers("net.m.x", "com.a.x"), refers("net.n.x"), refers("org.z.x")},
			ir.Options{Packages: map[string]string{"com.a": "p", "org.z": "p", "net.m": "q", "net.n": "q"}},
			[]string{"example.com/out/p: NetMX NetNNetNX OrgZX X", "example.com/out/q: NetNX X"},
		},
		{
			"the output itself can be a package beside others",
			source{refers("com.a.x", "org.b.x"), refers("org.b.x")},
			ir.Options{Packages: map[string]string{"com.a": "."}},
			[]string{"example.com/out: X", "example.com/out/orgb: X"},
		},
		{
			"the longest prefix wins, and takes whole segments only",
			source{refers("com.acme.x"), refers("com.acme.deep.x"), refers("com.acmex.x"), refers("com.acme.deeper.x")},
			ir.Options{Packages: map[string]string{"com.acme": "acme", "com.acme.deep": "deep"}},
			[]string{"example.com/out/acme: DeeperX X", "example.com/out/comacmex: X", "example.com/out/deep: X"},
		},
		{
			"a cycle through what is imported is not one",
			source{refers("com.a.x", "org.b.x"), refers("org.b.x", "com.a.x")},
			ir.Options{Imports: map[string]string{"org.b": "example.net/b"}},
			[]string{"example.com/out/coma: X"},
		},
		{
			"a merged name that is taken gets a number",
			source{refers("com.a.orgBX", "org.b.x"), refers("org.b.x", "com.a.orgBX")},
			ir.Options{},
			[]string{"example.com/out/coma: OrgBX OrgBX2", "example.com/out/orgb: X"},
		},
		{
			"names that nobody can have as a folder",
			source{refers("in.ternal.x"), refers("co.n.x"), refers("tr.ue.x"), refers("le.x.x"), refers("fun.c.x")},
			ir.Options{},
			[]string{
				"example.com/out/conlex: X", "example.com/out/funclex: X", "example.com/out/internallex: X", "example.com/out/lexlex: X", "example.com/out/truelex: X",
			},
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.options.Module = plain.Module
			if diff := cmp.Diff(c.want, contents(build(t, c.source, c.options))); diff != "" {
				t.Errorf("packages (-want +got):\n%s", diff)
			}
		})
	}
}

func TestBuildRefusesOptionsThatContradictEachOther(t *testing.T) {
	t.Parallel()
	s := source{refers("com.a.x", "com.b.x"), refers("com.b.x")}
	cases := []struct {
		name    string
		options ir.Options
		want    string
	}{
		{
			"a folder that is also imported",
			ir.Options{Packages: map[string]string{"com.b": "b"}, Imports: map[string]string{"com.a": "example.com/out/b"}},
			"package example.com/out/b is imported for one of the prefixes com.a and com.b, and generated for the other",
		},
		{
			"the folder of a prefix that is also imported",
			ir.Options{Imports: map[string]string{"com.a": "example.com/out/comb"}},
			"package example.com/out/comb is imported for one of the prefixes com.a and com.b, and generated for the other",
		},
		{
			"two pins to one name",
			ir.Options{
				Packages: map[string]string{"com.a": "all", "com.b": "all"},
				Names:    map[string]string{"com.a.x": "Thing", "com.b.x": "Thing"},
			},
			"names: com.a.x and com.b.x are both pinned to Thing",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.options.Module = plain.Module
			if _, err := tryBuild(t, s, c.options); err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
}

func TestOnePinInTwoPackagesIsFine(t *testing.T) {
	t.Parallel()
	o := ir.Options{Module: plain.Module, Names: map[string]string{"com.a.x": "Thing", "com.b.x": "Thing", "com.c.x": "Gone"}}
	p := build(t, source{refers("com.a.x"), refers("com.b.x")}, o)
	want := []string{"example.com/out/coma: Thing", "example.com/out/comb: Thing"}
	if diff := cmp.Diff(want, contents(p)); diff != "" {
		t.Errorf("packages (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"com.c.x"}, p.Unpinned); diff != "" {
		t.Errorf("pins without a definition (-want +got):\n%s", diff)
	}
}

// TestImportedPackagesHaveTheNamesThatTheyWereGeneratedWith generates two
// prefixes into one package and then a third that imports it.
func TestImportedPackagesHaveTheNamesThatTheyWereGeneratedWith(t *testing.T) {
	t.Parallel()
	s := source{refers("com.a.x"), refers("com.b.x"), refers("org.user.x", "com.a.x", "com.b.x")}
	generated := build(t, s, ir.Options{Module: plain.Module, Packages: map[string]string{"com.a": "all", "com.b": "all"}})
	importing := build(t, s, ir.Options{Module: "example.org/user", Imports: map[string]string{"com.a": "example.com/out/all", "com.b": "example.com/out/all"}})
	if n := len(importing.External); n != 1 {
		t.Errorf("%d external packages, want 1", n)
	}
	for _, id := range named(importing.Packages[0]) {
		if id.Package.Path != "example.com/out/all" || !slices.Contains(declarations(generated.Packages[0]), id.Name) {
			t.Errorf("%s.%s was not generated", id.Package.Path, id.Name)
		}
	}
}

func TestMergesSayWhatForcedThem(t *testing.T) {
	t.Parallel()
	p := build(t, source{
		refers("com.a.x", "com.b.x"), refers("com.b.x", "com.c.x"), refers("com.c.x", "com.a.x", "com.d.x"), refers("com.d.x"),
	}, plain)
	var got []string
	for _, m := range p.Merges {
		got = append(got, m.Into.Path+" "+strings.Join(m.Prefixes, " "))
		for _, because := range m.Because {
			got = append(got, because.From+" -> "+because.To+" at "+because.At.Span().File.Path())
		}
	}
	want := []string{
		"example.com/out/coma com.a com.b com.c",
		"com.a.x -> com.b.x at com.a.x.json",
		"com.b.x -> com.c.x at com.b.x.json",
		"com.c.x -> com.a.x at com.c.x.json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("merges (-want +got):\n%s", diff)
	}
}

func TestFilesOfLongAndOddIDs(t *testing.T) {
	t.Parallel()
	part := strings.Repeat("a", 63)
	long := "com.acme." + part + "." + part + "." + part + "." + strings.Repeat("b", 50)
	p := build(t, source{refers(long), refers(long + "c"), refers("com.acme.con"), refers("com.acme.aux.x"), refers("com.acme.Foo"), refers("com.acme.foo")}, plain)
	var short []string
	for _, file := range p.Packages[0].Files {
		if len(file.Name) > 140 {
			t.Errorf("%s has %d bytes", file.Name, len(file.Name))
		}
		if len(file.Name) < 20 {
			short = append(short, file.Name)
		}
	}
	if n := len(p.Packages[0].Files); n != 6 {
		t.Errorf("%d files, want 6", n)
	}
	if diff := cmp.Diff([]string{"aux_.x.go", "con_.go", "foo.go", "foo2.go"}, short); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
