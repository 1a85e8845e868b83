package relay

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestRejectionsAreBounded has rejections of more accounts than are kept, with texts as long
// as they may be. Those that came last are there.
func TestRejectionsAreBounded(t *testing.T) {
	t.Parallel()
	for _, count := range []int{accountsOfThose + 10, 3} {
		r := newRefusals(keptOfAccount)
		long := detailOf(errors.New(strings.Repeat("x", 1000)))
		did := func(n int) syntax.DID { return syntax.DID(fmt.Sprintf("did:web:%d.%s", n, strings.Repeat("x", 2000))) }
		for n := range count {
			for i := range keptOfAccount + 5 {
				r.add(string(did(n)), Rejection{DID: did(n), Detail: long, Seq: int64(i), Time: time.Unix(0, 0)})
			}
		}
		bytes := 0
		for _, h := range r.hosts {
			for _, all := range h.by.Values() {
				for i := range all {
					bytes += len(all[i].Detail) + len(all[i].DID)
				}
			}
		}
		if bytes > maxRejections || r.bytes > maxRejections || r.bytes < bytes {
			t.Errorf("%d bytes of texts are kept, counted as %d", bytes, r.bytes)
		}
		last := r.of(string(did(count - 1)))
		if len(last) != keptOfAccount || last[0].Seq != keptOfAccount+4 || len(long) != maxDetail {
			t.Errorf("%d are kept of the last one", len(last))
		}
	}
}

// TestStrangersPushOutTheirOwn has a host with few rejections, and then others with very many:
// of accounts of their own, and of the same account.
func TestStrangersPushOutTheirOwn(t *testing.T) {
	t.Parallel()
	const alice = "did:web:alice.example.com"
	r := newRefusals(keptOfAccount)
	add := func(host, name string, seq int) {
		r.add(name, Rejection{Host: host, DID: syntax.DID(name), Seq: int64(seq), Time: time.Unix(int64(seq), 0), Detail: "wrong"})
	}
	add("pds.example.com", alice, 1)
	add("pds.example.com", "did:web:bob.example.com", 2)
	for n := range 3 * accountsOfThose {
		add(fmt.Sprintf("evil%d.example.com", n%3), fmt.Sprintf("did:web:%d.example.com", n), 3+n)
	}
	for n := range 100 {
		add("evil0.example.com", alice, 100_000+n)
	}
	var got []string
	for _, one := range r.of(alice) {
		got = append(got, fmt.Sprint(one.Host, " ", one.Seq))
	}
	if len(got) != keptOfAccount+1 || got[0] != "evil0.example.com 100099" || got[keptOfAccount] != "pds.example.com 1" {
		t.Errorf("of alice there are %q", got)
	}
	if got := r.of("did:web:bob.example.com"); len(got) != 1 {
		t.Errorf("of bob there are %v", got)
	}
	for n := range 60 {
		add(fmt.Sprintf("many%d.example.com", n), alice, 200_000+n)
	}
	if got := r.of(alice); len(got) != keptOfHost || r.names > accountsOfThose {
		t.Errorf("%d of alice, and %d names", len(got), r.names)
	}
	for n := range accountsOfThose { // one of each host
		add(fmt.Sprintf("h%d.example.com", n), "did:web:carol.example.com", n)
	}
	if r.names > accountsOfThose || len(r.hosts) > accountsOfThose+1 {
		t.Errorf("%d names of %d hosts", r.names, len(r.hosts))
	}
}

// TestDetailsKeepNothingElse cuts a text that is long, and one between two characters: what
// is kept has memory of its own, and is text.
func TestDetailsKeepNothingElse(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("x", 1_000_000), "x" + strings.Repeat("ü", 1000), "short"} {
		detail := detailOf(errors.New(text))
		if len(detail) > maxDetail || !utf8.ValidString(detail) || unsafe.StringData(detail) == unsafe.StringData(text) {
			t.Errorf("%d bytes of %d: %q", len(detail), len(text), detail)
		}
	}
}
