package account_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lexicon"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

func lexiconOf(t *testing.T, nsid, description string) cli.Published {
	t.Helper()
	text := fmt.Sprintf(`{"$type":"com.atproto.lexicon.schema","lexicon":1,"id":%q,"description":%q,"defs":{}}`, nsid, description)
	data, err := lexicon.Encode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return cli.Published{NSID: syntax.NSID(nsid), CID: cid.Sum(cid.DagCBOR, data), JSON: []byte(text)}
}

// TestWritesDoNotOverwriteOthers writes what is there as it was, and refuses the rest.
func TestWritesDoNotOverwriteOthers_LE05(t *testing.T) {
	t.Parallel()
	a := lexicontest.New(t).Account(alice)
	server := xrpc.NewClient(a.URL)
	open, err := account.Accounts{}.Open(t.Context(), server, cli.Login{DID: alice, Password: lexicontest.Password})
	if err != nil {
		t.Fatal(err)
	}
	first, second := lexiconOf(t, "com.example.a", "first"), lexiconOf(t, "com.example.a", "second")
	var none cid.CID
	const changed = xrpc.ErrorName("InvalidSwap")
	for i, step := range []struct {
		lexicon cli.Published
		was     cid.CID
		want    error
	}{
		{first, second.CID, changed}, // it is not there
		{first, none, nil},
		{second, none, changed}, // it is there
		{second, second.CID, changed},
		{second, first.CID, nil},
	} {
		got, err := open.Put(t.Context(), step.lexicon, step.was)
		if !errors.Is(err, step.want) || err == nil && got != step.lexicon.CID {
			t.Errorf("step %d: %v, %v, want %v", i, got, err, step.want)
		}
	}
	list, _, err := account.Accounts{}.Published(t.Context(), server, alice)
	if err != nil || len(list) != 1 || list[0].CID != second.CID {
		t.Errorf("published are %v, %v", list, err)
	}
	var fields map[string]any
	if err := json.Unmarshal(list[0].JSON, &fields); err != nil || fields["description"] != "second" {
		t.Errorf("the text is %s, %v", list[0].JSON, err)
	}
	if err := open.Delete(t.Context(), "com.example.a", first.CID); !errors.Is(err, changed) {
		t.Errorf("removing what is not there any more: %v", err)
	}
	if err := open.Delete(t.Context(), "com.example.a", second.CID); err != nil {
		t.Error(err)
	}
}

// TestListsArePagedAndOrdered has more lexicons than a page, in the order of NSIDs.
func TestListsArePagedAndOrdered_LE05(t *testing.T) {
	t.Parallel()
	a := lexicontest.New(t).Account(alice)
	var texts []string
	for i := range 25 {
		texts = append(texts, fmt.Sprintf(`{"lexicon":1,"id":"com.example.n%02d","defs":{}}`, i))
	}
	a.Publish(texts...)
	list, _, err := account.Accounts{}.Published(t.Context(), xrpc.NewClient(a.URL), alice)
	if err != nil || len(list) != len(texts) {
		t.Fatalf("%d lexicons, %v", len(list), err)
	}
	for i, p := range list {
		if want := fmt.Sprintf("com.example.n%02d", i); string(p.NSID) != want {
			t.Errorf("number %d is %s, want %s", i, p.NSID, want)
		}
	}
	_, _, err = account.Accounts{}.Published(t.Context(), xrpc.NewClient(a.URL), "did:plc:bobbbbbbbbbbbbbbbbbbbbbb")
	if err == nil || !strings.Contains(err.Error(), "Could not find repo") {
		t.Errorf("of somebody else: %v", err)
	}
}
