// Package pipeline compares generating Go from all official lexicons, and
// compiling what was generated, with indigo's generator and its packages. The
// cost is the user time of the child processes.
package pipeline
