package admin

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/relay"
)

// Lengths of tables on the first page.
const (
	hostsOnAPage     = 100
	maxRejections    = 20
	maxSubscribers   = 200
	allHosts         = 1 << 30
	refreshedEach    = 10 * time.Second
	statusOfProblems = "problems" // a choice that is no status
)

// overviewData is what the first page shows.
type overviewData struct {
	*relay.Overview

	Active     int64   // hosts
	Status     []count // hosts that are not
	Reasons    []count // rejections
	Hosts      []*relay.Host
	Found      int // hosts that the choice fits
	Choice     choice
	Previous   string // the query of the page before, "" if there is none
	Next       string
	Sorts      []link
	Choices    []link
	Refresh    link
	Rejections []rejections
	More       int // rejections that are not shown
	Size       int64
	SizeFails  string

	Listed      bool // subscribers are told
	Subscribers []fanout.Subscriber
	All         int // subscribers
}

// Kept is how many seqs the log has.
func (o *overviewData) Kept() int64 { return o.Latest - o.Dropped }

type count struct {
	Name  string
	Count int64
}

type link struct {
	Name, Query string
	Current     bool
}

// rejections are those of a host for one reason.
type rejections struct {
	Host   string
	Reason sync.Reason
	Count  int64
}

// A choice says which hosts are shown.
type choice struct {
	Name, Status, Sort string
	Page               int
	Refresh            bool
}

func choiceOf(q url.Values) choice {
	page, _ := strconv.Atoi(q.Get("page"))
	return choice{strings.ToLower(strings.TrimSpace(q.Get("name"))), q.Get("status"), q.Get("sort"), max(1, min(page, 1<<20)), q.Get("refresh") != ""}
}

// query is the choice as part of a URL, with its question mark.
func (c choice) query() string {
	q := url.Values{}
	for key, value := range map[string]string{"name": c.Name, "status": c.Status, "sort": c.Sort} {
		if value != "" {
			q.Set(key, value)
		}
	}
	if c.Page > 1 {
		q.Set("page", strconv.Itoa(c.Page))
	}
	if c.Refresh {
		q.Set("refresh", "1")
	}
	return "?" + q.Encode()
}

func (c choice) fits(h *relay.Host) bool {
	if !strings.Contains(h.Name, c.Name) {
		return false
	}
	if c.Status == statusOfProblems {
		return h.Stopped != "" || h.Failures > 0 && !h.Connected || !h.Waits.IsZero() || rejected(h) > 0
	}
	return c.Status == "" || h.Status == c.Status
}

func (c choice) compare(a, b *relay.Host) int {
	by := 0
	switch c.Sort {
	case "lag":
		by = cmp.Compare(b.Lag, a.Lag)
	case "rate":
		by = cmp.Compare(b.Rate, a.Rate)
	case "accounts":
		by = cmp.Compare(b.Accounts, a.Accounts)
	case "rejected":
		by = cmp.Compare(rejected(b), rejected(a))
	}
	return cmp.Or(by, cmp.Compare(a.Name, b.Name))
}

func rejected(h *relay.Host) (n int64) {
	for _, count := range h.Rejected {
		n += count
	}
	return n
}

func (p *Page) overview(w http.ResponseWriter, r *http.Request, s session) {
	p.showOverview(w, r, s, http.StatusOK, "")
}

func (p *Page) showOverview(w http.ResponseWriter, r *http.Request, s session, status int, problem string) {
	o := &overviewData{Overview: p.opts.Relay.Overview(), Choice: choiceOf(r.URL.Query())}
	o.addHosts(p.opts.Relay.Hosts("", allHosts))
	o.Reasons = counts(o.Rejected)
	for _, c := range counts(o.Overview.Hosts) {
		if c.Name == "active" {
			o.Active = c.Count
		} else {
			o.Status = append(o.Status, c)
		}
	}
	if p.opts.Size != nil {
		var err error
		if o.Size, err = p.opts.Size(r.Context()); err != nil {
			o.SizeFails = err.Error()
		}
	}
	if p.opts.Subscribers != nil {
		o.Listed, o.Subscribers = true, p.opts.Subscribers()
		o.All = len(o.Subscribers)
		slices.SortStableFunc(o.Subscribers, func(a, b fanout.Subscriber) int { return cmp.Compare(b.Lag, a.Lag) })
		o.Subscribers = o.Subscribers[:min(len(o.Subscribers), maxSubscribers)]
	}
	v := view{Title: "Relay", Session: s, Problem: problem, Done: r.URL.Query().Get("done"), Data: o}
	if o.Choice.Refresh {
		v.Refresh = int(refreshedEach / time.Second)
	}
	p.render(w, r, status, "overview", v)
}

// addHosts takes those that the choice fits, of which it shows one page, and rejections of
// all.
func (o *overviewData) addHosts(all []*relay.Host) {
	c := o.Choice
	for _, h := range all {
		for reason, n := range h.Rejected {
			o.Rejections = append(o.Rejections, rejections{h.Name, reason, n})
		}
		if c.fits(h) {
			o.Hosts = append(o.Hosts, h)
		}
	}
	slices.SortFunc(o.Rejections, func(a, b rejections) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Reason, b.Reason))
	})
	o.More = max(0, len(o.Rejections)-maxRejections)
	o.Rejections = o.Rejections[:len(o.Rejections)-o.More]
	slices.SortFunc(o.Hosts, c.compare)
	o.Found = len(o.Hosts)
	from := min((c.Page-1)*hostsOnAPage, o.Found)
	to := min(from+hostsOnAPage, o.Found)
	o.Hosts = o.Hosts[from:to]
	with := func(change func(*choice)) string {
		other := c
		change(&other)
		return other.query()
	}
	if c.Page > 1 {
		o.Previous = with(func(c *choice) { c.Page-- })
	}
	if to < o.Found {
		o.Next = with(func(c *choice) { c.Page++ })
	}
	for _, sort := range []string{"", "lag", "rate", "accounts", "rejected"} {
		o.Sorts = append(o.Sorts, link{cmp.Or(sort, "name"), with(func(c *choice) { c.Sort, c.Page = sort, 1 }), sort == c.Sort})
	}
	for _, status := range []string{"", statusOfProblems, "active", "idle", "offline", "throttled", "banned"} {
		o.Choices = append(o.Choices, link{cmp.Or(status, "all"), with(func(c *choice) { c.Status, c.Page = status, 1 }), status == c.Status})
	}
	o.Refresh = link{"every 10 s", with(func(c *choice) { c.Refresh = !c.Refresh }), c.Refresh}
}

// counts are numbers by name, the largest first.
func counts[K ~string, N int | int64](all map[K]N) (sorted []count) {
	for name, n := range all {
		sorted = append(sorted, count{string(name), int64(n)})
	}
	slices.SortFunc(sorted, func(a, b count) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return sorted
}

// addHost has a host followed, whether it answers now or not.
func (p *Page) addHost(w http.ResponseWriter, r *http.Request, s session) {
	err := p.opts.Relay.AddHost(r.Context(), strings.TrimSpace(r.PostFormValue("hostname")))
	if errors.Is(err, relay.ErrBanned) {
		err = fmt.Errorf("%w: end the ban first, on the page of that name", err)
	}
	if err != nil {
		p.showOverview(w, r, s, http.StatusUnprocessableEntity, err.Error())
		return
	}
	http.Redirect(w, r, Path+"?done=added", http.StatusSeeOther)
}
