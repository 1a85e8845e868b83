package identity

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/atcrypto"

	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// operations is how many the log has. Few accounts have more.
const operations = 5

// verifyLog reads and verifies an audit log, as a directory serves it. No peer in Go
// that can be had as a module does: beside it stands the part that nobody can save,
// parsing the key of each operation and verifying its signature, with indigo.
func verifyLog() (report.Comparison, error) {
	did, log, err := newLog()
	if err != nil {
		return report.Comparison{}, err
	}
	text, err := json.Marshal(log)
	if err != nil {
		return report.Comparison{}, fmt.Errorf("%s: %w", ours, err)
	}
	own := func(int) error { return verified(did, text) }
	their := func(int) error { return signed(log) }
	if err := errors.Join(own(0), their(0)); err != nil {
		return report.Comparison{}, fmt.Errorf("a log is refused: %w", err)
	}
	altered := strings.Replace(string(text), "pds3", "pds4", 1)
	other, err := plc.ParseLog([]byte(altered))
	if err != nil {
		return report.Comparison{}, fmt.Errorf("%s: %w", ours, err)
	}
	if verified(did, []byte(altered)) == nil || signed(other) == nil {
		return report.Comparison{}, errors.New("an altered log is accepted")
	}
	return compare(fmt.Sprintf("verify an audit log of %d operations", operations), signatures, own, their), nil
}

// verified reads and verifies a log.
func verified(did syntax.DID, text []byte) error {
	log, err := plc.ParseLog(text)
	if err != nil {
		return err
	}
	_, err = log.Verify(did)
	return err
}

// signed verifies signatures with the first rotation key of each operation.
func signed(log plc.Log) error {
	for i, entry := range log {
		update, ok := entry.Operation.(*plc.Update)
		if !ok {
			return fmt.Errorf("operation %d is no update", i)
		}
		key, err := atcrypto.ParsePublicDIDKey(update.RotationKeys[0])
		if err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		sig, err := base64.RawURLEncoding.DecodeString(update.Sig)
		if err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
		if err := key.HashAndVerify(plc.SignedBytes(update), sig); err != nil {
			return fmt.Errorf("operation %d: %w", i, err)
		}
	}
	return nil
}

// newLog returns the log of an account that moves from server to server.
func newLog() (syntax.DID, plc.Log, error) {
	key, err := crypto.ParsePrivateKeyHex(crypto.K256, strings.Repeat("1", 64))
	if err != nil {
		return "", nil, err
	}
	did := key.PublicKey().DIDKey()
	var history plc.History
	var log plc.Log
	for i := range operations {
		op := &plc.Update{State: plc.State{
			RotationKeys: []string{did}, VerificationMethods: map[string]string{identity.FragmentKey: did}, AlsoKnownAs: []string{"at://account.example.com"},
			Services: map[string]plc.Service{identity.FragmentPDS: {Type: identity.TypePDS, Endpoint: fmt.Sprintf("https://pds%d.example.com", i)}},
		}}
		if i > 0 {
			op.Prev = log[i-1].CID
		}
		if err := plc.Sign(op, key); err != nil {
			return "", nil, err
		}
		at := time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC)
		if _, err := history.Apply(op, at); err != nil {
			return "", nil, err
		}
		log = append(log, plc.Entry{DID: history.DID, Operation: op, CID: plc.CID(op), CreatedAt: at})
	}
	return history.DID, log, nil
}
