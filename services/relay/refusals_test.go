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
		for _, key := range r.by.Keys() {
			all, _ := r.by.Peek(key)
			for i := range all {
				bytes += len(all[i].Detail) + len(all[i].DID)
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
