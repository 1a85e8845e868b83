package ir

import (
	"strings"
	"testing"
)

func TestOptionsCheck(t *testing.T) {
	t.Parallel()
	prefix := func(p string) Options { return Options{Packages: map[string]string{p: "x"}} }
	folder := func(dir string) Options {
		return Options{Module: "example.com/m", Packages: map[string]string{"com.example": dir}}
	}
	imported := func(path string) Options { return Options{Imports: map[string]string{"com.example": path}} }
	pin := func(name string) Options { return Options{Names: map[string]string{"com.example.a": name}} }
	module := func(path string) Options { return Options{Module: path} }
	cases := []struct {
		name    string
		options Options
		want    string // part of the error, empty for none
	}{
		{"nothing", Options{}, ""},
		{"one segment", prefix("com"), ""},
		{"whole NSID", prefix("com.example.fooBar"), ""},
		{"hyphen and upper case", prefix("com.my-Site"), ""},
		{"empty prefix", prefix(""), "no NSID prefix"},
		{"trailing dot", prefix("com.example."), "no NSID prefix"},
		{"pattern", prefix("com.example.*"), "no NSID prefix"},
		{"look-alike", prefix("com.ex\u0430mple"), "no NSID prefix"},
		{"slash in prefix", prefix("com/example"), "no NSID prefix"},
		{"prefix with code", prefix("com.x\nfunc"), "no NSID prefix"},

		{"folder", folder("api/example"), ""},
		{"output itself", folder("."), ""},
		{"upper case folder", folder("API"), ""},
		{"output without a module", Options{Packages: map[string]string{"com.example": "."}}, "needs an import path"},
		{"empty folder", folder(""), "clean relative path"},
		{"folder above", folder("../x"), "clean relative path"},
		{"parent", folder(".."), "clean relative path"},
		{"way around", folder("a/../../x"), "clean relative path"},
		{"absolute", folder("/etc"), "clean relative path"},
		{"backslash", folder(`a\b`), "clean relative path"},
		{"drive", folder("c:x"), "clean relative path"},
		{"not clean", folder("a//b"), "clean relative path"},
		{"trailing slash", folder("a/"), "clean relative path"},
		{"internal", folder("internal"), "specially"},
		{"internal within", folder("a/internal/b"), "specially"},
		{"vendor", folder("vendor/x"), "specially"},
		{"testdata", folder("testdata"), "specially"},
		{"hidden", folder(".git/hooks"), "specially"},
		{"underscore", folder("_x"), "specially"},
		{"device", folder("con"), "no import path can end in it"},
		{"spaces", folder("a b"), "no import path can end in it"},
		{"quote", folder(`a"b`), "no import path can end in it"},
		{"line break", folder("a\nb"), "no import path can end in it"},
		{"letters of elsewhere", folder("ä"), "no import path can end in it"},
		{"called like a file", folder("a.go/b"), "called like a Go file"},
		{"letter case", Options{Packages: map[string]string{"com.a": "Foo", "com.b": "foo"}}, "letter case alone"},
		{"one folder twice", Options{Packages: map[string]string{"com.a": "foo", "com.b": "foo"}}, ""},
		{"both", Options{Packages: map[string]string{"com.a": "a"}, Imports: map[string]string{"com.a": "x.org/a"}}, "both generated"},

		{"import", imported("example.com/x/v2"), ""},
		{"empty import", imported(""), "no import path"},
		{"import with a quote", imported(`x"; import "C`), "no import path"},
		{"import with a backquote", imported("x`y"), "no import path"},
		{"relative import", imported("./x"), "no import path"},
		{"rooted import", imported("/x"), "no import path"},
		{"import with dots", imported("a/../b"), "no import path"},
		{"import with a space", imported("a b"), "no import path"},
		{"import with a line break", imported("a\nb"), "no import path"},
		{"import prefix", Options{Imports: map[string]string{"*": "x.org/a"}}, "no NSID prefix"},

		{"name", pin("Post"), ""},
		{"name with an underscore", pin("Feed_Post"), ""},
		{"name in Greek", pin("Ωμέγα"), ""},
		{"lower case", pin("post"), "no exported Go identifier"},
		{"keyword", pin("func"), "no exported Go identifier"},
		{"empty name", pin(""), "no exported Go identifier"},
		{"blank", pin("_"), "no exported Go identifier"},
		{"digit first", pin("1Post"), "no exported Go identifier"},
		{"selector", pin("os.Exit"), "no exported Go identifier"},
		{"code", pin("A struct{}\nfunc init() {}\ntype B"), "no exported Go identifier"},
		{"combining mark", pin("Cafe\u0301"), "no exported Go identifier"},
		{"direction mark", pin("A\u202eB"), "no exported Go identifier"},
		{"no text", pin("A\xff"), "no exported Go identifier"},

		{"module", module("example.com/m/internal/api"), ""},
		{"module with a quote", module(`m"`), "no import path"},
		{"module with a slash", module("m/"), "no import path"},
	}
	for _, c := range cases {
		err := c.options.Check()
		switch {
		case err == nil && c.want != "":
			t.Errorf("%s: no error, want %q", c.name, c.want)
		case err != nil && (c.want == "" || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		case err != nil && strings.ContainsAny(err.Error(), "\n\u202e"):
			t.Errorf("%s: the error %q holds a control character", c.name, err)
		}
	}
}

func TestParseDocMode(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]DocMode{"full": DocsFull, "structure": DocsStructure, "none": DocsNone} {
		if got, err := ParseDocMode(text); err != nil || got != want {
			t.Errorf("ParseDocMode(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	if _, err := ParseDocMode("Full"); err == nil {
		t.Error("ParseDocMode(\"Full\") has no error")
	}
}

func TestPackageNames(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"com.atproto": "comatproto", "com.my-Site": "commysite", "example.com/go-foo": "foo", "example.com/foo/v2": "foo", "v2": "v2lex",
		"x.org/lex": "lexlex", "x.org/syntax": "syntaxlex", "x.org/main": "mainlex", "x.org/true": "truelex", "x.org/len": "lenlex",
		"x.org/range": "rangelex", "x.org/9p": "lex9p", "x.org/---": "lex", "x.org/json": "json",
		"x.org/i": "ilex", "x.org/i2": "i2lex", "o.k": "oklex",
	}
	for path, want := range cases {
		if got := packageName(importName(path)); strings.Contains(path, "/") && got != want {
			t.Errorf("the package of %s is %s, want %s", path, got, want)
		}
		if got := folderName(path); !strings.Contains(path, "/") && got != want {
			t.Errorf("the folder of %s is %s, want %s", path, got, want)
		}
	}
	for prefix, want := range map[string]string{"in.ternal": "internallex", "co.n": "conlex", "test.data": "testdatalex", "ma.in": "mainlex", "go.func": "gofunc"} {
		if got := folderName(prefix); got != want {
			t.Errorf("the folder of %s is %s, want %s", prefix, got, want)
		}
	}
}
