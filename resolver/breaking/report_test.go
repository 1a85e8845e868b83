package breaking_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/resolver/breaking"
	"github.com/lexgen/lexgen/resolver/validate"
)

// post is a lexicon with a record that has one property, which may refer to a
// definition of another lexicon.
func post(id, property string) string {
	return `{"lexicon":1,"id":"` + id + `","defs":{"main":{"type":"record","key":"any","record":{"type":"object","properties":{"p":` + property + `}}}}}`
}

// defs is a lexicon with one object that has one property.
func defs(id, property string) string {
	return `{"lexicon":1,"id":"` + id + `","defs":{"part":{"type":"object","properties":{"p":` + property + `}}}}`
}

// told compares two versions and returns severities, codes and places of what
// is reported.
func told(t *testing.T, options breaking.Options, old, is []string) string {
	t.Helper()
	var b strings.Builder
	report := &diag.Report{}
	compared(t, options, old, is).Diagnostics(report)
	for _, d := range report.Diagnostics() {
		place, _, _ := strings.Cut(d.Message, ":")
		b.WriteString(d.Severity.String() + " " + string(d.Code) + " " + place + "\n")
	}
	return b.String()
}

func compared(t *testing.T, options breaking.Options, old, is []string) *breaking.Report {
	t.Helper()
	return breaking.Compare(load(t, "old", named(old)).sound(t).graph, load(t, "new", named(is)).sound(t).graph, options)
}

func named(texts []string) map[string]string {
	files := map[string]string{}
	for i, text := range texts {
		files[string(rune('a'+i))+".json"] = text
	}
	return files
}

const (
	short = `{"type":"string","maxLength":5}`
	long  = `{"type":"string","maxLength":9}`
	part  = `{"type":"ref","ref":"com.example.defs#part"}`
)

func TestUnreleasedNamespacesOnlyWarn_LE12(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"com.example.temp.post", "com.example.unspecced.post", "com.example.experimental.post"} {
		if got, want := told(t, breaking.Options{}, []string{post(id, long)}, []string{post(id, short)}), "warning length-changed "+id+" .p\n"; got != want {
			t.Errorf("tightened: got %s", got)
		}
		if got := told(t, breaking.Options{}, []string{post(id, short)}, []string{post(id, long)}); got != "" {
			t.Errorf("relaxed: got %s", got)
		}
		if got := told(t, breaking.Options{}, []string{post(id, long)}, []string{post("com.example.other", short)}); got != "warning lexicon-removed "+id+"\n" {
			t.Errorf("removed: got %s", got)
		}
	}
	for _, id := range []string{"com.example.temporary.post", "com.thermo.temp", "com.example.experimental"} {
		if breaking.Unstable(id) {
			t.Errorf("%s is not released: a segment counts as a whole, and the name is none of a namespace", id)
		}
	}
	draft, err := resolver.ParsePattern("com.example.draft.*")
	if err != nil {
		t.Fatal(err)
	}
	options := breaking.Options{Unstable: []resolver.Pattern{draft}}
	if got, want := told(t, options, []string{post("com.example.draft.post", long)}, []string{post("com.example.draft.post", short)}),
		"warning length-changed com.example.draft.post .p\n"; got != want {
		t.Errorf("by a pattern: got %s", got)
	}
}

// TestWhatHasNoDataIsAnErrorToo has a method become one of another kind, which
// stores and sends nothing itself.
func TestWhatHasNoDataIsAnErrorToo_LE01(t *testing.T) {
	t.Parallel()
	method := func(id, kind string) []string {
		return []string{`{"lexicon":1,"id":"` + id + `","defs":{"main":{"type":"` + kind + `"}}}`}
	}
	for id, want := range map[string]string{
		"com.example.get":      "error type-changed com.example.get\n",
		"com.example.temp.get": "warning type-changed com.example.temp.get\n",
	} {
		if got := told(t, breaking.Options{}, method(id, "query"), method(id, "procedure")); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestReleasedLexiconsReachUnreleasedOnes holds a definition that says it may
// change against a record that says that it will not.
func TestReleasedLexiconsReachUnreleasedOnes_LE03(t *testing.T) {
	t.Parallel()
	ref := strings.ReplaceAll(part, "defs", "temp.defs")
	id := "com.example.temp.defs"
	old, is := []string{post("com.example.post", ref), defs(id, long)}, []string{post("com.example.post", ref), defs(id, short)}
	if got, want := told(t, breaking.Options{}, old, is), "error length-changed com.example.temp.defs#part .p\n"; got != want {
		t.Errorf("got %s", got)
	}
}

// TestWhatReleasedLexiconsReferToIsReleased has one on the way from a lexicon that
// is not released to another one.
func TestWhatReleasedLexiconsReferToIsReleased_LE03(t *testing.T) {
	t.Parallel()
	const id = "com.example.temp.defs"
	side := func(property string) []string {
		return []string{
			post("com.example.temp.post", part),
			defs("com.example.defs", strings.ReplaceAll(part, "defs", "temp.defs")),
			defs(id, property),
		}
	}
	if got, want := told(t, breaking.Options{}, side(long), side(short)), "error length-changed "+id+"#part .p\n"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestReferencesAreFollowed_LE04(t *testing.T) {
	t.Parallel()
	query := func(property string) string {
		return `{"lexicon":1,"id":"com.example.getPart","defs":{"main":{"type":"query","output":{"encoding":"application/json","schema":` + property + `}}}}`
	}
	cases := []struct {
		name    string
		old, is []string
		want    string
	}{
		{"read alone, tightened", []string{query(part), defs("com.example.defs", long)}, []string{query(part), defs("com.example.defs", short)}, ""},
		{"read alone, relaxed", []string{query(part), defs("com.example.defs", short)}, []string{query(part), defs("com.example.defs", long)},
			"warning length-changed com.example.defs#part .p\n"},
		{"stored, too, tightened", []string{query(part), defs("com.example.defs", long), post("com.example.post", part)},
			[]string{query(part), defs("com.example.defs", short), post("com.example.post", part)}, "error length-changed com.example.defs#part .p\n"},
		{"out of use", []string{defs("com.example.defs", long), query(part)}, []string{defs("com.example.defs", short), query(`{"type":"object","properties":{"p":` + long + `}}`)},
			"error length-changed com.example.defs#part .p\n"},
		{"another of the same", []string{query(part), defs("com.example.defs", long), defs("com.example.defs2", long)},
			[]string{query(strings.ReplaceAll(part, "defs", "defs2")), defs("com.example.defs", long), defs("com.example.defs2", long)},
			"warning reference-changed com.example.getPart output\n"},
	}
	for _, c := range cases {
		if diff := cmp.Diff(c.want, told(t, breaking.Options{}, c.old, c.is)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestOnlyChosenLexiconsAreCompared(t *testing.T) {
	t.Parallel()
	chosen := func(l *resolver.Lexicon) bool { return l.ID == "com.example.post" }
	options := breaking.Options{Old: chosen, New: chosen}
	old := []string{post("com.example.post", part), defs("com.example.defs", long), post("com.example.other", long)}
	is := []string{post("com.example.post", part), defs("com.example.defs", short), post("com.example.another", long)}
	if diff := cmp.Diff("error length-changed com.example.defs#part .p\n", told(t, options, old, is)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingIsFoundAboutWhatWasNotRead(t *testing.T) {
	t.Parallel()
	old := []string{post("com.example.a", short), post("com.example.b", part), defs("com.example.defs", long)}
	is := []string{post("com.example.b", part), defs("com.example.defs", short)}
	unread := func(ids ...string) breaking.Options {
		return breaking.Options{Unread: func(id string) bool { return slices.Contains(ids, id) }}
	}
	for _, c := range []struct {
		options breaking.Options
		want    string
	}{
		{breaking.Options{}, "error lexicon-removed com.example.a\nerror length-changed com.example.defs#part .p\n"},
		{unread("com.example.a"), "error length-changed com.example.defs#part .p\n"},
		{unread("com.example.defs"), "error lexicon-removed com.example.a\n"},
	} {
		if diff := cmp.Diff(c.want, told(t, c.options, old, is)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestBrokenLexiconsAreComparedAsFarAsTheyGo(t *testing.T) {
	t.Parallel()
	texts := []string{
		post("com.example.post", long),
		post("com.example.post", `{"type":"ref","ref":"com.example.gone#x"}`),
		post("com.example.post", `{"type":"union","refs":["com.example.gone#x","??"]}`),
		post("com.example.post", `{"type":"array"}`),
		post("com.example.post", `{"type":"float"}`),
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"record","key":"any"}}}`,
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"ref","ref":"#part"},"part":{"type":"params"},"p2":{"type":"permission"},"p3":{"type":"union","refs":["#part"]}}}`,
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"params"},"part":{"type":"permission"},"p2":{"type":"ref","ref":"#part"},"p3":{"type":"unknown"}}}`,
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"space"},"part":{"type":"object","properties":{}},"part":{"type":"token"}}}`,
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"subscription","message":{}}}}`,
		`{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"procedure","input":{},"output":{"encoding":[]}}}}`,
		`{"lexicon":1,"id":"com.example.post"`,
	}
	for _, old := range texts {
		for _, is := range texts {
			before, after := load(t, "old", named([]string{old})), load(t, "new", named([]string{is}))
			report := breaking.Compare(before.graph, after.graph, breaking.Options{})
			if old == is && len(report.Findings) > 0 {
				t.Errorf("%s differs from itself: %s", old, report.Findings[0].Message())
			}
		}
	}
}

// TestUnknownTypesAreNoneThatWere replaces a definition by one of a type that
// nobody knows: it is there, and what it takes cannot be told.
func TestUnknownTypesAreNoneThatWere_LE01(t *testing.T) {
	t.Parallel()
	unknown := `{"lexicon":1,"id":"com.example.post","defs":{"main":{"type":"space"}}}`
	known := post("com.example.post", long)
	for _, c := range []struct{ old, is, want string }{
		{known, unknown, "error type-changed com.example.post"},
		{unknown, known, ""},
		{unknown, unknown, ""},
	} {
		before, after := load(t, "old", named([]string{c.old})), load(t, "new", named([]string{c.is}))
		report := &diag.Report{}
		breaking.Compare(before.graph, after.graph, breaking.Options{}).Diagnostics(report)
		got := ""
		for _, d := range report.Diagnostics() {
			place, _, _ := strings.Cut(d.Message, ":")
			at, _ := d.Span.Range()
			got += d.Severity.String() + " " + string(d.Code) + " " + place
			if at.Column != 46 {
				t.Errorf("%s: at column %d", d.Message, at.Column)
			}
		}
		if got != c.want {
			t.Errorf("%s => %s: got %q, want %q", c.old, c.is, got, c.want)
		}
	}
}

func TestSuppressionsEnd(t *testing.T) {
	t.Parallel()
	day := func(text string) time.Time {
		d, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	old := []string{post("com.example.post", long), defs("com.example.defs", long)}
	is := []string{post("com.example.post", short), defs("com.example.defs", short)}
	for _, c := range []struct{ rule, pattern, until, want string }{
		{"length-changed", "com.example.post", "2030-05-01", "com.example.post"},
		{"length-changed", "com.example.post#main", "2030-05-01", "com.example.post"},
		{"length-changed", "com.example.defs#part", "2030-05-01", "com.example.defs#part"},
		{"length-changed", "com.example.*", "2030-05-02", "com.example.defs#part com.example.post"},
		{"length-changed", "com.example.*", "2030-04-30", "suppression-expired"},
		{"length-changed", "com.example.post#part", "2030-05-01", "suppression-unused"},
		{"range-changed", "*", "2030-05-01", "suppression-unused"},
	} {
		pattern, err := resolver.ParsePattern(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		report, found := &diag.Report{}, compared(t, breaking.Options{}, old, is)
		found.Suppress([]breaking.Suppression{{Rule: diag.Code(c.rule), Pattern: pattern, Reason: "r", Until: day(c.until)}},
			day("2030-05-01").Add(23*time.Hour), report)
		var got []string
		for _, f := range found.Findings {
			if f.Suppressed != nil {
				got = append(got, f.ID)
			}
		}
		for _, d := range report.Diagnostics() {
			got = append(got, string(d.Code))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: got %v", c, got)
		}
		all, accepted := found.Count(breaking.Breaking)
		if all != 2 || accepted != strings.Count(c.want, "com.") {
			t.Errorf("%v: counted %d and %d", c, all, accepted)
		}
		found.Diagnostics(report)
		if report.HasErrors() == (accepted == 2) {
			t.Errorf("%v: what is accepted is reported, or the other way round", c)
		}
	}
}

func TestAdviceFollowsTheGravestChange_LE02(t *testing.T) {
	t.Parallel()
	object := func(properties string) string {
		return post("com.example.post", `{"type":"object","properties":{`+properties+`}}`)
	}
	union := func(members string) string {
		return `{"lexicon":1,"id":"com.example.like","defs":{"main":{"type":"object","properties":{"p":{"type":"union","refs":[` + members + `]}}}}}`
	}
	for _, c := range []struct {
		old, is []string
		want    string
	}{
		{[]string{post("com.example.post", long)}, []string{post("com.example.post", long)}, "none"},
		{[]string{post("com.example.post", `{"type":"string","knownValues":["a"]}`)}, []string{post("com.example.post", `{"type":"string"}`)}, "patch"},
		{[]string{post("com.example.post", long)}, []string{post("com.example.post", long), post("com.example.like", long)}, "minor"},
		{[]string{post("com.example.post", short)}, []string{post("com.example.post", long)}, "minor"},
		{[]string{object("")}, []string{object(`"new":` + short)}, "minor"},
		{[]string{union("")}, []string{union(`"com.example.like"`)}, "minor"},
		{[]string{post("com.example.post", long)}, []string{post("com.example.post", short)}, "major"},
		{[]string{post("com.example.temp.post", long)}, []string{post("com.example.temp.post", short)}, "minor"},
	} {
		if got := compared(t, breaking.Options{}, c.old, c.is).Advice().String(); got != c.want {
			t.Errorf("%s => %s: got %s, want %s", c.old, c.is, got, c.want)
		}
	}
	accepted := breaking.Suppression{Rule: diag.CodeLengthChanged, Reason: "nobody stored one", Until: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	for pattern, want := range map[string]string{"com.example.post": "minor", "com.example.like": "major", "*": "minor"} {
		var err error
		if accepted.Pattern, err = resolver.ParsePattern(pattern); err != nil {
			t.Fatal(err)
		}
		found := compared(t, breaking.Options{}, []string{post("com.example.post", long)}, []string{post("com.example.post", short)})
		found.Suppress([]breaking.Suppression{accepted}, accepted.Until, &diag.Report{})
		if got := found.Advice().String(); got != want {
			t.Errorf("accepted in %s: got %s, want %s", pattern, got, want)
		}
	}
	for id, want := range map[string]string{"a.b.post": "a.b.postV2", "a.b.postV2": "a.b.postV3", "a.b.postV9": "a.b.postV10", "a.b.post9": "a.b.post9V2", "a.b.V": "a.b.VV2"} {
		if got := breaking.Successor(id); got != want {
			t.Errorf("the successor of %s is %s, want %s", id, got, want)
		}
	}
}

// TestStoredRecordsAreHeldAgainstBothVersions reads records that one version
// takes, both, or none.
func TestStoredRecordsAreHeldAgainstBothVersions_LE01(t *testing.T) {
	t.Parallel()
	old := load(t, "old", named([]string{post("com.example.post", long), post("com.example.gone", long)})).sound(t)
	is := load(t, "new", named([]string{post("com.example.post", short), post("com.example.new", short)})).sound(t)
	data := breaking.Data{Old: old.schemas, New: is.schemas}
	for _, c := range []struct {
		text    string
		was, is bool
		want    string
	}{
		{`{"$type":"com.example.post","p":"abc"}`, true, true, ""},
		{`{"$type":"com.example.post","p":"abcdefg"}`, true, false, "schema-violation, valid before"},
		{`{"$type":"com.example.post","p":"abcdefghijk"}`, false, false, ""},
		{`{"$type":"com.example.gone","p":"abc"}`, true, false, "undescribed-data, valid before"},
		{`{"$type":"com.example.new","p":"abc"}`, false, true, ""},
		{`{"$type":"com.example.new","p":"abcdefg"}`, false, false, "schema-violation"},
		{`{"$type":"com.example.none","p":"abc"}`, false, false, "undescribed-data"},
	} {
		report := &diag.Report{}
		if was, is := data.Report(validate.Read("record.json", []byte(c.text), report), report); was != c.was || is != c.is {
			t.Errorf("%s: valid before: %v, and now: %v", c.text, was, is)
		}
		var got []string
		for _, d := range report.Diagnostics() {
			got = append(got, string(d.Code))
			if len(d.Notes) > 0 {
				got = append(got, "valid before")
			}
		}
		if strings.Join(got, ", ") != c.want {
			t.Errorf("%s: got %v, want %q", c.text, got, c.want)
		}
	}
}

// TestMessagesAreBounded has a text that nobody wants to read to its end, and a
// list.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("x", 10_000)
	is := `{"type":"string","const":"` + huge + `"}`
	for _, f := range compared(t, breaking.Options{}, []string{post("com.example.post", short)}, []string{post("com.example.post", is)}).Findings {
		if len(f.Message()) > 300 {
			t.Errorf("%d bytes", len(f.Message()))
		}
	}
}

// TestTheOtherSideOfAReferenceIsNamed compares two definitions of different
// names.
func TestTheOtherSideOfAReferenceIsNamed_LE04(t *testing.T) {
	t.Parallel()
	old := []string{post("com.example.post", part), defs("com.example.defs", long), defs("com.example.defs2", short)}
	is := []string{post("com.example.post", strings.ReplaceAll(part, "defs", "defs2")), defs("com.example.defs", long), defs("com.example.defs2", short)}
	report := &diag.Report{}
	compared(t, breaking.Options{}, old, is).Diagnostics(report)
	if got := render(t, report); !strings.Contains(got, "note: compared with com.example.defs#part, where the reference led") {
		t.Errorf("got %s", got)
	}
}

func TestNamesOfVerdictsAndDirections(t *testing.T) {
	t.Parallel()
	if got := (breaking.Record | breaking.Unreached).String(); got != "record, unreached" {
		t.Errorf("got %s", got)
	}
	if got := breaking.Risky.String(); got != "risky" {
		t.Errorf("got %s", got)
	}
}
