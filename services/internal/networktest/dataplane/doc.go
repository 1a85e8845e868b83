// Package dataplane is the data plane between servers, made of its real parts, as a
// system that package networktest tries: a relay with its fan-out, and an indexer that
// follows the relay. Both are killed and started again while they are at work. What they
// have stored is kept, and what they have not is lost.
package dataplane
