package breaking_test

import (
	"flag"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/internal/values"
	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
)

// mutations asks for all mutations, which takes minutes; the tests of every day
// try a part of them.
var mutations = flag.Bool("mutations", false, "mutate the official lexicons 10,000 times")

// TestVerdictsOfRandomMutations mutates the official lexicons, many at a time and
// each in one place, and in turn the same ones with types of few values. Where no change that data of a definition reach is worse
// than compatible, values of the old version must be valid under the new one if
// old data meet new software there, and the other way round. Where one breaks,
// there must be a value that shows it. Members that the version of a value does
// not describe are left out of it where the other one describes them.
func TestVerdictsOfRandomMutations_LE01_LE03(t *testing.T) {
	t.Parallel()
	most := 1_000
	switch {
	case *mutations:
		most = 10_000
	case testing.Short():
		most = 100
	}
	official := corpus(t)
	olds := []base{baseOf(t, official), baseOf(t, narrowed(official))}
	compared, showed := 0, 0
	for seed := uint64(0); compared < most; seed++ {
		old := olds[seed%2]
		b := newBatch(t, old.files, rand.New(rand.NewPCG(seed, 7)))
		b.base = old
		b.report = breaking.Compare(old.old.graph, b.is.graph, breaking.Options{})
		b.compatible(t)
		showed += b.breaking(t)
		compared += len(b.what)
	}
	t.Logf("%d mutations, %d breaking ones shown by a value", compared, showed)
}

// corpus reads the official lexicons, by path.
func corpus(t *testing.T) map[string]string {
	t.Helper()
	dir := shared.Dir(t, "lexicons", "official")
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".json" {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func lift(files map[string]string) map[string]string {
	all := map[string]string{}
	for name, text := range files {
		all[name] = lifted(text)
	}
	return all
}

// base is what is mutated.
type base struct {
	files          map[string]string
	old, oldLifted version
}

func baseOf(t *testing.T, files map[string]string) base {
	t.Helper()
	return base{files, load(t, "old", files).sound(t), load(t, "old", lift(files)).sound(t)}
}

// batch is a base with mutations.
type batch struct {
	base

	is, isLifted version
	what         map[string]string // by the id of the lexicon
	report       *breaking.Report
	closures     map[string]map[string]bool // of reached, by the id where they begin
}

// newBatch mutates a part of the lexicons. Mutations that are errors are undone.
func newBatch(t *testing.T, official map[string]string, r *rand.Rand) *batch {
	t.Helper()
	files := maps.Clone(official)
	b := &batch{what: map[string]string{}, closures: map[string]map[string]bool{}}
	done := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(official)) {
		if r.IntN(3) != 0 {
			continue
		}
		lexicon := parsed(official[name])
		if what := (mutation{r}).one(lexicon); what != "" {
			files[name], done[name] = written(lexicon), what
		}
	}
	for range 5 {
		b.is = load(t, "new", files)
		if !b.is.report.HasErrors() {
			break
		}
		for _, d := range b.is.report.Diagnostics() {
			undo(official, files, done, strings.TrimPrefix(d.Span.Path(), "new/"))
			for _, n := range d.Notes {
				undo(official, files, done, strings.TrimPrefix(n.Span.Path(), "new/"))
			}
		}
		for name := range done { // a reference may have lost its target
			if strings.HasSuffix(done[name], " definition") {
				undo(official, files, done, name)
			}
		}
	}
	b.is.sound(t)
	b.isLifted = load(t, "new", lift(files)).sound(t)
	for name, what := range done {
		id, _ := parsed(files[name])["id"].(string)
		b.what[id] = what
	}
	return b
}

func undo(official, files, done map[string]string, name string) {
	if text, ok := official[name]; ok {
		files[name] = text
		delete(done, name)
	}
}

// ways are how data goes that stands for a definition of the lifted lexicons.
func ways(def *resolver.Def) breaking.Directions {
	switch def.Name {
	case lifts["input"]:
		return breaking.Input
	case lifts["output"]:
		return breaking.Output
	case lifts["parameters"]:
		return breaking.Parameters
	case lifts["message"]:
		return breaking.Message
	}
	return breaking.Record
}

// compatible checks all records and parts of methods that a mutation reaches and
// that nothing worse than a compatible change does.
func (b *batch) compatible(t *testing.T) {
	t.Helper()
	for _, lexicon := range b.oldLifted.graph.Lexicons {
		for _, def := range lexicon.Defs {
			if ways(def) == breaking.Record && !isRecord(def) {
				continue
			}
			if b.isLifted.graph.Lookup(def.ID()) == nil || !b.touched(def) || b.harmed(def) {
				continue
			}
			if ways(def)&(breaking.Record|breaking.Input|breaking.Parameters) != 0 {
				b.allValid(t, "old", b.oldLifted, b.isLifted, def.ID())
			}
			if ways(def)&(breaking.Record|breaking.Output|breaking.Message) != 0 {
				b.allValid(t, "new", b.isLifted, b.oldLifted, def.ID())
			}
		}
	}
}

// isRecord reports whether a definition is a record.
func isRecord(def *resolver.Def) bool {
	_, ok := def.AST.Type.(*parser.Record)
	return ok
}

// allValid makes values under one version and validates them under the other.
func (b *batch) allValid(t *testing.T, side string, from, to version, id string) {
	t.Helper()
	for _, v := range candidates(from.graph, from.graph.Lookup(id), 1) {
		text := values.JSON(v)
		if from.takes(id, text) && !to.takes(id, text) {
			t.Errorf("%s: all is compatible, and %s data is not: %s\nmutations: %v", id, side, shorten(text), b.mutationsOf(id))
			return
		}
	}
}

// reached lists the definitions that one leads to, in either version.
func (b *batch) reached(id string) map[string]bool {
	if all, ok := b.closures[id]; ok {
		return all
	}
	all := map[string]bool{id: true}
	for waiting := []string{id}; len(waiting) > 0; waiting = waiting[1:] {
		for _, v := range []version{b.oldLifted, b.isLifted} {
			def := v.graph.Lookup(waiting[0])
			if def == nil {
				continue
			}
			for _, next := range def.Refs {
				if !all[next.ID()] {
					all[next.ID()] = true
					waiting = append(waiting, next.ID())
				}
			}
		}
	}
	b.closures[id] = all
	return all
}

func (b *batch) touched(def *resolver.Def) bool { return len(b.mutationsOf(def.ID())) > 0 }

func (b *batch) mutationsOf(id string) map[string]string {
	found := map[string]string{}
	for reached := range b.reached(id) {
		nsid, _, _ := strings.Cut(reached, "#")
		if what, ok := b.what[nsid]; ok {
			found[nsid] = what
		}
	}
	return found
}

// harmed reports whether a change that is not compatible is in reach.
func (b *batch) harmed(def *resolver.Def) bool {
	reached := b.reached(def.ID())
	return slices.ContainsFunc(b.report.Findings, func(f *breaking.Finding) bool {
		return f.Verdict != breaking.Compatible && (reached[partOf(f.ID, f.Path)] || reached[f.Was])
	})
}

// breaking demands a witness for each change of data that breaks, and returns how
// many there are.
func (b *batch) breaking(t *testing.T) int {
	t.Helper()
	shown := 0
	for _, f := range b.report.Findings {
		if f.Verdict != breaking.Breaking || f.Was != "" || !ofData(f) {
			continue
		}
		if len(b.mutationsOf(partOf(f.ID, f.Path))) > 1 {
			continue // no value may be valid but for one of them
		}
		if b.shows(t, f, breaking.Tightens, b.oldLifted, b.isLifted) && b.shows(t, f, breaking.Relaxes, b.isLifted, b.oldLifted) {
			shown++
		}
	}
	return shown
}

// shows reports whether a value shows an effect of a finding, if it has it.
func (b *batch) shows(t *testing.T, f *breaking.Finding, effect breaking.Effect, from, to version) bool {
	t.Helper()
	id := partOf(f.ID, f.Path)
	if !f.Effect.Has(effect) {
		return true
	}
	_, found := witness(t, from, to, id, false)
	if !found {
		t.Errorf("%s: nothing shows effect %d\nmutations: %v", f.Message(), effect, b.mutationsOf(id))
	}
	return found
}

// ofData reports whether a finding is about data, and not about names, keys and
// media types.
func ofData(f *breaking.Finding) bool {
	return !slices.Contains([]diag.Code{
		diag.CodeErrorsChanged, diag.CodePermissionsChanged, diag.CodeRecordKeyChanged, diag.CodeBodyChanged,
		diag.CodeLexiconRemoved, diag.CodeDefinitionRemoved,
	}, f.Rule.Code)
}
