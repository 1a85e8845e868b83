package relay_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/admin"
)

// A browser is an operator's, with cookies and what the last page was.
type browser struct {
	t      *testing.T
	page   http.Handler
	cookie *http.Cookie
	form   string // the secret of forms
}

// atThePage is who has the admin page of a world in front of them.
func (w *world) atThePage(t *testing.T, change func(*admin.Options)) *browser {
	t.Helper()
	o := admin.Options{Relay: w.relay, Now: w.clock.Now, LookupHandle: w.lookupHandle, Size: func(context.Context) (int64, error) { return 12_345_678, nil }}
	if change != nil {
		change(&o)
	}
	return &browser{t: t, page: admin.New(o)}
}

// lookupHandle finds an account by its handle.
func (n *network) lookupHandle(_ context.Context, handle syntax.Handle) (*identity.Identity, error) {
	return n.find(syntax.DID("did:web:" + string(handle)))
}

// do sends a request as a browser does, and returns the status and the text.
func (b *browser) do(r *http.Request) (int, string, http.Header) {
	b.t.Helper()
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	w := httptest.NewRecorder()
	b.page.ServeHTTP(w, r)
	res := w.Result()
	for _, c := range res.Cookies() {
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
	text := w.Body.String()
	if m := regexp.MustCompile(`name="form" value="(\w+)"`).FindStringSubmatch(text); m != nil {
		b.form = m[1]
	}
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"} {
		if !strings.Contains(res.Header.Get("Content-Security-Policy"), want) {
			b.t.Errorf("%s %s lacks the policy %s", r.Method, r.URL, want)
		}
	}
	return res.StatusCode, text, res.Header
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	status, text, _ := b.do(httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, "https://relay.example.com"+admin.Path+path, nil))
	return status, text
}

// posts sends a form, with the secret of the last page.
func (b *browser) posts(path string, fields url.Values, change ...func(*http.Request)) (int, string, http.Header) {
	b.t.Helper()
	if fields.Get("form") == "" {
		fields.Set("form", b.form)
	}
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, "https://relay.example.com"+admin.Path+path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, f := range change {
		f(r)
	}
	return b.do(r)
}

// changes sends a form that is taken, and demands what the next page says.
func (b *browser) changes(path string, fields url.Values, notice string) {
	b.t.Helper()
	status, text, header := b.posts(path, fields)
	if status != http.StatusSeeOther {
		b.t.Fatalf("%s %v: %d %s", path, fields, status, text)
	}
	if _, text = b.get(strings.TrimPrefix(header.Get("Location"), admin.Path)); !strings.Contains(text, notice) {
		b.t.Errorf("%s does not say %q", header.Get("Location"), notice)
	}
}

func (b *browser) signIn() {
	b.t.Helper()
	if status, text, _ := b.posts("sign-in", url.Values{"token": {token}}); status != http.StatusSeeOther || b.cookie == nil {
		b.t.Fatalf("%d %s", status, text)
	}
	if status, _ := b.get(""); status != http.StatusOK {
		b.t.Fatal(status)
	}
}

// manyEvents lets hosts send as fast as they can.
func manyEvents(o *relay.Options) { o.Limits.EventsPerSecond = 10_000 }

// busy has hosts with traffic and everything that can be wrong with it, and what an attacker
// would have the page show.
func (w *world) busy(t *testing.T) {
	t.Helper()
	for i, name := range []string{home, "morel.pds.example.com", "chanterelle.pds.example.com", "a-rather-long-name.of-a-host.in-the-north.example.org"} {
		h := w.follow(name)
		for j := range 3 {
			a := h.account(t, fmt.Sprintf("account%d%d", i, j))
			for range 5 + 7*i {
				a.sendsPost()
			}
			h.sends(t, a.named(a.name+".example.com"))
			switch {
			case i == 1:
				h.sends(t, edited(a.post(), func(e *comatproto.SyncSubscribeReposCommit) { e.Blocks[len(e.Blocks)-1] ^= 1 }))
			case i == 2 && j == 0:
				h.raw(h.seq(), []byte("not a frame <script>alert(1)</script>"))
				a.lives("https://elsewhere.example.com")
				h.sends(t, a.named(""))
				a.sendsPost()
			case i == 3 && j == 0:
				a.sendsPost()
				if err := w.relay.TakeDown(t.Context(), a.did, true); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	down := w.add("quiet.example.net")
	down.set(func() { down.down = true })
	for _, do := range []error{
		w.relay.AddHost(t.Context(), "quiet.example.net"),
		w.relay.ChangeHost(t.Context(), "spam.example.net", relay.HostChange{Banned: new(true)}),
		w.relay.AddHost(t.Context(), "other-relay.example.net"),
	} {
		if do != nil {
			t.Fatal(do)
		}
	}
	w.until("events were rejected", func() bool { return len(w.relay.Host("morel.pds.example.com").Rejections) >= 3 })
	w.until("a connection has failed", func() bool { return w.relay.Host("quiet.example.net").Failures > 2 })
	w.until("the last post has come", func() bool {
		return w.relay.Host("a-rather-long-name.of-a-host.in-the-north.example.org").Events["commit"] >= 70
	})
}

// TestOnlyTheOperatorSeesThePage holds the door of the page against who has no token, who
// guesses, and pages of others that have a browser send forms.
func TestOnlyTheOperatorSeesThePage(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	b := w.atThePage(t, nil)
	for _, path := range []string{"", "hosts/x", "accounts?q=did:web:x.example.com", "nothing"} {
		if status, text := b.get(path); status != http.StatusSeeOther || strings.Contains(text, "Overview") {
			t.Errorf("%s: %d %s", path, status, text)
		}
	}
	if status, _, _ := b.posts("hosts", url.Values{"hostname": {"a.example.com"}}); status != http.StatusSeeOther || w.relay.Host("a.example.com") != nil {
		t.Error("who has not signed in adds a host")
	}
	for _, wrong := range []string{"", token + "x", token[1:], "the token"} {
		if status, _, _ := b.posts("sign-in", url.Values{"token": {wrong}}); status != http.StatusForbidden || b.cookie != nil {
			t.Errorf("%q: %d", wrong, status)
		}
	}
	b.signIn()
	c := b.cookie
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || !c.Secure || c.Path != admin.Path || strings.Contains(c.Value, token) {
		t.Errorf("%+v", c)
	}
	other := &browser{t: t, page: b.page}
	if status, _, _ := other.posts("sign-in", url.Values{"token": {"a fifth one"}}); status != http.StatusForbidden {
		t.Errorf("the fifth wrong one: %d", status)
	}
	status, _, header := other.posts("sign-in", url.Values{"token": {token}})
	if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" {
		t.Errorf("the sixth try: %d", status)
	}
	if status, _, _ := other.posts("sign-in", url.Values{"token": {token}}, func(r *http.Request) { r.RemoteAddr = "[2001:db8::1]:1" }); status != http.StatusSeeOther {
		t.Errorf("another address: %d", status)
	}
	for name, change := range map[string]func(*http.Request){
		"another site": func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sibling":    func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"an origin": func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example.com")
		},
	} {
		if status, _, _ := b.posts("hosts", url.Values{"hostname": {"a.example.com"}}, change); status != http.StatusForbidden {
			t.Errorf("%s: %d", name, status)
		}
	}
	for _, secret := range []string{"x", other.form} {
		if status, _, _ := b.posts("hosts", url.Values{"hostname": {"a.example.com"}, "form": {secret + "0"}}); status != http.StatusForbidden {
			t.Errorf("a form with the secret %q: %d", secret, status)
		}
	}
	if w.relay.Host("a.example.com") != nil {
		t.Error("a host was added")
	}
	stolen := &browser{t: t, page: b.page, cookie: c}
	b.changes("sign-out", url.Values{}, "Token of the operator")
	if status, _ := stolen.get(""); status != http.StatusSeeOther {
		t.Errorf("the session goes on after its end: %d", status)
	}
	other.get("")
	w.clock.Add(13 * time.Hour)
	if status, _ := other.get(""); status != http.StatusSeeOther {
		t.Errorf("the session goes on for ever: %d", status)
	}
}

// TestThePageShowsARelay looks at what pages say, of a relay with traffic and of one without.
func TestThePageShowsARelay(t *testing.T) {
	t.Parallel()
	w := inMemory(t, manyEvents)
	b := w.atThePage(t, func(o *admin.Options) { o.Subscribers = func() []fanout.Subscriber { return nil } })
	b.signIn()
	says := func(path string, want ...string) {
		t.Helper()
		status, text := b.get(path)
		for _, part := range want {
			if status != http.StatusOK || !strings.Contains(text, part) {
				t.Errorf("%s: %d, does not say %q", path, status, part)
			}
		}
		for _, bad := range []string{"<script", "ZgotmplZ", "%!", "<nil>", "style="} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has %q", path, bad)
			}
		}
	}
	says("", "No host is followed yet", "Nothing was rejected", "Nobody follows the stream now", "12.3 MB")
	says("accounts", "Type the DID or handle")
	w.busy(t)
	b = w.atThePage(t, func(o *admin.Options) {
		o.Subscribers = func() []fanout.Subscriber {
			return []fanout.Subscriber{{Address: "192.0.2.7", Agent: "<script>\u202eindexer", Since: plctest.Noon, Cursor: 12, Lag: 1234567, Rate: 12.34, Bytes: 1 << 30}}
		}
	})
	b.signIn()
	says("", "morel.pds.example.com", "other-relay.example.net", "malformed", "1,234,567", "&lt;script&gt;&lt;U&#43;202E&gt;indexer", "1.07 GB", "banned", "offline")
	says("?name=MOREL", "1 host", "morel.pds.example.com")
	says("?status=problems&sort=rejected", "quiet.example.net")
	says("?name=none", "No host is like that")
	says("?refresh=1", `http-equiv="refresh" content="10"`, "Stop refreshing")
	says("hosts/morel.pds.example.com", "malformed", "Last rejections", ">did:<wbr>web:<wbr>account10.<wbr>example.<wbr>com<wbr></a>")
	says("hosts/quiet.example.net", "connections brought nothing")
	says("accounts?q=account00.example.com", "It is passed on", "did:web:account00.example.com", "https://"+home)
	says("accounts?q=@account10.example.com", "malformed", "Take the account down")
	says("accounts?q=did:web:account30.example.com", "taken down here", "Restore the account", "takendown")
	says("accounts?q=did:web:account20.example.com", "elsewhere.example.com is not followed")
	says("accounts?q=did:web:nobody.example.com", "the DID leads to no account", "No event of this account has come")
	for path, want := range map[string]int{
		"hosts/nothing.example.com": http.StatusNotFound, "nothing": http.StatusNotFound,
		"accounts?q=%3Cscript%3E": http.StatusUnprocessableEntity, "accounts?q=nobody.example.com": http.StatusUnprocessableEntity,
	} {
		if status, text := b.get(path); status != want || strings.Contains(text, "<script") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

// TestThePageChangesARelay presses all buttons.
func TestThePageChangesARelay_SN54_SN59(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	a := h.account(t, "alice")
	a.sendsPost()
	w.passes("commit alice key0000")
	b := w.atThePage(t, nil)
	b.signIn()
	host := func() *relay.Host { return w.relay.Host(home) }
	do := func(what, value, notice string, is func() bool) {
		t.Helper()
		b.changes("hosts/"+home, url.Values{"do": {what}, "value": {value}}, notice)
		w.until(what+" has an effect", is)
	}
	do("limit", "7", "The limit is changed", func() bool { return host().AccountLimit == 7 })
	do("trust", "", "no limits any more", func() bool { return host().Trusted })
	do("distrust", "", "has limits", func() bool { return !host().Trusted })
	do("ban", "", "is banned", func() bool { return host().Banned && !host().Connected })
	do("unban", "", "not banned any more", func() bool { return host().Connected })
	asked := func() int { h.mu.Lock(); defer h.mu.Unlock(); return len(h.cursors) }
	before := asked()
	do("reconnect", "", "connects to the host anew", func() bool { return asked() > before })
	before = asked()
	do("move", "0", "followed from that seq", func() bool { return asked() > before })
	b.changes("hosts", url.Values{"hostname": {"b.example.com"}}, "followed from now on")
	b.changes("accounts", url.Values{"do": {"takedown"}, "did": {string(a.did)}}, "is taken down")
	w.passes("account alice inactive takendown")
	b.changes("accounts", url.Values{"do": {"restore"}, "did": {string(a.did)}}, "not taken down any more")
	w.passes("account alice active")
	if err := w.relay.ChangeHost(t.Context(), "evil.example.com", relay.HostChange{Banned: new(true)}); err != nil {
		t.Fatal(err)
	}
	if status, text, _ := b.posts("hosts", url.Values{"hostname": {"pds.evil.example.com"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "evil.example.com: end the ban first") {
		t.Errorf("a banned host is added: %d", status)
	}
	for path, wrong := range map[string]url.Values{
		"hosts/" + home:        {"do": {"limit"}, "value": {"-1"}},
		"hosts/" + home + "?":  {"do": {"limit"}, "value": {"many"}},
		"hosts/" + home + "?a": {"do": {"dance"}},
		"hosts":                {"hostname": {"<script>"}},
		"accounts":             {"do": {"takedown"}, "did": {"did:"}},
		"accounts?":            {"do": {"dance"}, "did": {string(a.did)}},
	} {
		if status, text, _ := b.posts(path, wrong); status != http.StatusUnprocessableEntity || !strings.Contains(text, `role="alert"`) || strings.Contains(text, "<script") {
			t.Errorf("%s %v: %d", path, wrong, status)
		}
	}
}

// TestPagesTakeNothingFromStrangers has a server give an account a status that would change
// the page around it, and looks at what browsers are told with every answer, and that no page
// has anything that the policy forbids.
func TestPagesTakeNothingFromStrangers(t *testing.T) {
	t.Parallel()
	w := inMemory(t, nil)
	h := w.follow(home)
	a := h.account(t, "alice")
	const status = "active notice good\u202e\u009b\"><b>x"
	h.sends(t, a.says(status))
	w.status(a, "inactive "+status)
	h.raw(h.seq(), xrpc.AppendErrorFrame(nil, "Bad\u202e", "<script>\u202ealert\u2066(1)</script>\u009b31m\x1b[0m\x07"))
	w.until("the connection has failed", func() bool { return strings.Contains(w.relay.Host(home).Failed, "alert") })
	b := w.atThePage(t, nil)
	check := func(path string) {
		t.Helper()
		_, text, header := b.do(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "https://relay.example.com"+admin.Path+path, nil))
		for key, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"Referrer-Policy":              "same-origin", // so that browsers say where a form comes from
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
			"Access-Control-Allow-Origin":  "",
			"Set-Cookie":                   "",
		} {
			if got := header.Get(key); got != want {
				t.Errorf("%s: %s is %q", path, key, got)
			}
		}
		if bad := regexp.MustCompile(`(?i)<script|<b>|<iframe|\son\w+=|javascript:|\sstyle=|<style|[\x{202e}\x{2066}\x{9b}\x1b\x07]`).FindString(text); bad != "" {
			t.Errorf("%s has %q", path, bad)
		}
	}
	for _, path := range []string{"sign-in", "style.css", "", "accounts"} {
		check(path)
	}
	b.signIn()
	for _, path := range []string{"", "?name=%3Cscript%3E%E2%80%AE&sort=%22%3E%3Cb%3E", "hosts/" + home, "hosts/%3Cb%3E", "accounts", "accounts?q=" + string(a.did), "nothing/%3Cb%3E"} {
		check(path)
	}
	if _, text := b.get("accounts?q=" + string(a.did)); !strings.Contains(text, `<span class="status">active notice good&lt;U&#43;202E&gt;&lt;U&#43;009B&gt;&#34;&gt;&lt;b&gt;x</span>`) {
		t.Error("the status is shown in another way")
	}
	for _, path := range []string{"/admin/hosts/" + home, "/admin/accounts/" + string(a.did)} {
		got, text := w.operator(http.MethodGet, path, "", bearer)
		if got != http.StatusOK || strings.ContainsAny(text, "\u202e\u2066\u009b\x1b") {
			t.Errorf("%s: %d %q", path, got, text)
		}
	}
}
