package relay_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
	"github.com/lexgen/lexgen/services/relay"
)

// failure is an error of an endpoint in a few words.
func failure(t *testing.T, err error) string {
	t.Helper()
	answer, ok := errors.AsType[*xrpc.Error](err)
	if err != nil && !ok {
		t.Fatal(err)
	}
	if err == nil {
		return "fine"
	}
	return fmt.Sprintf("%d %s", answer.Status, answer.Name)
}

// getRepo asks for a repository, and returns the answer in a few words.
func (w *world) getRepo(did syntax.DID) string {
	w.t.Helper()
	res, err := w.http.Get("http://relay.test/xrpc/com.atproto.sync.getRepo?since=3lcamirfgyk2a&did=" + string(did)) //nolint:noctx // it is in memory
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	answer := fmt.Sprintf("%d %s", res.StatusCode, res.Header.Get("Location"))
	if res.StatusCode >= http.StatusBadRequest {
		text, _, _ := strings.Cut(string(body), ",")
		answer += text
	}
	return answer
}

// TestEndpointsOfAccounts_SN50_SN54b_SN57_SN71 asks for accounts of all statuses.
func TestEndpointsOfAccounts_SN50_SN54b_SN57_SN71(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		last := map[string]*comatproto.SyncSubscribeReposCommit{}
		for _, name := range []string{"alice", "deactivated", "suspended", "deleted", "takendown", "other"} {
			a := h.account(t, name)
			last[name] = a.sendsPost()
			w.passes("commit " + name + " key0000")
			switch name {
			case "alice":
				continue
			case "takendown":
				if err := w.relay.TakeDown(t.Context(), a.did, true); err != nil {
					t.Fatal(err)
				}
			default:
				h.setStatus(a, name)
				h.sends(t, a.says(name))
			}
			w.passes("account " + name + " inactive " + name)
			w.status(a, "inactive "+name)
		}
		fresh := h.account(t, "fresh")
		h.sends(t, fresh.says(""))
		w.passes("account fresh active")
		for name, commit := range last {
			w.until(name+" has its commit", func() bool {
				a, err := w.relay.Account(t.Context(), commit.Repo)
				return err == nil && a.Rev == commit.Rev
			})
		}
		var got []string
		for _, name := range []string{"alice", "deactivated", "suspended", "deleted", "takendown", "other", "fresh", "nobody"} {
			did := syntax.DID("did:web:" + name + ".example.com")
			commit, err := comatproto.SyncGetLatestCommit.Call(t.Context(), w.client, &comatproto.SyncGetLatestCommitParams{DID: did})
			if err == nil && (string(commit.CID) != last[name].Commit.String() || commit.Rev != last[name].Rev) {
				t.Errorf("%+v", commit)
			}
			status, failed := comatproto.SyncGetRepoStatus.Call(t.Context(), w.client, &comatproto.SyncGetRepoStatusParams{DID: did})
			line := fmt.Sprintf("%s: latest commit %s; status %s", name, failure(t, err), failure(t, failed))
			if failed == nil {
				line += fmt.Sprintf(" %t %q rev %t", status.Active, status.Status.Or(""), status.Rev.Or("") == last["alice"].Rev)
			}
			got = append(got, line+"; repo "+w.getRepo(did))
		}
		want := strings.TrimSpace(`
alice: latest commit fine; status fine true "" rev true; repo 302 https://pds.example.com/xrpc/com.atproto.sync.getRepo?did=did%3Aweb%3Aalice.example.com&since=3lcamirfgyk2a
deactivated: latest commit 403 RepoDeactivated; status fine false "deactivated" rev false; repo 403 {"error":"RepoDeactivated"
suspended: latest commit 403 RepoSuspended; status fine false "suspended" rev false; repo 403 {"error":"RepoSuspended"
deleted: latest commit 404 RepoNotFound; status fine false "deleted" rev false; repo 404 {"error":"RepoNotFound"
takendown: latest commit 403 RepoTakendown; status fine false "takendown" rev false; repo 403 {"error":"RepoTakendown"
other: latest commit 403 RepoDeactivated; status fine false "other" rev false; repo 403 {"error":"RepoDeactivated"
fresh: latest commit 404 RepoNotFound; status fine true "" rev false; repo 302 https://pds.example.com/xrpc/com.atproto.sync.getRepo?did=did%3Aweb%3Afresh.example.com&since=3lcamirfgyk2a
nobody: latest commit 404 RepoNotFound; status 404 RepoNotFound; repo 404 {"error":"RepoNotFound"`)
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// pages reads pages until there is no cursor.
func pages(t *testing.T, read func(cursor lex.Opt[string]) (page []string, next lex.Opt[string], err error)) (all []string) {
	t.Helper()
	for cursor := (lex.Opt[string]{}); ; {
		page, next, err := read(cursor)
		if err != nil {
			t.Fatal(err)
		}
		if all, cursor = append(all, page...), next; !next.IsSome() {
			slices.Sort(all)
			return all
		}
	}
}

// TestLists_SN44_SN50 pages through hosts, accounts and those of a collection.
func TestLists_SN44_SN50(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		w.follow(away)
		for i := range 5 {
			h.account(t, fmt.Sprint("a", i)).sendsPost()
			w.passes(fmt.Sprintf("commit a%d key0000", i))
		}
		h.sends(t, h.account(t, "a3").says("deactivated"))
		w.passes("account a3 inactive deactivated")
		w.until("the accounts are stored", func() bool { return strings.Contains(strings.Join(w.listRepos(t), " "), "deactivated") })
		var got []string
		got = append(got, w.listRepos(t)...)
		got = append(got, pages(t, w.listCollection)...)
		got = append(got, pages(t, w.listHosts)...)
		want := []string{
			"did:web:a0.example.com true ", "did:web:a1.example.com true ", "did:web:a2.example.com true ",
			"did:web:a3.example.com false deactivated", "did:web:a4.example.com true ",
			"did:web:a0.example.com", "did:web:a1.example.com", "did:web:a2.example.com", "did:web:a4.example.com",
			"other.example.com active 0", "pds.example.com active 5",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := comatproto.SyncGetHostStatus.Call(t.Context(), w.client, &comatproto.SyncGetHostStatusParams{Hostname: "no.example.com"})
		if got := failure(t, err); got != "404 HostNotFound" {
			t.Error(got)
		}
	})
}

func (w *world) listRepos(t *testing.T) []string {
	t.Helper()
	return pages(t, func(cursor lex.Opt[string]) (page []string, next lex.Opt[string], err error) {
		out, err := comatproto.SyncListRepos.Call(t.Context(), w.client, &comatproto.SyncListReposParams{Limit: lex.Int(2), Cursor: cursor})
		if err != nil {
			return nil, next, err
		}
		for _, r := range out.Repos {
			page = append(page, fmt.Sprintf("%s %t %s", r.DID, r.Active.Or(false), r.Status.Or("")))
		}
		return page, out.Cursor, nil
	})
}

func (w *world) listCollection(cursor lex.Opt[string]) (page []string, next lex.Opt[string], err error) {
	params := &comatproto.SyncListReposByCollectionParams{Collection: posts, Limit: lex.Int(2), Cursor: cursor}
	out, err := comatproto.SyncListReposByCollection.Call(w.t.Context(), w.client, params)
	if err != nil {
		return nil, next, err
	}
	for _, r := range out.Repos {
		page = append(page, string(r.DID))
	}
	return page, out.Cursor, nil
}

func (w *world) listHosts(cursor lex.Opt[string]) (page []string, next lex.Opt[string], err error) {
	out, err := comatproto.SyncListHosts.Call(w.t.Context(), w.client, &comatproto.SyncListHostsParams{Limit: lex.Int(1), Cursor: cursor})
	if err != nil {
		return nil, next, err
	}
	for _, h := range out.Hosts {
		one, err := comatproto.SyncGetHostStatus.Call(w.t.Context(), w.client, &comatproto.SyncGetHostStatusParams{Hostname: h.Hostname})
		if err != nil {
			return nil, next, err
		}
		page = append(page, fmt.Sprintf("%s %s %d", one.Hostname, one.Status.Or(""), h.AccountCount.Or(-1)))
	}
	return page, out.Cursor, nil
}

// TestOldEventsAreDropped_ES09_ES11 has events that are older than they are kept, and one
// who follows from before.
func TestOldEventsAreDropped_ES09_ES11(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Retention = sync.Retention{Age: 10 * time.Hour} }, func(t *testing.T, w *world) {
		h := w.follow(home)
		alice := h.account(t, "alice")
		for range 3 {
			alice.sendsPost()
			w.next()
			w.rounds(2) // the relay looks after its log meanwhile
			w.clock.Add(6 * time.Hour)
		}
		w.until("the first one is dropped", func() bool { return w.log.Window().Dropped >= 1 })
		var got []string
		for m, err := range comatproto.SyncSubscribeRepos.Subscribe(t.Context(), w.client, &comatproto.SyncSubscribeReposParams{Cursor: lex.Int(0)}) {
			if err != nil {
				t.Fatal(err)
			}
			if got = append(got, said(m)); strings.HasSuffix(said(m), "key0002") {
				break
			}
		}
		if len(got) == 0 || got[0] == "commit alice key0000" {
			t.Errorf("%q", got)
		}
		_, err := first(w, lex.Int(1000))
		if got := failure(t, err); !strings.HasSuffix(got, "FutureCursor") {
			t.Error(got)
		}
	})
}

// first returns what the stream begins with.
func first(w *world, cursor lex.Opt[int64]) (lex.Object, error) {
	for m, err := range comatproto.SyncSubscribeRepos.Subscribe(w.t.Context(), w.client, &comatproto.SyncSubscribeReposParams{Cursor: cursor}) {
		return m, err
	}
	return nil, nil //nolint:nilnil // it has ended
}

// TestParametersThatAreNoTextAreAnswered sends what databases refuse as text.
func TestParametersThatAreNoTextAreAnswered(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		for _, query := range []string{
			"getHostStatus?hostname=%00", "getHostStatus?hostname=%ff", "getHostStatus?hostname=" + strings.Repeat("x", 10_000),
			"listHosts?cursor=%00", "listHosts?cursor=%ff", "listHosts?limit=9223372036854775808", "listRepos?cursor=%00", "listRepos?cursor=%ff",
			"listReposByCollection?collection=com.example.post&cursor=%00", "listReposByCollection?collection=com.example.post&cursor=%ff",
			"getRepoStatus?did=did:web:%00", "getRepo?did=did:web:x.example.com&since=%00",
		} {
			status, text := w.operator(http.MethodGet, "/xrpc/com.atproto.sync."+query, "", func(*http.Request) {})
			if status >= http.StatusInternalServerError {
				t.Errorf("%.80s: %d %s", query, status, text)
			}
		}
		if got := w.ask("a\x00b.example.com"); got != "400 InvalidRequest" {
			t.Error(got)
		}
		for _, path := range []string{"/admin/hosts?cursor=%00", "/admin/hosts/%00", "/admin/hosts/%ff"} {
			if status, text := w.operator(http.MethodGet, path, "", bearer); status >= http.StatusInternalServerError {
				t.Errorf("%s: %d %s", path, status, text)
			}
		}
	})
}

// TestWhatIsNoNameIsRefused_SN50 asks with texts that name no host and no account. Some of them
// are none that a database can have.
func TestWhatIsNoNameIsRefused_SN50(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		for _, query := range []string{
			"listHosts?cursor=", "listRepos?cursor=did:plc:", "listReposByCollection?collection=app.bsky.feed.post&cursor=did:plc:", "getHostStatus?hostname=",
		} {
			for _, text := range []string{"%00", "a%00", "%ff", "a%ff.example.com", "a%20b", "%ed%a0%80"} {
				res, err := w.http.Get(xrpctest.URL + "/xrpc/com.atproto.sync." + query + text) //nolint:noctx // it is in memory
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || res.StatusCode != http.StatusBadRequest || !bytes.Contains(body, []byte(`"InvalidRequest"`)) {
					t.Errorf("%s%s: %d %s: %v", query, text, res.StatusCode, body, err)
				}
			}
		}
	})
}
