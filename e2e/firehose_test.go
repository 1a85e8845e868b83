package e2e_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestPeerFollowsOurRelay has @atproto/sync follow our relay, with signature checks, and
// that the reference PDS, which announces itself, and a host of ours that lies.
func TestPeerFollowsOurRelay_SN03_SN04_SN07_SN08_SN23_SN33_SN37_SN51(t *testing.T) {
	t.Parallel()
	node(t)
	r := seeded(t)
	program := newATPD(t)
	plc, dns := program.directory("plc.sqlite"), lexicontest.New(t)
	liar := startHost(t, r, plc, "liar.test")
	relay := program.relay(plc, liar.name)
	relay.host(liar.name, nil)
	pds := startPDS(t, plc, relay.url)
	names := map[syntax.DID]string{liar.did: "liar"}
	theirs := followWithPeer(t, relay.url, plc, dns, names)

	// The first event has the PDS announce itself. It may be over when the relay comes.
	carol := pds.writer("carol")
	names[carol.did] = "carol"
	relay.host(strings.TrimPrefix(pds.url, "http://"), nil)
	theirs.reaches(carol.created("hello", "Hello", nil))

	alice := pds.writer("alice")
	names[alice.did] = "alice"
	theirs.reaches("alice account true")
	dns.Set("_atproto.alice.test", "did="+string(alice.did))
	dns.Set("_atproto.alicia.test", "did="+string(alice.did))
	theirs.accepts(
		alice.created("one", "One", nil), alice.updated("one", "Another one"), alice.illustrated("two"), alice.created("three", "Three", nil),
		alice.deleted("one"), alice.updated("three", "3"),
	)
	alice.named("alicia.test")
	theirs.accepts("alice identity alicia.test")
	alice.deactivated()
	theirs.accepts("alice account false deactivated")
	alice.activated()
	theirs.accepts("alice account true", "alice identity alicia.test", alice.created("four", "Four", nil))

	first, _ := liar.commit(note(t, repo.CreateData, "one", "One"))
	liar.send(first)
	theirs.accepts(words("liar", first)...)
	second, forged := liar.commit(note(t, repo.CreateData, "two", "Two"), repo.Delete(notes, "one"))
	omitted := *second
	omitted.Ops = second.Ops[1:]
	liar.send(forged, &omitted, second)
	theirs.accepts(words("liar", second)...)
	relay.host(liar.name, map[string]int{"signature": 1, "operations": 1})

	direct := followWithPeer(t, "http://"+liar.name, plc, dns, names) // whom the relay does not spare it
	direct.accepts(words("liar", first)...)
	if got := direct.next(); !strings.HasPrefix(got, "not accepted: ") {
		t.Errorf("of the host itself comes %q, so signatures are not checked", got)
	}

	carol.gone()
	theirs.accepts("carol account false deleted") // before alice writes: there is no order between accounts
	theirs.accepts(alice.updated("four", "The last one"))
	relay.answers(pds, liar, alice.did, carol.did)

	var kept []string // of carol nothing is
	for _, one := range theirs.records {
		if !strings.HasPrefix(one, "carol ") {
			kept = append(kept, one)
		}
	}
	if diff := cmp.Diff(byAccount(kept), lexgenFollows(t, relay.url, plc, len(kept), names)); diff != "" {
		t.Errorf("lexgen firehose --verify (-theirs +ours):\n%s", diff)
	}
}

// allAccepted is what lexgen says in the end if there was nothing to reject. A #sync that
// comes with an account changes nothing.
var allAccepted = regexp.MustCompile(`^lexgen: \d+ events up to \d+: accepted \d+(, ignored (\d+) \(ignored unchanged \d+\))?\n$`)

// lexgenFollows returns what lexgen firehose --verify prints of so many records, from the
// beginning, in the words of a follower and the order of their accounts.
func lexgenFollows(t *testing.T, url string, plc directory, limit int, names map[syntax.DID]string) []string {
	t.Helper()
	out, told := newProgram(t).run("firehose", "--service", url, "--verify", "--cursor", "0", "--collection", "com.example.*", "--limit", strconv.Itoa(limit),
		"--plc", plc.url(), "--development")
	if !allAccepted.MatchString(told) {
		t.Errorf("lexgen firehose --verify tells: %s", told)
	}
	var all []string
	for line := range strings.Lines(out) {
		var e struct {
			DID    syntax.DID
			Commit struct{ Operation, Collection, Rkey, CID string }
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		c := e.Commit
		all = append(all, strings.TrimSpace(names[e.DID]+" "+c.Operation+" "+c.Collection+"/"+c.Rkey+" "+c.CID))
	}
	return byAccount(all)
}

// byAccount sorts events in words by their accounts: those of different accounts are
// verified side by side.
func byAccount(events []string) []string {
	name := func(s string) string { return s[:strings.IndexByte(s, ' ')] }
	slices.SortStableFunc(events, func(a, b string) int { return strings.Compare(name(a), name(b)) })
	return events
}
