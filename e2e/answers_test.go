package e2e_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/syntax"
)

// syncCall is a question of com.atproto.sync.
type syncCall struct {
	Method string         `json:"method"`
	Params map[string]any `json:"params"`
}

// askPeer returns what @atproto/api makes of the answers of a service: their values, and
// the names of errors.
func askPeer(t *testing.T, service string, calls ...syncCall) []any {
	t.Helper()
	return call[[]any](t, "sync", "ask", map[string]any{"service": service, "calls": calls})
}

// answers has @atproto/api ask the relay for accounts of the PDS, one that is there and
// one that is deleted, and for that of a host of ours. Of the one that is there it says
// the same as the PDS.
func (r relay) answers(p pds, h *host, there, gone syntax.DID) {
	t := r.t
	t.Helper()
	of := func(method string, did syntax.DID) syncCall { return syncCall{method, map[string]any{"did": did}} }
	status, latest := of("getRepoStatus", there), of("getLatestCommit", there)
	want := append(askPeer(t, p.url, status, latest),
		map[string]any{"did": string(gone), "active": false, "status": "deleted"}, "RepoNotFound", "RepoNotFound",
		map[string]any{string(there): nil, string(gone): "deleted", string(h.did): nil},
		map[string]any{string(there): nil, string(h.did): nil},
	)
	var got []any
	for range 20 { // what it says follows soon on the events
		got = askPeer(t, r.url, status, latest, of("getRepoStatus", gone), of("getLatestCommit", gone), of("getLatestCommit", "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"),
			syncCall{"listRepos", map[string]any{"limit": 100}}, syncCall{"listReposByCollection", map[string]any{"collection": notes}})
		for i, answer := range got {
			if listed, ok := mapOf(answer)["repos"].([]any); ok {
				got[i] = statuses(listed)
			}
		}
		if cmp.Equal(want, got) {
			return
		}
	}
	t.Errorf("(-want +got):\n%s", cmp.Diff(want, got))
}

// statuses returns the statuses of repositories by their DIDs.
func statuses(repos []any) map[string]any {
	all := map[string]any{}
	for _, one := range repos {
		r := mapOf(one)
		did, _ := r["did"].(string)
		all[did] = r["status"]
	}
	return all
}

func mapOf(answer any) map[string]any {
	m, _ := answer.(map[string]any)
	return m
}
