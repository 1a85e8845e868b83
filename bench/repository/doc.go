// Package repository compares repositories with those of indigo: trees, CAR
// files and signatures. Making a comparison proves first that both come to the
// same roots, changes and verdicts. Its tests hold repositories against indigo
// over random histories, and against frames of the firehose.
package repository
