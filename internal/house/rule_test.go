package house

import (
	"go/token"
	"testing"
)

// rule forbids something in Go source.
type rule struct {
	applies func(s *source) bool
	find    func(s *source) []finding
	advice  string      // what to do instead
	allow   []allowance // where it may be, nevertheless
	trips   string      // a file that breaks the rule
}

// finding is a place that breaks a rule, and the words for what stands there.
type finding struct {
	at   token.Pos
	what string
}

// allowance excuses the findings of one file, or of a folder and all below it.
type allowance struct{ where, why string }

// check applies r to the whole checkout and proves that it still can fail.
func (r rule) check(t *testing.T) {
	t.Helper()
	r.checkTrips(t)
	used := make([]bool, len(r.allow))
	for _, s := range sources(t) {
		if !r.applies(s) {
			continue
		}
		for _, found := range r.find(s) {
			if !r.excused(s, used) {
				t.Errorf("%s: %s: %s", s.place(found.at), found.what, r.advice)
			}
		}
	}
	for i, allowed := range r.allow {
		if !used[i] {
			t.Errorf("the allowance of %s (%s) excuses nothing: remove it", allowed.where, allowed.why)
		}
	}
}

func (r rule) checkTrips(t *testing.T) {
	t.Helper()
	s, err := parseSource("trips.go", []byte(r.trips))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.find(s)) == 0 {
		t.Errorf("the rule does not see what breaks it:\n%s", r.trips)
	}
}

func (r rule) excused(s *source, used []bool) bool {
	for i, allowed := range r.allow {
		if under(s.path, allowed.where) {
			used[i] = true
			return true
		}
	}
	return false
}

// library accepts the files that do not talk to a user: no tests, no
// programs, and no helpers of tests.
func library(s *source) bool {
	return !s.isTest() && !s.isCommand() && !s.inside(helpers...)
}
