// Package sarif prints diagnostics as a SARIF 2.1.0 log, which code scanners
// and editors read. It stands beside package diag so that whoever only parses
// lexicons does not link a SARIF library.
package sarif
