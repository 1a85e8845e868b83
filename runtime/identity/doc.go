// Package identity leads from the name of an account to what others need of it:
// the DID, the handle, the key that signs its repository, and its servers.
//
// [ParseDocument] reads a DID document into an [Identity]. Nothing in it is
// trusted further than that its DID says it: the handle is a claim until the
// handle itself leads back to the DID (ID-53).
//
// A [Resolver] asks the DNS, the servers of handles and of did:web, and a directory
// of did:plc, through a client that connects to public addresses only. A [Directory]
// puts a memory in front of it, and holds handles and DIDs against each other.
//
// Package plc has the operations that documents of did:plc are made of.
package identity
