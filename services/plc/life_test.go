package plc_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/identity"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/plctest"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
)

// TestALifeIsResolved submits the operations of an account to a directory on loopback,
// and resolves the account over the network after each: by the document that the
// directory serves, and by the log alone, which must lead to the same.
func TestALifeIsResolved_ID20_ID21_ID22_ID24_ID25_ID30_ID31_ID32_ID34_ID35_ID36_ID39_ID40_ID42(t *testing.T) {
	t.Parallel()
	clock := plctest.NewClock()
	_, client := serve(t, &storetest.Memory{}, clock, nil)
	resolvers := map[string]*identity.Resolver{}
	for name, trust := range map[string]identity.Trust{"documents": identity.TrustDocuments, "logs": identity.TrustLogs} {
		resolvers[name] = identity.NewResolver(identity.ResolverOptions{
			Directory: client.URL, DirectoryClient: client.HTTP, Environment: syntax.Development, Trust: trust, Now: clock.Now,
		})
	}
	first := plctest.Update(t, plctest.State(t, "alice.test", "top,pds"), nil, "pds")
	account := did.DID(first)
	var got []string
	submit := func(op did.Operation) {
		clock.Add(time.Hour)
		said := "taken"
		if err := client.Submit(t.Context(), account, op); err != nil {
			said = "refused"
		}
		var answers []string
		for _, by := range []string{"documents", "logs"} {
			i, err := resolvers[by].ResolveDID(t.Context(), account)
			if err != nil {
				answers = append(answers, "nobody")
				continue
			}
			answers = append(answers, fmt.Sprintf("%s %s %t", i.Handle, i.PDS, bytes.Equal(i.SigningKey.Bytes(), plctest.Key(t, "signing").PublicKey().Bytes())))
		}
		if answers[0] != answers[1] {
			t.Errorf("%d: %q by its document, and %q by its log", len(got), answers[0], answers[1])
		}
		got = append(got, said+": "+answers[0])
	}
	moved := plctest.State(t, "alice.test", "top,pds")
	moved.Services["atproto_pds"] = did.Service{Type: "AtprotoPersonalDataServer", Endpoint: "https://new.test"}
	second := plctest.Update(t, moved, first, "pds")
	stolen := plctest.State(t, "evil.test", "evil")
	stolen.VerificationMethods["atproto"] = plctest.Keys(t, "evil")[0]
	hostile := plctest.Update(t, stolen, second, "pds")
	after := plctest.Update(t, stolen, hostile, "evil")
	recovery := plctest.Update(t, moved, second, "top")
	end := &did.Tombstone{Prev: did.CID(recovery)}
	plctest.Sign(t, end, "top")
	forged := plctest.Update(t, stolen, recovery, "evil")
	for _, op := range []did.Operation{first, second, hostile, after, recovery, after, forged, end, plctest.Update(t, moved, end, "top")} {
		submit(op)
	}
	want := []string{
		"taken: alice.test https://pds.test true", "taken: alice.test https://new.test true",
		"taken: evil.test https://pds.test false", "taken: evil.test https://pds.test false",
		"taken: alice.test https://new.test true", "refused: alice.test https://new.test true", "refused: alice.test https://new.test true",
		"taken: nobody", "refused: nobody",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	log, err := client.AuditLog(t.Context(), account)
	if err != nil || len(log) != 6 || !log[2].Nullified || !log[3].Nullified {
		t.Errorf("%d operations, %v", len(log), err)
	}
}
