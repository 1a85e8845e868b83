// Package xrpc compares calls and event streams, both sides of each on the
// loopback interface: what a request or a frame costs client and server together.
package xrpc
