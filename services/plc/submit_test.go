package plc_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

const racers = 100

// crowd lets the readers of a log wait for each other, so that all of them decide
// on the same state.
type crowd struct {
	store.Store

	t       *testing.T
	arrived *sync.WaitGroup
}

func (c crowd) Recent(ctx context.Context, did syntax.DID, limit int) ([]store.Record, error) {
	records, err := c.Store.Recent(ctx, did, limit)
	c.arrived.Done()
	plctest.Await(c.t, "the crowd", c.arrived.Wait)
	return records, err
}

// lost is what those are told who follow on an operation on which another one
// follows already: while that is taken, in the same millisecond, and afterwards. The
// reference has these words up to the colon, and these statuses.
var lost = []string{
	"409 Proposed prev does not match the most recent operation: another one was taken meanwhile (ID-33)",
	"400 Operations not correctly ordered: its time 2026-01-01T12:01:00.000Z is not after that of the operation before, 2026-01-01T12:01:00.000Z (ID-33);" +
		" another operation on this prev was taken first (ID-33)",
	"400 Invalid signature on op: it would undo operation 1, which rotation key 1 has signed, and is not signed by one before that (ID-31);" +
		" another operation on this prev was taken first (ID-33)",
}

// race submits operations that all follow on the same one, and returns the number
// of answers by status.
func race(t *testing.T, s store.Store, around func(store.Store) store.Store) map[int]int {
	t.Helper()
	clock := plctest.NewClock()
	state := plctest.State(t, "alice.test", "a,b")
	first := plctest.Update(t, state, nil, "a")
	id := did.DID(first)
	_, client := serve(t, s, clock, nil)
	if err := client.Submit(t.Context(), id, first); err != nil {
		t.Fatal(err)
	}
	clock.Add(time.Minute)
	_, client = serve(t, around(s), clock, nil)
	client.HTTP = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: racers}}
	defer client.HTTP.CloseIdleConnections()
	var racing sync.WaitGroup
	errs := make([]error, racers)
	for i := range racers {
		state.AlsoKnownAs = []string{fmt.Sprintf("at://alice-%d.test", i)}
		op := plctest.Update(t, state, first, "b")
		racing.Go(func() { errs[i] = client.Submit(t.Context(), id, op) })
	}
	plctest.Await(t, "the race", racing.Wait)
	statuses := map[int]int{}
	for _, err := range errs {
		var refused *did.DirectoryError
		switch {
		case err == nil:
			statuses[http.StatusOK]++
		case errors.As(err, &refused) && refused.Message != "":
			statuses[refused.Status]++
			if told := fmt.Sprint(refused.Status, " ", refused.Message); !slices.Contains(lost, told) {
				t.Errorf("who has lost is told %s", told)
			}
		default:
			t.Error(err)
		}
	}
	log, err := s.Log(t.Context(), id)
	if err != nil || len(log) != 2 {
		t.Errorf("the log has %d operations, error %v", len(log), err)
	}
	return statuses
}

// TestOneOfManyWins_ID33 lets all of them read the log before the first is taken.
func TestOneOfManyWins_ID33(t *testing.T) {
	t.Parallel()
	eachstore.Run(t, func(t *testing.T, open func(testing.TB) store.Store) {
		var arrived sync.WaitGroup
		arrived.Add(racers)
		got := race(t, open(t), func(s store.Store) store.Store { return crowd{s, t, &arrived} })
		if diff := cmp.Diff(map[int]int{http.StatusOK: 1, http.StatusConflict: racers - 1}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOneOfManyWinsWhateverTheirOrder_ID31_ID33 does not: who comes after the
// winner is one who would undo it and may not.
func TestOneOfManyWinsWhateverTheirOrder_ID31_ID33(t *testing.T) {
	t.Parallel()
	eachstore.Run(t, func(t *testing.T, open func(testing.TB) store.Store) {
		got := race(t, open(t), func(s store.Store) store.Store { return s })
		if got[http.StatusOK] != 1 || got[http.StatusConflict]+got[http.StatusBadRequest] != racers-1 {
			t.Error(got)
		}
	})
}

// TestWhoComesLaterIsToldWhy_ID31_ID33 submits what follows on an operation on which
// another one followed a minute ago: by a key that might have been first, and by a
// stranger.
func TestWhoComesLaterIsToldWhy_ID31_ID33(t *testing.T) {
	t.Parallel()
	clock := plctest.NewClock()
	server := plc.New(plc.Options{Store: &storetest.Memory{}, Now: clock.Now, After: time.After})
	state := plctest.State(t, "alice.test", "a,b")
	first := plctest.Update(t, state, nil, "a")
	for _, op := range []did.Operation{first, plctest.Update(t, state, first, "b")} {
		if status, message := post(server, did.DID(first), op); status != http.StatusOK {
			t.Fatal(message)
		}
		clock.Add(time.Minute)
	}
	for signer, wanted := range map[string]bool{"b": true, "c": false} {
		status, message := post(server, did.DID(first), plctest.Update(t, plctest.State(t, "late.test", "a"), first, signer))
		told := strings.Contains(message, "another operation on this prev was taken first (ID-33)")
		if status != http.StatusBadRequest || !strings.HasPrefix(message, `{"message":"Invalid signature on op: it would undo operation 1`) || told != wanted {
			t.Errorf("%s: %d %s", signer, status, message)
		}
	}
}

// TestRandomHistories submits operations, many of which may not be taken, and
// holds each answer against a history that is kept beside.
func TestRandomHistories_ID30_ID31_ID32_ID33_ID39(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		clock := plctest.NewClock()
		memory := &storetest.Memory{}
		server := plc.New(plc.Options{Store: memory, Now: clock.Now, After: time.After})
		names := []string{"a", "pb", "c", "d"}
		var h did.History
		for range rapid.IntRange(1, 9).Draw(r, "operations") {
			clock.Add(time.Duration(rapid.SampledFrom([]int64{1, 3600, 86400, 71 * 3600, 72 * 3600}).Draw(r, "seconds")) * time.Second)
			op := randomOperation(t, r, &h, names)
			id := h.DID
			if len(h.Steps) == 0 {
				id = did.DID(op)
			}
			_, refused := h.Clone().Apply(op, clock.Now())
			status, message := post(server, id, op)
			if (refused == nil) != (status == http.StatusOK) {
				r.Fatalf("the directory answers %d %s, and the history %v", status, message, refused)
			}
			if refused == nil {
				if _, err := h.Apply(op, clock.Now()); err != nil {
					r.Fatal(err)
				}
			}
		}
		if len(h.Steps) == 0 {
			return
		}
		log, err := did.ParseLog([]byte(get(server, "/"+string(h.DID)+"/log/audit")))
		if err != nil {
			r.Fatal(err)
		}
		verified, err := log.Verify(h.DID)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(h.Steps, verified.Steps); diff != "" {
			r.Fatal(diff)
		}
	})
}

// randomOperation returns one that follows on any step, or on none.
func randomOperation(t *testing.T, r *rapid.T, h *did.History, names []string) did.Operation {
	t.Helper()
	keys := strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 3).Draw(r, "keys"), ",")
	signer := rapid.SampledFrom(names).Draw(r, "signer")
	var prev did.Operation
	if len(h.Steps) > 0 {
		// The last one more often, or most of them would be refused.
		i := min(rapid.IntRange(0, 2*len(h.Steps)).Draw(r, "prev"), len(h.Steps)-1)
		prev = h.Steps[i].Operation
	}
	if prev != nil && rapid.IntRange(0, 5).Draw(r, "tombstone") == 0 {
		op := &did.Tombstone{Prev: did.CID(prev)}
		plctest.Sign(t, op, signer)
		return op
	}
	return plctest.Update(t, plctest.State(t, "alice.test", keys), prev, signer)
}

// post submits an operation without a network.
func post(h http.Handler, id syntax.DID, op did.Operation) (status int, message string) {
	text, err := did.MarshalOperation(op)
	if err != nil {
		return 0, err.Error()
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+string(id), strings.NewReader(string(text)))) //nolint:noctx // nothing waits
	return w.Code, w.Body.String()
}

func get(h http.Handler, path string) string {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)) //nolint:noctx // nothing waits
	return w.Body.String()
}

// FuzzSubmit sends bodies: no answer is a fault of the server, and what is taken
// can be read again and verifies.
func FuzzSubmit(f *testing.F) {
	state := plctest.State(f, "alice.test", "a,pb")
	first := plctest.Update(f, state, nil, "a")
	tombstone := &did.Tombstone{Prev: did.CID(first)}
	plctest.Sign(f, tombstone, "pb")
	for _, op := range []did.Operation{first, plctest.Update(f, state, first, "pb"), tombstone} {
		text, err := did.MarshalOperation(op)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"type":"create","signingKey":"","recoveryKey":"","handle":"","service":"","prev":null,"sig":""}`))
	f.Add([]byte(`[[[[[{}]]]]]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		clock := plctest.NewClock()
		memory := &storetest.Memory{}
		server := plc.New(plc.Options{Store: memory, Now: clock.Now, After: time.After})
		if status, message := post(server, did.DID(first), first); status != http.StatusOK {
			t.Fatal(message)
		}
		clock.Add(time.Hour)
		id := did.DID(first)
		if op, err := did.ParseOperation(body); err == nil && !op.Previous().Defined() {
			id = did.DID(op)
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+string(id), strings.NewReader(string(body)))) //nolint:noctx // nothing waits
		if w.Code != http.StatusOK && (w.Code < 400 || w.Code >= 500) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w.Code != http.StatusOK {
			return
		}
		log, err := did.ParseLog([]byte(get(server, "/"+string(id)+"/log/audit")))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := log.Verify(id); err != nil {
			t.Fatal(err)
		}
	})
}

// broken is a store that cannot be reached.
type broken struct{ store.Store }

var errBroken = errors.New("secret detail")

func (broken) Log(context.Context, syntax.DID) ([]store.Record, error) { return nil, errBroken }

func (broken) Head(context.Context) (int64, error) { return 0, errBroken }

func TestFaultsOfTheStoreAreNotTold_ID34_ID35(t *testing.T) {
	t.Parallel()
	server := plc.New(plc.Options{Store: broken{&storetest.Memory{}}, Now: plctest.NewClock().Now, After: time.After, Version: "1"})
	for path, want := range map[string]string{
		"/_health":                              `503 {"version":"1","error":"Service Unavailable"}`,
		"/livez":                                `200 ok`,
		"/readyz":                               `503 {"message":"the store cannot be reached"}`,
		"/did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/log": `500 {"message":"Internal Server Error"}`,
	} {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil)) //nolint:noctx // nothing waits
		if got := fmt.Sprint(w.Code, " ", w.Body); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	clock := plctest.NewClock()
	server := plc.New(plc.Options{Store: &storetest.Memory{}, Now: clock.Now, After: time.After})
	first := plctest.Update(t, plctest.State(t, "alice.test", "a"), nil, "a")
	for range 2 {
		post(server, did.DID(first), first)
	}
	text := get(server, "/metrics")
	for _, line := range []string{
		`plc_operations_taken_total 1`,
		`plc_requests_total{endpoint="POST /{did}",status="200"} 1`,
		`plc_requests_total{endpoint="POST /{did}",status="400"} 1`,
		`plc_streams 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no line %s", line)
		}
	}
}
