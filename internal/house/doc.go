// Package house holds this project's rules about itself, as tests. A rule that
// a machine can check is not left to memory: each stands in a file of its own,
// named after what it guards, and says what to do when it fails.
//
//   - imports_test.go: which folder may import which, and who may use which module
//   - bootstrap_test.go: the generator never needs what it generates
//   - weight_test.go: how many foreign modules a user takes on
//   - docs_test.go: every exported name and every package is documented
//   - output_test.go: libraries neither print, nor log, nor exit
//   - panic_test.go: the runtime does not panic
//   - seams_test.go: time, name resolution and dialing come from outside
//   - goroutine_test.go, init_test.go: concurrency and start-up work are rare and known
//   - generated_test.go: the header of generated files
//   - corpora_test.go: fuzz targets have seeds
//   - paths_test.go, links_test.go: what must not, and what must, be found from the files
//   - requirements_test.go: testdata/requirements.tsv is complete and true
//
// A rule about Go source is a value of type rule. It carries a piece of source
// that breaks it, so that a rule that has stopped to work fails, and a list of
// allowances with reasons, of which one that excuses nothing fails too. Rules
// about folders that do not exist yet begin to apply when the folder appears.
package house
