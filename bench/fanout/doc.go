// Package fanout compares ways to send the same frames to many sockets, and to keep
// events.
package fanout
