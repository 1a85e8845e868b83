// Package plc has the operations of did:plc, and what follows from a log of them.
//
// An [Operation] is an [Update], which says all that a DID stands for from then
// on, a [Tombstone], which ends it, or a [Create], the first operation of the
// oldest DIDs. Each but the first names the one before it, and is signed by a
// rotation key of the state that this one left. [Sign] signs, [CID] names, and
// [DID] derives the identifier from the first operation.
//
// A [Log] is what a directory keeps of a DID, undone operations included.
// [Log.Verify] replays it and trusts nothing in it but the times: it gives a
// [History], or says which operation breaks which rule. A directory, which has
// to decide about one more operation, asks [History.Apply]. A key of higher
// authority may undo what one of lower authority has done for [RecoveryWindow]:
// [History.Undos] lists what can still be undone, by whom and until when.
//
// All errors are of type [Error]. Operations, logs and histories are values that
// may be read by any number of goroutines, as long as none changes them.
package plc
