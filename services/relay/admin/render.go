package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/lexgen/lexgen/internal/visible"
)

//go:embed pages/*.html pages/style.css
var files embed.FS

// A view is what a page is made from.
type view struct {
	Title   string
	Session session // empty before somebody has signed in
	Problem string  // what went wrong
	Done    string  // a name of what was done
	Refresh int     // seconds, 0 for never
	Now     time.Time
	Version string
	// OfAccount says that the page is that of an account, so that rejections need not
	// name it.
	OfAccount bool
	Data      any
}

// notices are what is said of what was done. Others are not shown.
var notices = map[string]string{
	"added":     "The host is followed from now on.",
	"ban":       "The host is banned, with all hosts below its name.",
	"unban":     "The host is not banned any more.",
	"trust":     "The host has no limits any more.",
	"distrust":  "The host has limits.",
	"limit":     "The limit is changed.",
	"reconnect": "The relay connects to the host anew.",
	"move":      "The host is followed from that seq.",
	"takedown":  "The account is taken down.",
	"restore":   "The account is not taken down any more.",
}

// Notice is what is said of what was done.
func (v view) Notice() string { return notices[v.Done] }

// pages are templates by name, each with the layout.
var pages = map[string]*template.Template{
	"sign-in": parsed("sign-in"), "overview": parsed("overview"), "host": parsed("host"), "account": parsed("account"), "failed": parsed("failed"),
}

func parsed(name string) *template.Template {
	t := template.New("layout.html").Funcs(functions)
	return template.Must(t.ParseFS(files, "pages/layout.html", "pages/parts.html", "pages/"+name+".html"))
}

var functions = template.FuncMap{
	"number": number[int64], "many": number[int], "size": size, "duration": duration, "rate": rate, "plain": plain, "pieces": pieces, "styled": styled,
	"ago":      ago,
	"moment":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") },
	"rejected": rejected, "path": func() string { return Path },
	"of": func(v view, data any) view { v.Data = data; return v },
}

// render writes a page, all of it or an error.
func (p *Page) render(w http.ResponseWriter, r *http.Request, status int, name string, v view) {
	v.Now, v.Version = p.opts.Now(), p.opts.Relay.Version()
	var page bytes.Buffer
	if err := pages[name].Execute(&page, v); err != nil {
		p.opts.Logger.ErrorContext(r.Context(), "a page cannot be made", "page", name, "error", err)
		http.Error(w, "this page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(page.Bytes()) // who does not read it is gone
}

func (p *Page) fail(w http.ResponseWriter, r *http.Request, s session, status int, why string) {
	p.render(w, r, status, "failed", view{Title: http.StatusText(status), Session: s, Problem: why})
}

func serveStyle(w http.ResponseWriter, _ *http.Request) {
	text, err := files.ReadFile("pages/style.css")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	_, _ = w.Write(text) // who does not read it is gone
}

// styled returns a status that the style sheet knows, "" for others, which servers may make up.
func styled(status string) string {
	switch status {
	case "active", "offline", "banned", "throttled", "takendown", "suspended", "deleted", "deactivated", "desynchronized":
		return status
	}
	return ""
}

// plain shows a stranger's text on one line, cut.
func plain(text any) string { return visible.Clipped(fmt.Sprint(text), 400) }

// pieces divides a DID or a name of a host behind each colon and dot, where a line may be broken.
func pieces(name string) (all []string) {
	for name != "" {
		end := strings.IndexAny(name, ":.") + 1
		if end == 0 {
			end = len(name)
		}
		all, name = append(all, name[:end]), name[end:]
	}
	return all
}

// number divides the digits of large numbers.
func number[N int | int64](n N) string {
	text := strconv.FormatInt(int64(n), 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

func size(n int64) string {
	if n < 1000 {
		return fmt.Sprint(n, " B")
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		if value /= 1000; value < 999.5 {
			break
		}
	}
	return fmt.Sprintf("%.3g %s", value, unit)
}

// duration says about how long something takes.
func duration(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Second:
		return fmt.Sprint(d.Milliseconds(), " ms")
	case d < 2*time.Minute:
		return fmt.Sprint(int64(d/time.Second), " s")
	case d < 2*time.Hour:
		return fmt.Sprint(int64(d/time.Minute), " min")
	case d < 48*time.Hour:
		return fmt.Sprint(int64(d/time.Hour), " h")
	}
	return fmt.Sprint(int64(d/(24*time.Hour)), " days")
}

// ago says when something was.
func ago(now, t time.Time) string {
	if d := now.Sub(t); d >= time.Second {
		return duration(d) + " ago"
	}
	return "just now"
}

// rate is a number of events each second.
func rate(perSecond float64) string {
	if perSecond >= 100 {
		return number(int64(perSecond + 0.5))
	}
	return strconv.FormatFloat(perSecond, 'f', 1, 64)
}
