// Package sync holds the verification of events, and what others make of our events,
// against indigo, and events of real servers against package runtime/sync.
package sync
