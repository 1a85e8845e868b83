package plc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// directory answers by path and query, and counts requests.
type directory struct {
	answers  map[string]string
	requests []string
}

func (d *directory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	d.requests = append(d.requests, strings.TrimSpace(fmt.Sprint(r.Method, " ", r.URL, " ", string(body))))
	answer, ok := d.answers[r.URL.String()]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		answer = `{"message":"DID not registered: x"}`
	}
	io.WriteString(w, answer)
}

func asked(t *testing.T, answers map[string]string) (*plc.Client, *directory) {
	t.Helper()
	d := &directory{answers: answers}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	return &plc.Client{URL: server.URL + "/", HTTP: server.Client()}, d
}

func TestWhatADirectorySaysStaysInItsLine(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]string{
		"":                                      "the directory answers 404: Not Found",
		"DID not registered":                    "the directory answers 404: DID not registered",
		"no\nlexgen: 3 published\x1b[31m\u202e": `the directory answers 404: "no\nlexgen: 3 published\x1b[31m\u202e"`,
	} {
		if got := (&plc.DirectoryError{Status: http.StatusNotFound, Message: message}).Error(); got != want {
			t.Errorf("%q: %s", message, got)
		}
	}
}

func TestClientReadsWhatDirectoriesSay_ID34(t *testing.T) {
	t.Parallel()
	op := &plc.Tombstone{Sig: "x"}
	text, err := plc.MarshalOperation(op)
	if err != nil {
		t.Fatal(err)
	}
	state := plc.State{
		RotationKeys: []string{"a"}, VerificationMethods: map[string]string{"k": "v"}, AlsoKnownAs: []string{"at://x"},
		Services: map[string]plc.Service{"s": {Type: "t", Endpoint: "e"}},
	}
	data, err := plc.MarshalData(someDID, &state)
	if err != nil {
		t.Fatal(err)
	}
	client, d := asked(t, map[string]string{
		"/" + someDID: "the document", "/" + someDID + "/data": string(data), "/" + someDID + "/log": "[" + string(text) + "," + string(text) + "]",
		"/" + someDID + "/log/audit": "[]", "/" + someDID + "/log/last": string(text),
	})
	ctx := t.Context()
	document, err := client.Resolve(ctx, someDID)
	if err != nil || string(document) != "the document" {
		t.Errorf("%s, error %v", document, err)
	}
	got, err := client.Data(ctx, someDID)
	if diff := cmp.Diff(&state, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	ops, err := client.Log(ctx, someDID)
	if diff := cmp.Diff([]plc.Operation{op, op}, ops); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if log, err := client.AuditLog(ctx, someDID); len(log) != 0 || err != nil {
		t.Error(log, err)
	}
	last, err := client.Last(ctx, someDID)
	if diff := cmp.Diff(plc.Operation(op), last); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if err := client.Submit(ctx, someDID, op); err != nil {
		t.Error(err)
	}
	if got, want := d.requests[len(d.requests)-1], "POST /"+someDID+` {"prev":null,"sig":"x","type":"plc_tombstone"}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestClientTellsWhatIsWrong_ID35(t *testing.T) {
	t.Parallel()
	const (
		large     = syntax.DID("did:plc:large")
		tombstone = `{"type":"plc_tombstone","prev":null,"sig":"x"}`
	)
	client, _ := asked(t, map[string]string{
		"/" + someDID + "/data": `{"did":"did:plc:other"}`, "/" + someDID + "/log": `[{}]`, "/" + someDID + "/log/last": `{`,
		"/did:plc:large": strings.Repeat("x", 256<<10+1), "/did:plc:large/log": "[" + strings.Repeat(tombstone+",", plc.MaxLog) + tombstone + "]",
		"/did:plc:whole/log": "[" + strings.Repeat(tombstone+",", plc.MaxLog-1) + tombstone + "]",
	})
	ctx := t.Context()
	_, err := client.Resolve(ctx, "did:plc:nobody")
	var refused *plc.DirectoryError
	if !errors.As(err, &refused) || refused.Status != http.StatusNotFound || refused.Message != "DID not registered: x" || !strings.Contains(err.Error(), "did:plc:nobody") {
		t.Error(err)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	for name, c := range map[string]struct {
		err  error
		kind error
	}{
		"data of another": {second(client.Data(ctx, someDID)), plc.ErrIdentity},
		"log":             {second(client.Log(ctx, someDID)), plc.ErrMalformed},
		"last":            {second(client.Last(ctx, someDID)), plc.ErrMalformed},
		"large document":  {second(client.Resolve(ctx, large)), guard.ErrTooLarge},
		"large log":       {second(client.Log(ctx, large)), plc.ErrLimit},
		"as large as can": {second(client.Log(ctx, "did:plc:whole")), nil},
		"canceled":        {second(client.Resolve(canceled, someDID)), context.Canceled},
	} {
		if !errors.Is(c.err, c.kind) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	if _, err := (&plc.Client{}).Resolve(ctx, someDID); err == nil || !strings.Contains(err.Error(), plc.PublicDirectory) {
		t.Error(err)
	}
}

// TestARedirectIsNoSubmission has a directory that sends submissions elsewhere, as
// one that moved might: a client that followed would ask with GET, and take the
// answer for success.
func TestARedirectIsNoSubmission_ID35(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			http.Redirect(w, r, "/moved"+r.URL.Path, http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	client := &plc.Client{URL: server.URL, HTTP: server.Client()}
	err := client.Submit(t.Context(), someDID, &plc.Tombstone{Sig: "x"})
	var refused *plc.DirectoryError
	if !errors.As(err, &refused) || refused.Status != http.StatusFound {
		t.Errorf("got %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// line returns an exported operation.
func line(t *testing.T, seq int64) string {
	t.Helper()
	op := &plc.Tombstone{Sig: fmt.Sprint(seq)}
	text, err := plc.Sequenced{Entry: plc.Entry{DID: someDID, Operation: op, CID: plc.CID(op), CreatedAt: noon}, Seq: seq}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExportHasPages_ID37 has lines that are wrong in every way between those that
// are not; counted is how often the directory is asked.
func TestExportHasPages_ID37(t *testing.T) {
	t.Parallel()
	var page []string
	for seq := range int64(1000) {
		page = append(page, line(t, 11+seq))
	}
	wrong := []string{
		line(t, 1011), "no JSON", line(t, 1012), `{"type":"other","seq":1013}`, line(t, 1014), line(t, 1014), strings.Repeat("x", plc.MaxLine+1),
		strings.ReplaceAll(line(t, 1016), "plc_tombstone", "plc_other"), line(t, 0), line(t, 1<<53), line(t, 1017),
	}
	client, d := asked(t, map[string]string{
		"/export?count=1000&after=10":   strings.Join(page, "\n"),
		"/export?count=1000&after=1010": strings.Join(wrong, "\n") + "\n",
		"/export?count=1000&after=1017": "",
	})
	var seqs []int64
	faults := 0
	for l, err := range client.Export(t.Context(), 10) {
		var about *plc.Error
		switch {
		case err == nil:
			seqs = append(seqs, l.Seq)
		case errors.As(err, &about) && len(l.Text) > 0:
			faults++
		default:
			t.Fatal(err)
		}
	}
	if len(seqs) != 1004 || seqs[0] != 11 || seqs[1003] != 1017 || faults != 7 || len(d.requests) != 3 {
		t.Errorf("%d operations, the last %d; %d faults; %d requests", len(seqs), seqs[len(seqs)-1], faults, len(d.requests))
	}
	for range client.Export(t.Context(), 10) {
		break // and nothing more is asked for
	}
	if len(d.requests) != 4 {
		t.Errorf("%d requests", len(d.requests))
	}
	var last error
	for _, err := range client.Export(t.Context(), 77) {
		last = err
	}
	if _, ok := errors.AsType[*plc.DirectoryError](last); !ok {
		t.Error(last)
	}
}
