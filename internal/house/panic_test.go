package house

import "testing"

func TestRuntimeDoesNotPanic(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(s *source) bool { return !s.isTest() && s.inside("runtime", "api") },
		find:    func(s *source) []finding { return s.calls("panic") },
		advice:  "return an error; a bug of ours that no input can reach may be allowed here with the reason",
		allow: []allowance{
			{"runtime/xrpc/server.go", "http.ErrAbortHandler is how net/http is told that an answer has no end; it recovers it"},
		},
		trips: "package p\nfunc f() { panic(1) }\n",
	}.check(t)
}
