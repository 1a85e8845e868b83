package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/internal/golden"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// TestDocumentsFromTheNetwork has each document of testdata/document served by the
// directory, and by a host of did:web, and prints the identity that is resolved.
func TestDocumentsFromTheNetwork_ID01_ID02_ID03_ID04_ID05_ID06_ID07(t *testing.T) {
	t.Parallel()
	const web syntax.DID = "did:web:carol.org"
	golden.Run(t, "testdata/document", func(t *testing.T, c *golden.Case) {
		t.Helper()
		n := newNetwork(t)
		n.set(func() {
			n.documents[string(alice)] = says(c.In["did.json"])
			n.hosts["carol.org"] = says(strings.ReplaceAll(c.In["did.json"], string(alice), string(web)))
		})
		r := n.newResolver(syntax.Production)
		resolved := map[syntax.DID]string{}
		for _, did := range []syntax.DID{alice, web} {
			i, err := r.ResolveDID(t.Context(), did)
			resolved[did] = identityText(i, err)
		}
		if diff := cmp.Diff(resolved[alice], strings.ReplaceAll(resolved[web], string(web), string(alice))); diff != "" {
			t.Errorf("did:web is read in another way (-did:plc +did:web):\n%s", diff)
		}
		c.Output("identity", resolved[alice])
	})
}

// TestAnAccountOnTheNetwork follows an account whose handle, key and server change,
// through a directory with its memory: what is said of it, how many requests that
// took, and what forces new ones.
func TestAnAccountOnTheNetwork_ID02_ID09_ID50_ID51_ID52_ID53(t *testing.T) {
	t.Parallel()
	n := newNetwork(t)
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	opts := n.options(syntax.Production)
	opts.Now = func() time.Time { return now }
	d := identity.NewDirectory(identity.NewResolver(opts), identity.CacheOptions{Now: func() time.Time { return now }})
	t.Cleanup(d.Close)
	text := documentOf(alice, "alice.org")
	serve := func() { n.documents[string(alice)] = says(text) }
	n.set(func() { serve(); n.records["_atproto.alice.org"] = []string{"did=" + string(alice)} })
	look := func() string {
		i, err := d.LookupDID(t.Context(), alice)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprintf("%s %s %d", i.Handle, i.PDS, n.count(string(alice)))
	}
	var got []string
	say := func(what string) { got = append(got, what+": "+look()) }

	say("at first")
	say("remembered")
	n.set(func() { text = strings.ReplaceAll(text, "pds.example.org", "new.example.org"); serve() })
	say("the server has changed")
	now = now.Add(time.Minute)
	if _, err := d.Refresh(t.Context(), alice); err != nil { // as after a signature that fails
		t.Fatal(err)
	}
	say("refreshed")
	n.set(func() {
		text = strings.ReplaceAll(text, `"at://alice.org"`, `"https://x.org","at://alice.net","at://alice.org"`)
		serve()
	})
	d.Purge(syntax.AtIdentifier(alice))
	say("a handle that leads nowhere is first")
	n.set(func() { n.hosts["alice.net"] = says(string(alice) + "\n") })
	d.Purge(syntax.AtIdentifier(alice))
	say("it leads here over HTTPS")
	n.set(func() { n.records["_atproto.alice.net"] = []string{"did=" + string(bob)} })
	d.Purge(syntax.AtIdentifier(alice))
	say("and over the DNS elsewhere")
	n.set(func() {
		n.records["_atproto.alice.net"] = []string{"did=" + string(alice), "did=" + string(alice), "v=spf1"}
	})
	d.Purge(syntax.AtIdentifier(alice))
	say("and here again")
	n.set(func() { n.documents[string(alice)] = fails(410) })
	d.Purge(syntax.AtIdentifier(alice))
	say("the account has ended")
	want := []string{
		"at first: alice.org https://pds.example.org 1",
		"remembered: alice.org https://pds.example.org 1",
		"the server has changed: alice.org https://pds.example.org 1",
		"refreshed: alice.org https://new.example.org 2",
		"a handle that leads nowhere is first: handle.invalid https://new.example.org 3",
		"it leads here over HTTPS: alice.net https://new.example.org 4",
		"and over the DNS elsewhere: handle.invalid https://new.example.org 5",
		"and here again: alice.net https://new.example.org 6",
		"the account has ended: identity: " + string(alice) + ": there is no such DID, or no longer: the directory answers 410: Gone",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
