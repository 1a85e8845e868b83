package plc_test

import (
	"fmt"
	"time"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity/plc"
)

// A server has taken an account over, with a key that it was trusted with. The
// owner, who has a key of higher authority, undoes that in time.
func ExampleHistory_Undos() {
	owner, _ := crypto.ParsePrivateKeyHex(crypto.K256, "0000000000000000000000000000000000000000000000000000000000000001")
	server, _ := crypto.ParsePrivateKeyHex(crypto.K256, "0000000000000000000000000000000000000000000000000000000000000002")
	account := plc.State{
		RotationKeys: []string{owner.PublicKey().DIDKey(), server.PublicKey().DIDKey()},
		AlsoKnownAs:  []string{"at://alice.test"},
	}
	first := &plc.Update{State: account}
	if err := plc.Sign(first, server); err != nil {
		fmt.Println(err)
	}
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	var h plc.History
	if _, err := h.Apply(first, start); err != nil {
		fmt.Println(err)
	}

	stolen := account.Clone()
	stolen.RotationKeys = stolen.RotationKeys[1:]
	theft := &plc.Update{State: stolen, Prev: plc.CID(first)}
	if err := plc.Sign(theft, server); err != nil {
		fmt.Println(err)
	}
	if _, err := h.Apply(theft, start.Add(time.Hour)); err != nil {
		fmt.Println(err)
	}
	fmt.Println("keys after the theft:", len(h.State().RotationKeys))

	now := start.Add(48 * time.Hour)
	for _, undo := range h.Undos(now) {
		fmt.Println("operation", undo.Step, "can be undone until", undo.Until.Format(time.RFC3339))
		recovery := undo.Recovery(account)
		if err := plc.Sign(recovery, owner); err != nil {
			fmt.Println(err)
		}
		nullified, err := h.Apply(recovery, now)
		fmt.Println("undone:", nullified, err)
	}
	fmt.Println("keys after the recovery:", len(h.State().RotationKeys))
	// Output:
	// keys after the theft: 1
	// operation 1 can be undone until 2026-01-04T13:00:00Z
	// undone: [1] <nil>
	// keys after the recovery: 2
}
