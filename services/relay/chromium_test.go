package relay_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/internal/shared"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/relay/admin"
)

// measure is what a browser finds out about pages that it shows in frames of some width.
const measure = `<!DOCTYPE html><meta charset=utf-8><pre id=found></pre><script>
const channel = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const parts = c => c.match(/[\d.]+/g).map(Number);
const light = c => { const [r, g, b] = parts(c); return 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b); };
const behind = (e, w) => { for (; e; e = e.parentElement) { const c = w.getComputedStyle(e).backgroundColor; if ((parts(c)[3] ?? 1) > 0) return c; } };
const show = ([path, width]) => new Promise(done => {
  const f = document.createElement("iframe");
  f.width = width; f.height = 900; f.style.border = 0;
  f.onload = () => {
    const d = f.contentDocument, w = f.contentWindow, faults = [];
    const name = e => e.tagName.toLowerCase() + "." + e.className + " " + e.textContent.trim().slice(0, 40);
    if (d.documentElement.scrollWidth > width) faults.push("it is " + d.documentElement.scrollWidth + " wide");
    for (const e of d.querySelectorAll("body *")) {
      const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      const box = e.getBoundingClientRect(), style = w.getComputedStyle(e);
      if (!box.width || !e.checkVisibility()) continue;
      if (box.right > width + 1 && !e.closest(".scroll")) faults.push("beyond the edge: " + name(e));
      if (own) {
        const [a, b] = [light(style.color), light(behind(e, w))].sort((x, y) => y - x), ratio = (a + 0.05) / (b + 0.05);
        if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(2) + ": " + name(e));
      }
    }
    for (const e of d.querySelectorAll("input:not([type=hidden])")) if (!e.labels.length) faults.push("no label: " + e.outerHTML);
    const ids = [...d.querySelectorAll("[id]")].map(e => e.id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push("two with the id " + id);
    if (d.querySelectorAll("h1").length !== 1) faults.push("not one h1");
    done({path, width, faults, title: d.title, back: w.getComputedStyle(d.body).backgroundColor, height: d.documentElement.scrollHeight});
  };
  f.src = path;
  document.body.append(f);
});
Promise.all(PAGES.map(show)).then(all => { document.getElementById("found").textContent = JSON.stringify(all); });
</script>`

// A shown page is what the browser says of it.
type shown struct {
	Path   string
	Width  int
	Faults []string
	Title  string
	Back   string // the color behind it
	Height int
}

// chromium runs the browser, with what it keeps in a folder that is removed, and returns
// what it prints. The test ends where there is none.
func chromium(t *testing.T, args ...string) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		shared.Missing(t, "chromium", err.Error())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
		"--hide-scrollbars", "--user-data-dir=" + t.TempDir(), "--virtual-time-budget=20000",
	}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	return string(out)
}

// TestThePageFits shows each page in Chromium, at the width of a telephone and of a screen,
// light and dark: nothing is wider than that but in tables that scroll, all text has enough
// contrast, and every field has a label. LEXGEN_SCREENSHOTS names a folder for pictures.
func TestThePageFits(t *testing.T) {
	t.Parallel()
	w := inMemory(t, manyEvents)
	b := w.atThePage(t, nil)
	b.signIn()
	empty := b.page
	full := w.atThePage(t, func(o *admin.Options) {
		o.Subscribers = func() []fanout.Subscriber {
			return []fanout.Subscriber{
				{Address: "192.0.2.7", Agent: "an indexer/1.0", Since: plctest.Noon, Cursor: 120_000_000, Lag: 12, Rate: 412, Bytes: 81e9},
				{Address: "2001:db8:85a3:8d3:1319:8a2e:370:7348", Since: plctest.Noon.Add(-99 * time.Hour), Cursor: 100_000_000, Lag: 20_000_000, Rate: 0.5},
			}
		}
	})
	full.signIn()
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		pages, isEmpty := full, strings.HasPrefix(r.URL.Path, "/empty/")
		switch {
		case r.URL.Path == "/measure":
			fmt.Fprint(rw, strings.Replace(measure, "PAGES", r.FormValue("pages"), 1))
			return
		case isEmpty:
			pages = &browser{page: empty, cookie: b.cookie}
			r.URL.Path = strings.TrimPrefix(r.URL.Path, "/empty")
		}
		if !r.URL.Query().Has("out") {
			r.AddCookie(pages.cookie)
		}
		pages.page.ServeHTTP(framed{rw}, r)
	}))
	t.Cleanup(server.Close)
	const prefix = "/empty" + admin.Path
	var asked []string
	both := func(path string) {
		asked = append(asked, fmt.Sprintf(`[%q,390]`, path), fmt.Sprintf(`[%q,1280]`, path))
	}
	see := func(scheme, value string) (all []shown) {
		t.Helper()
		dom := chromium(t, "--blink-settings=preferredColorScheme="+value, "--dump-dom", server.URL+"/measure?"+url.Values{"pages": {"[" + strings.Join(asked, ",") + "]"}}.Encode())
		_, found, _ := strings.Cut(dom, `<pre id="found">`)
		found, _, _ = strings.Cut(found, "</pre>")
		if err := json.Unmarshal([]byte(html.UnescapeString(found)), &all); err != nil || len(all) != len(asked) {
			t.Fatalf("%v: %d of %d pages: %s", err, len(all), len(asked), dom)
		}
		for _, s := range all {
			for _, fault := range s.Faults {
				t.Errorf("%s, %s at %d: %s", s.Path, scheme, s.Width, fault)
			}
		}
		return all
	}
	both(prefix)
	both(prefix + "accounts")
	see("light", "1")
	w.busy(t)
	asked = nil
	for _, path := range []string{
		"", "?status=banned", "sign-in?out", "hosts/morel.pds.example.com", "hosts/quiet.example.net", "hosts/a-rather-long-name.of-a-host.in-the-north.example.org",
		"accounts", "accounts?q=did:web:account10.example.com", "accounts?q=did:web:account30.example.com", "accounts?q=did:web:nobody.example.com", "nothing",
	} {
		both(admin.Path + path)
	}
	light, dark := see("light", "1"), see("dark", "0")
	if light[0].Back == dark[0].Back || light[0].Title != "Relay" || light[6].Title != "morel.pds.example.com · Relay" {
		t.Errorf("%+v\n%+v", light[0], dark[0])
	}
	if dir := os.Getenv("LEXGEN_SCREENSHOTS"); dir != "" {
		pictures(t, dir, server.URL, light)
	}
}

// pictures makes one of each page that was shown, at its width, light and dark.
func pictures(t *testing.T, dir, origin string, pages []shown) {
	t.Helper()
	for i, s := range pages {
		for name, value := range map[string]string{"light": "1", "dark": "0"} {
			chromium(t, "--blink-settings=preferredColorScheme="+value, fmt.Sprintf("--window-size=%d,%d", s.Width, s.Height),
				"--screenshot="+filepath.Join(dir, fmt.Sprintf("%02d-%d-%s.png", i/2, s.Width, name)), origin+s.Path)
		}
	}
}

// framed lets a test have a page in a frame; all else of its policy holds.
type framed struct{ http.ResponseWriter }

func (f framed) WriteHeader(status int) {
	h := f.Header()
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "frame-ancestors 'none'", "frame-ancestors 'self'", 1))
	f.ResponseWriter.WriteHeader(status)
}
