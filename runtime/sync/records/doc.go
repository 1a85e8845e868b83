// Package records keeps an application's view of the records of many accounts in step
// with the network.
//
// A Syncer follows the events of a server or relay, which it verifies, and fetches the
// repositories of accounts that are new, or of which something was missed. What it finds
// in a repository it holds against the paths and CIDs that it has stored, so that the
// application is told what has changed and nothing else. An account is desynchronized,
// and its events are dropped, until a fetch begins; in progress, and its events are
// queued, until that ends; and then synchronized, and its events are applied (SN-43).
//
//	syncer, err := records.Open(ctx, records.Options{Upstream: relay, Store: store, ...})
//	go syncer.Run(ctx)
//	for d, err := range syncer.Events(ctx, types) {
//		if err != nil {
//			return err
//		}
//		index(d.Event, d.Value)
//		d.Ack()
//	}
//
// Events are kept until they are acknowledged, by a Go program, a Webhook or a client of
// a Channel. Each comes at least once. Those of one account come one after another, in
// the order in which things happened to its records; those of different accounts side by
// side.
package records
