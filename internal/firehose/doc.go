// Package firehose follows the events of a server for the command line. It stands apart
// from package cli because it needs generated code.
package firehose
