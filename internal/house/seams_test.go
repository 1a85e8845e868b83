package house

import (
	"slices"
	"strings"
	"testing"
)

func TestTheWorldEntersThroughOptions(t *testing.T) {
	t.Parallel()
	rule{
		applies: func(s *source) bool { return !s.isTest() && !s.inside("examples") },
		find:    worlds,
		advice:  "take it from an option, so that a test can replay it; a default of an option is allowed here with the reason",
		allow: []allowance{
			{"runtime/xrpc/xrpctest", "deadlines of connections in memory, which are those of the net package"},
			{"internal/cli/world.go", "the world that the program hands to everything below, in one place"},
			{"runtime/identity/directory.go", "the default of CacheOptions.Now"},
			{"runtime/lexicon/resolver.go", "the default of Options.Now"},
			{"services/internal/atpd/main.go", "the world that the daemon hands to everything below, in one place"},
			{"services/internal/networktest", "a simulated network, whose clock is that of a bubble of testing/synctest"},
			{"runtime/guard/guard.go", "the one dialer for destinations that strangers choose; its resolver is an option"},
			{"runtime/auth/token.go", "the clock of NewIssuer; that of an Issuer is a field"},
			{"internal/lexicontest", "a network for tests"},
			{"runtime/xrpc/world.go", "the default of World, in one place"},
			{"runtime/xrpc/client.go", "a transport of its own for a client that was given none"},
			{"bench/fanout/crowd.go", "the sockets of the benchmark, on the loopback interface"},
			{"services/fanout/options.go", "the defaults of Options.Now and After"},
			{"runtime/sync/log.go", "the default of WithLogClock"},
			{"runtime/syntax/tidclock.go", "the default of TIDClockOptions.Now"},
		},
		trips: "package p\nimport \"time\"\nvar now = time.Now\n",
	}.check(t)
}

// worlds finds uses of the machine's clock, timers, resolver, dialer and HTTP
// client, called or passed on.
func worlds(s *source) []finding {
	among := func(names ...string) func(string) bool {
		return func(name string) bool { return slices.Contains(names, name) }
	}
	return slices.Concat(
		s.uses("time", among("Now", "Sleep", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker")),
		s.uses("net", func(name string) bool {
			return name == "DefaultResolver" || strings.HasPrefix(name, "Lookup") || strings.HasPrefix(name, "Dial")
		}),
		s.uses("net/http", among("DefaultClient", "DefaultTransport", "Get", "Head", "Post", "PostForm")),
	)
}
