package relay_test

import (
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
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
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
			w.next()
		}
		fresh := h.account(t, "fresh")
		h.sends(t, fresh.says(""))
		w.passes("account fresh active")
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
			res, err := w.http.Get("http://relay.test/xrpc/com.atproto.sync.getRepo?since=3lcamirfgyk2a&did=" + string(did)) //nolint:noctx // it is in memory
			if err != nil {
				t.Fatal(err)
			}
			body, _ := io.ReadAll(res.Body)
			res.Body.Close()
			line += fmt.Sprintf("; repo %d %s", res.StatusCode, res.Header.Get("Location"))
			if res.StatusCode >= 400 {
				line += strings.SplitN(string(body), ",", 2)[0]
			}
			got = append(got, line)
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

// TestLists_SN44_SN50 pages through hosts, accounts and those of a collection.
func TestLists_SN44_SN50(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, w *world) {
		h := w.follow(home)
		w.follow(away)
		want := []string{}
		for i := range 5 {
			a := h.account(t, fmt.Sprint("a", i))
			a.sendsPost()
			w.passes(fmt.Sprintf("commit a%d key0000", i))
			if i == 3 {
				h.sends(t, a.says("deactivated"))
				w.passes("account a3 inactive deactivated")
				continue
			}
			want = append(want, string(a.did))
		}
		byCollection := func() (got []string) {
			params := &comatproto.SyncListReposByCollectionParams{Collection: posts, Limit: lex.Int(2)}
			for {
				out, err := comatproto.SyncListReposByCollection.Call(t.Context(), w.client, params)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range out.Repos {
					got = append(got, string(r.DID))
				}
				if params.Cursor = out.Cursor; !out.Cursor.IsSome() {
					slices.Sort(got)
					return got
				}
			}
		}
		w.until("the collection is known", func() bool { return cmp.Equal(want, byCollection()) })
		var repos []string
		for params := (&comatproto.SyncListReposParams{Limit: lex.Int(2)}); ; {
			out, err := comatproto.SyncListRepos.Call(t.Context(), w.client, params)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range out.Repos {
				repos = append(repos, fmt.Sprintf("%s %t %s", r.DID, r.Active.Or(false), r.Status.Or("")))
			}
			if params.Cursor = out.Cursor; !out.Cursor.IsSome() {
				break
			}
		}
		slices.Sort(repos)
		if len(repos) != 5 || repos[3] != "did:web:a3.example.com false deactivated" || repos[4] != "did:web:a4.example.com true " {
			t.Errorf("%q", repos)
		}
		var hosts []string
		for params := (&comatproto.SyncListHostsParams{Limit: lex.Int(1)}); ; {
			out, err := comatproto.SyncListHosts.Call(t.Context(), w.client, params)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range out.Hosts {
				hosts = append(hosts, fmt.Sprintf("%s %s %d", h.Hostname, h.Status.Or(""), h.AccountCount.Or(-1)))
				one, err := comatproto.SyncGetHostStatus.Call(t.Context(), w.client, &comatproto.SyncGetHostStatusParams{Hostname: h.Hostname})
				if err != nil || one.Hostname != h.Hostname || one.AccountCount != h.AccountCount || one.Status != h.Status {
					t.Errorf("%+v %v", one, err)
				}
			}
			if params.Cursor = out.Cursor; !out.Cursor.IsSome() {
				break
			}
		}
		if diff := cmp.Diff([]string{"other.example.com active 0", "pds.example.com active 5"}, hosts); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := comatproto.SyncGetHostStatus.Call(t.Context(), w.client, &comatproto.SyncGetHostStatusParams{Hostname: "no.example.com"})
		if got := failure(t, err); got != "404 HostNotFound" {
			t.Error(got)
		}
	})
}

// TestOldEventsAreDropped_ES09_ES11 has events that are older than they are kept, and one
// who follows from before.
func TestOldEventsAreDropped_ES09_ES11(t *testing.T) {
	t.Parallel()
	each(t, func(o *relay.Options) { o.Retention = 10 * time.Hour }, func(t *testing.T, w *world) {
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

// TestAnotherFirehose_SN50 puts a handler in the place of the stream.
func TestAnotherFirehose_SN50(t *testing.T) {
	t.Parallel()
	w := inMemory(t, func(o *relay.Options) {
		o.Firehose = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	})
	res, err := w.http.Get("http://relay.test/xrpc/com.atproto.sync.subscribeRepos") //nolint:noctx // it is in memory
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusTeapot {
		t.Error(res.Status)
	}
}
