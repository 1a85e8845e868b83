package syntax_test

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

//nolint:paralleltest // AllocsPerRun must run alone
func TestRightTextsAllocateNothing(t *testing.T) {
	for format, texts := range samples() {
		for _, text := range texts {
			if syntax.Check(format, text) != nil {
				continue // samples stand on both sides of a limit
			}
			if got := testing.AllocsPerRun(20, func() { _ = syntax.Check(format, text) }); got > 0 {
				t.Errorf("Check(%q, %.40q) allocates %v times", format, text, got)
			}
		}
	}
}

//nolint:paralleltest // AllocsPerRun must run alone
func TestParsingAndReadingAllocateNothing(t *testing.T) {
	const did = "did:plc:ewvi7nxzyoun6zhxrhs64oiz"
	const uri = syntax.ATURI("at://" + did + "/com.example.feed.post/3jzfcijpj2z2a")
	clock := syntax.NewTIDClock(syntax.TIDClockOptions{})
	cases := []struct {
		name string
		want float64
		run  func()
	}{
		{"ParseDID", 0, func() { _, _ = syntax.ParseDID(did) }},
		{"ParseNSID", 0, func() { _, _ = syntax.ParseNSID("com.example.feed.post") }},
		{"ParseDatetime", 0, func() { _, _ = syntax.ParseDatetime("2024-11-24T06:04:08.123+01:00") }},
		{"Datetime.Time", 0, func() { _, _ = syntax.Datetime("2024-11-24T06:04:08.123+01:00").Time() }},
		{"ParseLanguage", 0, func() { _, _ = syntax.ParseLanguage("en-GB-boont-r-extended-x-private") }},
		{"ATURI parts", 0, func() { _, _, _ = uri.Authority(), uri.Collection(), uri.RecordKey() }},
		{"NSIDPattern.Match", 0, func() { _ = syntax.NSIDPattern("com.example.*").Match("Com.Example.foo") }},
		{"Handle.Normalize of lower case", 0, func() { _ = syntax.Handle("alice.example.com").Normalize() }},
		{"Handle.AllowedTLD", 0, func() { _ = syntax.Handle("alice.example.com").AllowedTLD(syntax.Production) }},
		{"TIDClock.Next", 1, func() { _, _ = clock.Next() }},
	}
	for _, c := range cases {
		if got := testing.AllocsPerRun(100, c.run); got > c.want {
			t.Errorf("%s allocates %v times, want %v", c.name, got, c.want)
		}
	}
}
