package account_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
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

// TestListsThatLie_LE05_LE13 has servers list what is no lexicon of the account, or list
// without an end, and others that list what is none beside what is (LE-13).
func TestListsThatLie_LE05_LE13(t *testing.T) {
	t.Parallel()
	const schema = `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"com.example.a","defs":{}}`
	good := listed(t, "com.example.a", schema)
	page := func(records ...string) func(int) string {
		return func(int) string { return `{"records":[` + strings.Join(records, ",") + `]}` }
	}
	otherType := listed(t, "com.example.a", strings.Replace(schema, ".schema", ".other", 1))
	other := listed(t, "com.example.b", schema)
	pages := func(contents ...string) func(int) string {
		return func(n int) string {
			if n == len(contents) {
				return "{" + contents[n-1] + "}"
			}
			return fmt.Sprintf(`{"cursor":"%d",%s}`, n, contents[n-1])
		}
	}
	empty := append(slices.Repeat([]string{`"records":[]`}, 99), `"records":[`+good+`]`)
	again := append([]string{`"records":[` + good + `]`}, slices.Repeat([]string{`"records":[]`}, 100)...)
	for name, c := range map[string]struct {
		page              func(number int) string
		want              string // of the error
		found, passedOver string
	}{
		"good":             {page: page(good), found: "com.example.a"},
		"none":             {page: page()},
		"another CID":      {page: page(strings.Replace(good, `"lexicon":1`, `"lexicon":2`, 1)), want: "the server says that the record of com.example.a is"},
		"another type":     {page: page(otherType, other), found: "com.example.b", passedOver: `com.example.a, which is a "com.atproto.lexicon.other"`},
		"somebody else":    {page: page(strings.Replace(good, alice, "did:web:example.com", 1)), want: "among the lexicons of " + alice},
		"a key of none":    {page: page(listed(t, "self", schema), good), found: "com.example.a", passedOver: `"self", which is no NSID`},
		"twice":            {page: page(good, good), want: "the server lists com.example.a twice"},
		"an empty page":    {page: pages(`"records":[]`, `"records":[`+good+`]`), found: "com.example.a"},
		"many empty ones":  {page: pages(empty...), found: "com.example.a"},
		"empty ones again": {page: pages(again...), found: "com.example.a"},
		"too much":         {page: func(n int) string { return large(t, n) }, want: "67108864 bytes of them"},
		"none but empty":   {page: func(n int) string { return fmt.Sprintf(`{"cursor":"%d","records":[]}`, n) }, want: "more than 100 pages of no records, one after the other"},
		"without an end":   {page: func(n int) string { return endless(t, n, "com.example.n") }, want: "more than 10000 lexicons"},
		"all passed over":  {page: func(n int) string { return endless(t, n, "n") }, want: "more than 10000 lexicons"},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(c.page(n + 1)))
		}))
		t.Cleanup(server.Close)
		list, passedOver, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(server.URL), alice)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		var found []string
		for _, p := range list {
			found = append(found, string(p.NSID))
		}
		if got := strings.Join(found, " "); got != c.found {
			t.Errorf("%s: found %q, want %q", name, got, c.found)
		}
		if got := strings.Join(passedOver, "; "); got != c.passedOver {
			t.Errorf("%s: passed over %s, want %s", name, got, c.passedOver)
		}
	}
}

// TestKeysOfStrangersStayInTheirLine has servers list keys that would begin a line of their
// own, and colour it.
func TestKeysOfStrangersStayInTheirLine_LE05(t *testing.T) {
	t.Parallel()
	const (
		key    = `x\nlexgen: 3 published\u001b[31m\u202e`
		schema = `{"$type":"com.atproto.lexicon.schema","lexicon":1}`
	)
	good := listed(t, key, schema)
	for name, record := range map[string]string{
		"no NSID":       good,
		"another CID":   strings.Replace(good, `"lexicon":1`, `"lexicon":2`, 1),
		"a CID of none": strings.Replace(good, `"cid":"`, `"cid":"\nlexgen: 3 published`, 1),
		"a type":        listed(t, "com.example.a", strings.Replace(schema, ".schema", `.schema\nlexgen: 3 published\u001b[31m`, 1)),
		"another URI":   strings.Replace(good, "/com.atproto", `/\nlexgen: com.atproto`, 1),
		"no record":     strings.Replace(good, schema, `{"$type":"com.atproto.lexicon.schema","\nlexgen: 3 published\u001b[31m":`+strings.Repeat("[", 127)+strings.Repeat("]", 127)+`}`, 1),
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"records":[` + record + `]}`))
		}))
		t.Cleanup(server.Close)
		_, passedOver, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(server.URL), alice)
		text := fmt.Sprint(err) + strings.Join(passedOver, "")
		if err == nil && len(passedOver) == 0 || strings.ContainsAny(text, "\n\x1b\u202e") {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// TestThereMayBeNoRepository says so in words, and what the server says.
func TestThereMayBeNoRepository(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"RepoNotFound","message":"nowhere"}`, http.StatusBadRequest)
	}))
	t.Cleanup(server.Close)
	_, _, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(server.URL), alice)
	if e, ok := errors.AsType[*xrpc.Error](err); !ok || e.Message != "nowhere" || !strings.HasPrefix(err.Error(), "the server does not have the repository: ") {
		t.Errorf("%v", err)
	}
}

// large is one of 80 pages of a list, each with a record of 900,000 bytes.
func large(t *testing.T, number int) string {
	t.Helper()
	if number > 80 {
		return `{"records":[]}`
	}
	nsid := fmt.Sprintf("com.example.n%d", number)
	record := fmt.Sprintf(`{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":%q,"description":%q}`, nsid, strings.Repeat("x", 900_000))
	return fmt.Sprintf(`{"cursor":"%d","records":[%s]}`, number, listed(t, nsid, record))
}

// endless is one of many pages of a list, up to 12,000 records.
func endless(t *testing.T, number int, prefix string) string {
	t.Helper()
	const size = 1000
	if number > 12 {
		return `{"records":[]}`
	}
	var records []string
	for i := range size {
		nsid := fmt.Sprintf("%s%d", prefix, number*size+i)
		records = append(records, listed(t, nsid, `{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":"`+nsid+`"}`))
	}
	return fmt.Sprintf(`{"cursor":"%d","records":[%s]}`, number, strings.Join(records, ","))
}
