// Package sqlite keeps repositories in a SQLite file: one file for all
// repositories of a service, and a [blockstore.Store] for each.
//
//	db, err := sqlite.Open(ctx, "pds.sqlite", sqlite.Options{})
//	if err != nil {
//		return err
//	}
//	defer db.Close()
//	store := db.Repo(did)
//
// What a transaction has committed is on the disk (write-ahead log, full
// synchronisation): after a crash of the process or the machine the file holds
// the old commit or the new one.
//
// SQLite has one writer. From Begin to Commit a transaction of one repository
// keeps those of all others waiting, so that slow work, such as asking the
// network, belongs in front of it. Reads never wait and never block. Several
// processes may use the file.
package sqlite
