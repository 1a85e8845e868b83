package account_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// listed is a record of a list with the CID of what it has.
func listed(t *testing.T, key, record string) string {
	t.Helper()
	data, err := lexicon.Encode([]byte(record))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"uri":"at://%s/com.atproto.lexicon.schema/%s","cid":%q,"value":%s}`, alice, key, cid.Sum(cid.DagCBOR, data), record)
}

// TestListsThatLie_LE05 has servers list what is no lexicon of the account, or list
// without an end.
func TestListsThatLie_LE05(t *testing.T) {
	t.Parallel()
	const schema = `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.a","defs":{}}`
	good := listed(t, "com.example.a", schema)
	page := func(records ...string) func(int) string {
		return func(int) string { return `{"records":[` + strings.Join(records, ",") + `]}` }
	}
	for name, c := range map[string]struct {
		page func(number int) string
		want string
	}{
		"good":           {page(good), ""},
		"none":           {page(), ""},
		"another CID":    {page(strings.Replace(good, `"lexicon":1`, `"lexicon":2`, 1)), "the server says that the record of com.example.a is"},
		"another type":   {page(listed(t, "com.example.a", strings.Replace(schema, ".schema", ".other", 1))), `is a "com.atproto.lexicon.other"`},
		"somebody else":  {page(strings.Replace(good, alice, "did:web:example.com", 1)), "among the lexicons of " + alice},
		"a key of none":  {page(listed(t, "self", schema)), "a lexicon whose key is none"},
		"twice":          {page(good, good), "the server lists com.example.a twice"},
		"an empty page":  {func(n int) string { return fmt.Sprintf(`{"cursor":"%d","records":[]}`, n) }, "a page of no records, and says that there are more"},
		"without an end": {func(n int) string { return endless(t, n) }, "more than 10000 lexicons"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(c.page(n + 1)))
		}))
		t.Cleanup(server.Close)
		_, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(server.URL), alice)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// endless is one of many pages of a list, up to 12,000 records.
func endless(t *testing.T, number int) string {
	t.Helper()
	const size = 1000
	if number > 12 {
		return `{"records":[]}`
	}
	var records []string
	for i := range size {
		nsid := fmt.Sprintf("com.example.n%d", number*size+i)
		records = append(records, listed(t, nsid, `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"`+nsid+`"}`))
	}
	return fmt.Sprintf(`{"cursor":"%d","records":[%s]}`, number, strings.Join(records, ","))
}
