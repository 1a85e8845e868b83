// Package networktest is a small AT Protocol network in memory: a directory of DIDs,
// hosts with accounts and real repositories, and connections between them that are
// slow, stall and are cut. It is made for bubbles of testing/synctest, where time
// passes at once, and all chance in it comes from one seed, so that a run can be
// repeated.
//
// Clients and servers are those of runtime/xrpc, events come out of a [sync.Log], and
// identities are looked up with the cache of runtime/identity. What is not real is the
// network below them and the clock.
//
// A [World] is all of it. A [Misbehaviour] is what a host does wrong with one event, on
// demand. [Simulate] has a world live through a schedule, and holds what a [System]
// believes at the end against what its hosts have.
package networktest
