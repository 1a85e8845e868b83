// Package e2e has tests with software that others have written: it reads what
// we write, and we read what it writes.
//
// The software is that of npm which the folder node pins. make e2e installs it
// there, compiles the database of the PDS, and runs the tests; without it they are skipped, or fail if
// LEXGEN_REQUIRE lists "e2e". What is tested with is random: each test logs its
// seed, and -seed repeats it.
package e2e
