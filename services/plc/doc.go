// Package plc is a directory of did:plc, compatible with the reference: it takes
// operations, keeps all of them for good, and answers what a DID stands for.
//
//	server := plc.New(plc.Options{Store: db, Now: time.Now, After: time.After})
//	go server.Run(ctx)                    // feeds /export/stream
//	http.Serve(listener, server)
//
// The parts are packages below: store keeps the operations, ledger decides about
// them, mirror follows another directory, backup writes files and reads them.
//
// A [Server] holds nothing that is not in its store, so that several may stand
// before one database.
package plc
