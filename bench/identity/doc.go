// Package identity compares looking up identities that are remembered with the
// directory of indigo, and verifying audit logs of did:plc with the signatures in
// them. Making a comparison proves first that both come to the same answers and
// verdicts.
package identity
