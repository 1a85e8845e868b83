// Package sync follows the events of servers, and believes nothing of them that it
// has not verified.
//
// A Verifier holds each event of com.atproto.sync.subscribeRepos against the
// account's identity, its repository's proofs and what is known of the account, as
// the specification of synchronization lists it (SN-30 to SN-39), and says what to do
// with it.
package sync
