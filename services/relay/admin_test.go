package relay_test

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/services/relay"
)

// operator sends a request as the operator, and returns the status and the answer.
func (w *world) operator(method, path, body string, authorize func(*http.Request)) (int, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://relay.test"+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	authorize(req)
	res, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

func bearer(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }

// TestTheOperatorIsKnown asks with tokens that are right and wrong, and a relay that has
// none.
func TestTheOperatorIsKnown(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	for name, c := range map[string]struct {
		authorize func(*http.Request)
		want      int
	}{
		"nothing":          {func(*http.Request) {}, 401},
		"bearer":           {bearer, 200},
		"basic":            {func(r *http.Request) { r.SetBasicAuth("admin", token) }, 200},
		"another user":     {func(r *http.Request) { r.SetBasicAuth("root", token) }, 401},
		"another token":    {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token+"x") }, 401},
		"a part of it":     {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token[:4]) }, 401},
		"an empty one":     {func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }, 401},
		"in another place": {func(r *http.Request) { r.Header.Set("Authorization", token) }, 401},
	} {
		if got, text := w.operator(http.MethodGet, "/admin/overview", "", c.authorize); got != c.want || strings.Contains(text, token) {
			t.Errorf("%s: %d %s", name, got, text)
		}
	}
	closed := inMemory(t, func(o *relay.Options) { o.AdminToken = "" })
	if got, _ := closed.operator(http.MethodGet, "/admin/overview", "", func(r *http.Request) { r.SetBasicAuth("admin", "") }); got != 404 {
		t.Errorf("without a token: %d", got)
	}
}

// TestRequestsOfTheOperator sends some, and compares the beginnings of the answers.
func TestRequestsOfTheOperator(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	w.add(home)
	for _, c := range []struct{ request, body, want string }{
		{"POST /admin/hosts", `{"hostname":"pds.example.com","accountLimit":-5}`, `400 `},
		{"POST /admin/hosts", `{"hostname":"pds.example.com"}{"trusted":true}`, `400 {"error":"InvalidRequest","message":"relay: not a change: there is something behind`},
		{"GET /admin/hosts/pds.example.com", "", `404 `},
		{"POST /admin/hosts", `{"hostname":"pds.example.com","accountLimit":7}`, `200 {"name":"pds.example.com","status":"active","trusted":false,"banned":false,"byAdmin":true,"accounts":0,"accountLimit":7,`},
		{"POST /admin/hosts", `{"hostname":"no.example.com"}`, `400 {"error":"InvalidRequest","message":"the host does not answer`},
		{"POST /admin/hosts", `{"hostname":"no.example.com","banned":true}`, `200 {"name":"no.example.com","status":"banned"`},
		{"POST /admin/hosts", `{"name":"pds.example.com"}`, `400 {"error":"InvalidRequest"`},
		{"POST /admin/hosts", `{`, `400 {"error":"InvalidRequest"`},
		{"GET /admin/hosts?limit=1", "", `200 {"cursor":"no.example.com","hosts":[{"name":"no.example.com"`},
		{"GET /admin/hosts?limit=1&cursor=no.example.com", "", `200 {"cursor":"pds.example.com","hosts":[{"name":"pds.example.com"`},
		{"GET /admin/hosts?limit=0", "", `400 `},
		{"GET /admin/hosts/pds.example.com", "", `200 {"name":"pds.example.com"`},
		{"GET /admin/hosts/PDS.example.com.:443", "", `200 {"name":"pds.example.com"`},
		{"GET /admin/hosts/x.example.com", "", `404 `},
		{"POST /admin/hosts/pds.example.com", `{"trusted":true}`, `200 {"name":"pds.example.com","status":"active","trusted":true,`},
		{"POST /admin/hosts/pds.example.com", `{"accountLimit":-1}`, `400 `},
		{"POST /admin/hosts/pds.example.com", `{"seq":-2}`, `400 `},
		{"POST /admin/hosts/pds.example.com", `{"seq":9007199254740992}`, `400 {"error":"InvalidRequest","message":"relay: not a change: accountLimit must be`},
		{"POST /admin/hosts/pds.example.com", `{"seq":9223372036854775807}`, `400 `},
		{"POST /admin/hosts/x.example.com", `{"trusted":true}`, `404 `},
		{"GET /admin/accounts/x", "", `400 `},
		{"GET /admin/accounts/did:web:x.example.com", "", `200 {"did":"did:web:x.example.com","known":false,`},
		{"POST /admin/accounts/did:web:x.example.com/restore", "", `404 `},
		{"POST /admin/accounts/did:web:x.example.com/takedown", "", `200 {"did":"did:web:x.example.com","known":true,`},
		{"POST /admin/accounts/did:plc:zzzz/takedown", "", `400 {"error":"InvalidRequest","message":"relay: not a change: no account has the DID`},
		{"POST /admin/accounts/did:web:x.example.com:path/takedown", "", `400 `},
		{"POST /admin/accounts/did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme/takedown", "", `400 `},
		{"POST /admin/accounts/did:plc:zzzz/restore", "", `404 `},
		{"POST /admin/accounts/did:plc:ewvi7nxzyoun6zhxrhs64oiz/takedown", "", `200 {"did":"did:plc:ewvi7nxzyoun6zhxrhs64oiz","known":true,`},
		{"GET /admin/overview", "", `200 {"version":"test","hosts":{"active":1,"banned":1}`},
		{"DELETE /admin/hosts/pds.example.com", "", `405 `},
		{"GET /admin/", "", `404 `},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		status, text := w.operator(method, path, c.body, bearer)
		if got := strconv.Itoa(status) + " " + text; !strings.HasPrefix(got, c.want) {
			t.Errorf("%s %s: %s", c.request, c.body, got)
		}
	}
}

// TestWhyIsThisAccountNotHere asks that of accounts of all kinds.
func TestWhyIsThisAccountNotHere(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) { o.Limits.AccountsPerHost = 3 })
	h := w.follow(home)
	why := func(a *account, want ...string) {
		t.Helper()
		v, err := w.relay.Account(t.Context(), a.did)
		if err != nil {
			t.Fatal(err)
		}
		if len(v.Why) != len(want) {
			t.Errorf("%s: %q, want %q", a.name, v.Why, want)
			return
		}
		for i := range want {
			if !strings.Contains(v.Why[i], want[i]) {
				t.Errorf("%s: %q, want %q", a.name, v.Why[i], want[i])
			}
		}
	}
	fine := h.account(t, "fine")
	fine.sendsPost()
	w.passes("commit fine key0000")
	w.until("it is known", func() bool { v, err := w.relay.Account(t.Context(), fine.did); return err == nil && v.Head != "" })
	why(fine)
	v, err := w.relay.Account(t.Context(), fine.did)
	if err != nil || v.Handle != "fine.example.com" || v.PDS != "https://"+home || !v.HasKey || !v.Active || v.Upstream != "active" || v.Rev != fine.before.Rev {
		t.Errorf("%+v %v", v, err)
	}

	silent := h.account(t, "silent")
	why(silent, "no event of the account has come")
	w.forget(silent)
	why(silent, "leads to no account", "no event")
	elsewhere := h.account(t, "elsewhere")
	elsewhere.lives("https://" + away)
	elsewhere.sendsPost()
	w.rejects("foreign-host")
	why(elsewhere, away+" is not followed", "no event")
	if v, err := w.relay.Account(t.Context(), elsewhere.did); err != nil || len(v.Rejections) != 1 || v.Rejections[0].Reason != "foreign-host" {
		t.Errorf("%+v %v", v, err)
	}

	gone := h.account(t, "gone")
	h.sends(t, gone.says("deactivated"))
	w.passes("account gone inactive deactivated")
	w.status(gone, "inactive deactivated")
	why(gone, "not active at its server (deactivated)")
	down := h.account(t, "down")
	down.sendsPost()
	w.passes("commit down key0000")
	if err := w.relay.TakeDown(t.Context(), down.did, true); err != nil {
		t.Fatal(err)
	}
	why(down, "taken down here")
	over := h.account(t, "over")
	over.sendsPost()
	w.rejects("foreign-host", "throttled")
	why(over, "raise the limit of "+home)

	banned := true
	if err := w.relay.ChangeHost(t.Context(), home, relay.HostChange{Banned: &banned}); err != nil {
		t.Fatal(err)
	}
	why(fine, "its host "+home+" is banned")
	w.mu.Lock()
	w.down = true
	w.mu.Unlock()
	why(fine, "nobody says now where the account is")
}

// TestTheOperatorSeesHosts has a host with some events, of which one is old.
func TestTheOperatorSeesHosts(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	alice := h.account(t, "alice")
	old := alice.named("")
	w.clock.Add(time.Hour)
	h.sends(t, old)
	w.passes("identity alice")
	w.until("the host has its lag", func() bool { return w.relay.Host(home).Lag > 0 })
	v := w.relay.Host(home)
	if v.Lag != time.Hour || v.Rate == 0 || v.LastEvent.IsZero() {
		t.Errorf("%+v", v)
	}
	if diff := cmp.Diff(map[string]int64{"identity": 1}, v.Events); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	o := w.relay.Overview()
	if o.Lag != time.Hour || o.Latest != 1 || o.Hosts["active"] != 1 {
		t.Errorf("%+v", o)
	}
	w.clock.Add(25 * time.Hour)
	if v := w.relay.Host(home); v.Status != "idle" || v.Rate != 0 {
		t.Errorf("%+v", v)
	}
	for _, want := range []string{
		`relay_events_received_total{kind="identity"} 1`, `relay_events_emitted_total{kind="identity"} 1`, "relay_sequence_head 1",
		`relay_hosts{status="idle"} 1`, "relay_accounts 0",
	} {
		w.until("/metrics has "+want, func() bool { return strings.Contains(w.metrics(), want+"\n") })
	}
	if strings.Contains(w.metrics(), home) {
		t.Error("a host is a label")
	}
}

func (w *world) metrics() string {
	w.t.Helper()
	status, text := w.operator(http.MethodGet, "/metrics", "", func(*http.Request) {})
	if status != http.StatusOK {
		w.t.Error(status)
	}
	return text
}

// TestPagesOfOthersChangeNothing has a browser that knows the password send a form of another
// page to a relay that is part of another program.
func TestPagesOfOthersChangeNothing(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	const ban = `{"hostname": "spam.example.com", "banned": true}`
	for name, c := range map[string]struct {
		header, value string
		want          int
	}{
		"another site":   {"Sec-Fetch-Site", "cross-site", 403},
		"another origin": {"Origin", "https://other.example.com", 403},
		"its own page":   {"Sec-Fetch-Site", "same-origin", 200},
		"no browser":     {"User-Agent", "curl", 200},
	} {
		got, text := w.operator(http.MethodPost, "/admin/hosts", ban, func(r *http.Request) {
			r.SetBasicAuth("admin", token)
			r.Header.Set(c.header, c.value)
		})
		if got != c.want {
			t.Errorf("%s: %d %s", name, got, text)
		}
	}
}

// TestABanHoldsHoweverTheNameIsWritten has the operator ban a host that is followed, and one
// that is not known, by names that are written in other ways.
func TestABanHoldsHoweverTheNameIsWritten(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	w.follow(home)
	limit, banned := int64(7), true
	for _, name := range []string{"https://PDS.example.com/", "Unknown.Example.com", "dotted.example.com."} {
		if err := w.relay.ChangeHost(t.Context(), name, relay.HostChange{Banned: &banned, AccountLimit: &limit}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{home, "unknown.example.com", "dotted.example.com"} {
		if h := w.relay.Host(name); h == nil || !h.Banned || h.AccountLimit != limit {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// TestTheLagIsThatOfMostHosts has hosts that pass old events on, and one whose old events are
// rejected. The lag is that of the host in the middle, and rejected events do not count.
func TestTheLagIsThatOfMostHosts(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	var hosts []*pds
	var old []*comatproto.SyncSubscribeReposIdentity
	for _, name := range []string{"one", "two", "three"} {
		h := w.follow(name + ".example.com")
		hosts, old = append(hosts, h), append(old, h.account(t, "of-"+name).named(""))
	}
	w.clock.Add(time.Hour)
	lag := func() time.Duration { return w.relay.Overview().Lag }
	for i, h := range hosts {
		fresh := h.account(t, fmt.Sprint("fresh", i)).named("")
		w.clock.Add(time.Second)
		h.sends(t, fresh)
		w.passes(fmt.Sprint("identity fresh", i))
		w.until("the host has its lag", func() bool { return w.relay.Host(h.name).Lag == time.Second })
	}
	const late = time.Hour + 3*time.Second
	for i, want := range []time.Duration{time.Second, late, late} {
		hosts[i].sends(t, old[i])
		w.passes("identity of-" + []string{"one", "two", "three"}[i])
		w.until("the host has its lag", func() bool { return w.relay.Host(hosts[i].name).Lag == late })
		if got := lag(); got != want {
			t.Errorf("%v with %d hosts that are late, want %v", got, i+1, want)
		}
	}
	w.clock.Add(time.Minute) // nothing was passed on since
	if got := lag(); got != 0 {
		t.Errorf("%v without an event", got)
	}
	stray := hosts[0].account(t, "stray").post()
	w.clock.Add(time.Hour)
	hosts[1].sends(t, stray)
	w.until("it is rejected", func() bool { return len(w.relay.Host(hosts[1].name).Rejections) == 1 })
	if got := lag(); got != 0 {
		t.Errorf("%v with an event that is rejected", got)
	}
}
