package lint_test

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/lint"
)

// TestEveryRuleIsOneFile holds the table against the files and the documentation.
func TestEveryRuleIsOneFile(t *testing.T) {
	t.Parallel()
	var want []string
	for _, rule := range lint.Rules() {
		want = append(want, "rule_"+strings.ReplaceAll(string(rule.Code), "-", "_")+".go")
		if doc := rule.Doc(); doc.Code != rule.Code || doc.Severity != diag.Warning {
			t.Errorf("%s: documented as %q, %s", rule.Code, doc.Code, doc.Severity)
		}
	}
	got, err := filepath.Glob("rule_*.go")
	if err != nil {
		t.Fatal(err)
	}
	got = slices.DeleteFunc(got, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	slices.Sort(want)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("files of rules (-rules +files):\n%s", diff)
	}
	if !slices.IsSortedFunc(lint.Rules(), func(a, b *lint.Rule) int { return cmp.Compare(a.Code, b.Code) }) {
		t.Error("the table is not sorted by code")
	}
}

// TestExampleHasItsRuleAlone_LE12_LE13 holds the example of each rule, and the
// mended one, against all rules, with all of them on.
func TestExampleHasItsRuleAlone_LE12_LE13(t *testing.T) {
	t.Parallel()
	for _, rule := range lint.Rules() {
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			doc := rule.Doc()
			strict := lint.Options{Strict: true}
			broken := check(t, folder(example(doc.Example)), strict)
			if diff := gocmp.Diff([]string{string(rule.Code)}, codesOf(broken.Findings)); diff != "" {
				t.Errorf("the example (-want +got):\n%s%s", diff, render(t, diag.Text{}, broken))
			}
			mended := check(t, folder(example(doc.Fixed)), strict)
			if len(mended.Findings) > 0 {
				t.Errorf("the mended example:\n%s", render(t, diag.Text{}, mended))
			}
			silent := check(t, folder(example(doc.Example)), lint.Options{})
			if got, want := len(silent.Findings) > 0, rule.Level != lint.Off; got != want {
				t.Errorf("by default found: %t, want %t", got, want)
			}
		})
	}
}

// TestFixMakesTheMendedExample applies the fix of each rule that has one: every
// byte is then that of the mended example.
func TestFixMakesTheMendedExample(t *testing.T) {
	t.Parallel()
	for _, rule := range lint.Rules() {
		t.Run(string(rule.Code), func(t *testing.T) {
			t.Parallel()
			files := example(rule.Doc().Example)
			fixed := check(t, folder(files), lint.Options{Strict: true}).Fixed()
			if len(fixed) > 0 != rule.Fixes {
				t.Fatalf("%d files fixed, and the rule says %t", len(fixed), rule.Fixes)
			}
			for _, f := range fixed {
				files[strings.TrimPrefix(f.File.Path(), "in/")] = f.Text
			}
			if !rule.Fixes {
				return
			}
			if diff := gocmp.Diff(texts(example(rule.Doc().Fixed)), texts(files)); diff != "" {
				t.Errorf("fixed (-want +got):\n%s", diff)
			}
		})
	}
}

func texts(files map[string][]byte) map[string]string {
	all := map[string]string{}
	for path, text := range files {
		all[path] = string(text)
	}
	return all
}

// TestDocumentationSaysWhichRulesAreStrict compares the prose with the level.
func TestDocumentationSaysWhichRulesAreStrict(t *testing.T) {
	t.Parallel()
	for _, rule := range lint.Rules() {
		text := strings.Join(strings.Fields(rule.Doc().Text), " ")
		if said := strings.Contains(text, "only said in strict mode"); said != (rule.Level == lint.Off) {
			t.Errorf("%s: the level is %s, said to be strict: %t", rule.Code, rule.Level, said)
		}
		if said := strings.Contains(text, "lexgen lint --fix"); said != rule.Fixes {
			t.Errorf("%s: has a fix: %t, said to have one: %t", rule.Code, rule.Fixes, said)
		}
	}
}
