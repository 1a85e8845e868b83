package crashtest

import (
	"maps"
	"slices"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// check holds what all processes have kept against each other, and returns how many events
// the first relay has emitted once more.
func check(t *testing.T, n *network) (repeated int) {
	t.Helper()
	truth := map[syntax.DID]*chain{}
	records := map[recordName]string{}
	for _, db := range n.hostLogs {
		readHost(t, db, truth, records)
	}
	sum := 0
	for _, c := range truth {
		sum += len(c.revs)
	}
	if sum != n.goal {
		t.Errorf("the hosts have made %d commits, want %d", sum, n.goal)
	}
	for i, db := range n.relayDBs {
		emitted, again := readRelay(t, db.Events(), truth)
		readState(t, n, i, truth)
		t.Logf("%s has emitted %d events, of which %d once more", n.relays[i].name, len(emitted), again)
		if i > 0 {
			if again > 0 {
				t.Errorf("%s was never killed, and has emitted %d events once more", n.relays[i].name, again)
			}
			continue
		}
		repeated = again
		for j, s := range n.seen {
			readSeen(t, n.consumers[j].name, s, emitted, records)
		}
	}
	return repeated
}

// readHost adds what a host has committed, and the records that are left.
func readHost(t *testing.T, db *eventlog.DB, truth map[syntax.DID]*chain, records map[recordName]string) {
	t.Helper()
	for m, err := range commitsOf(t.Context(), db) {
		if err != nil {
			t.Fatal(err)
		}
		c := truth[m.Repo]
		if c == nil {
			c = &chain{}
			truth[m.Repo] = c
		}
		before := syntax.TID("")
		if len(c.revs) > 0 {
			before = c.revs[len(c.revs)-1]
		}
		if m.Since.Or("") != before || m.Rev <= before {
			t.Fatalf("%s: %s follows on %s, and %s is the one before: the host of this test has forgotten it", m.Repo, m.Rev, m.Since.Or(""), before)
		}
		d, err := withoutSeq(m)
		if err != nil {
			t.Fatal(err)
		}
		c.revs, c.digests = append(c.revs, m.Rev), append(c.digests, d)
		for _, op := range m.Ops {
			name := recordName{m.Repo, op.Path}
			delete(records, name)
			if link, ok := op.CID.Get(); ok {
				records[name] = link.String()
			}
		}
	}
}

// readRelay demands that a log has all chains, and nothing else but events that it has
// had before. It returns the events, the one with seq 1 first, and how many those are.
func readRelay(t *testing.T, db *eventlog.DB, truth map[syntax.DID]*chain) (emitted []digest, again int) {
	t.Helper()
	has := map[syntax.DID]int{}
	for m, err := range commitsOf(t.Context(), db) {
		if err != nil {
			t.Fatal(err)
		}
		whole, err := digestOf(m)
		if err != nil {
			t.Fatal(err)
		}
		emitted = append(emitted, whole)
		d, err := withoutSeq(m)
		if err != nil {
			t.Fatal(err)
		}
		c := truth[m.Repo]
		if c == nil {
			t.Fatalf("seq %d: nobody has made commits of %s", m.Seq, m.Repo)
		}
		at, known := slices.BinarySearch(c.revs, m.Rev)
		switch {
		case !known || c.digests[at] != d:
			t.Errorf("seq %d: the host has not made this commit %s of %s", m.Seq, m.Rev, m.Repo)
		case at > has[m.Repo]:
			t.Errorf("seq %d: of %s comes commit %d after %d", m.Seq, m.Repo, at, has[m.Repo])
			has[m.Repo] = at + 1
		case at < has[m.Repo]:
			again++
		default:
			has[m.Repo]++
		}
	}
	for did, c := range truth {
		if has[did] != len(c.revs) {
			t.Errorf("%s: %d commits of %d are in the log", did, has[did], len(c.revs))
		}
	}
	return emitted, again
}

// readState demands that a relay knows all accounts as they are, and how many each host
// has.
func readState(t *testing.T, n *network, relay int, truth map[syntax.DID]*chain) {
	t.Helper()
	name := n.relays[relay].name
	for _, h := range n.hosts {
		known, err := n.relayDBs[relay].Host(t.Context(), h.part.Listen)
		if err != nil || int(known.Accounts) != n.accounts || known.Stopped != "" {
			t.Errorf("%s knows %+v, want %d accounts: %v", name, known, n.accounts, err)
		}
		for _, did := range h.part.DIDs {
			a, err := n.relayDBs[relay].Account(t.Context(), did)
			revs := truth[did].revs
			if err != nil || a.Host != known.Name || a.Rev != revs[len(revs)-1] || !a.Active || a.Desynchronized || a.Throttled {
				t.Errorf("%s knows %+v, want the rev %s: %v", name, a, revs[len(revs)-1], err)
			}
		}
	}
}

// readSeen demands that a consumer has seen what the relay has emitted, each seq with one
// event alone, has accepted each commit once, and has the records of the hosts.
func readSeen(t *testing.T, name string, s *seen, emitted []digest, records map[recordName]string) {
	t.Helper()
	type row struct {
		did syntax.DID
		rev syntax.TID
	}
	accepted := map[row]bool{}
	seqs, repeated, ignored := 0, 0, 0
	rows(t, s, "SELECT seq, digest, did, rev, verdict, reason, times, clash FROM seen ORDER BY seq", func(scan func(...any)) {
		var seq, times, clash int
		var d []byte
		var r row
		var verdict, reason string
		scan(&seq, &d, (*string)(&r.did), (*string)(&r.rev), &verdict, &reason, &times, &clash)
		seqs++
		repeated += times - 1
		switch {
		case seq > len(emitted):
			t.Errorf("%s: the relay has no seq %d, which was seen", name, seq)
		case string(d) != string(emitted[seq-1][:]) || clash > 0:
			t.Errorf("%s: the seq %d was seen with another event", name, seq)
		case verdict == "accepted" && !accepted[r]:
			accepted[r] = true
		case verdict == "ignored" && reason == "old-rev" && accepted[r]:
			ignored++
		default:
			t.Errorf("%s: seq %d, commit %s of %s is %s %s", name, seq, r.rev, r.did, verdict, reason)
		}
	})
	if seqs != len(emitted) {
		t.Errorf("%s has seen %d events of %d", name, seqs, len(emitted))
	}
	rows(t, s, "SELECT text FROM fault", func(scan func(...any)) {
		var text string
		scan(&text)
		t.Errorf("%s: %s", name, text)
	})
	folded := map[recordName]string{}
	rows(t, s, "SELECT did, path, cid FROM record", func(scan func(...any)) {
		var r recordName
		var c string
		scan((*string)(&r.did), &r.path, &c)
		folded[r] = c
	})
	if !maps.Equal(folded, records) {
		t.Errorf("%s has %d records, which are not the %d of the hosts", name, len(folded), len(records))
	}
	t.Logf("%s has accepted %d commits; %d came once more by another seq, %d deliveries were repeated", name, len(accepted), ignored, repeated)
}

// rows calls a function with each row of a query.
func rows(t *testing.T, s *seen, query string, do func(scan func(...any))) {
	t.Helper()
	all, err := s.db.Reader.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	for all.Next() {
		do(func(into ...any) {
			if err := all.Scan(into...); err != nil {
				t.Fatal(err)
			}
		})
	}
	if err := all.Err(); err != nil {
		t.Fatal(err)
	}
}
