// Package sync holds the events of real servers against package runtime/sync.
package sync
