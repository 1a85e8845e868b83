// Package auth makes and verifies service tokens: signed statements by which a
// server calls another service in the name of an account, or one service another
// (XR-40 to XR-45). They are JWTs, signed with the account's key, for one service and
// one method, and good for a minute or so.
package auth
