package blockstoretest

import (
	"testing"

	"github.com/lexgen/lexgen/runtime/repo/blockstore"
)

// Subject is a store to be tested, empty at first.
type Subject struct {
	Store blockstore.Store
	// Reopen ends the use of Store, of which no transaction is open, and
	// returns a store with what Store has kept. Nil stands for a store that
	// keeps nothing.
	Reopen func(t testing.TB) blockstore.Store
}

// Run tests the stores that open makes, one for each test. The tests run side
// by side.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t, open(t))
		})
	}
}

// cases are the claims of package blockstore.
var cases = []struct {
	name  string
	check func(t *testing.T, s Subject)
}{
	{"an empty store has neither head nor blocks", empty},
	{"Commit shows all changes and no step before", commitShows},
	{"Rollback drops all changes", rollbackDrops},
	{"a block is there as long as it is referenced", counted},
	{"Delete does not mind what is missing", deleteMissing},
	{"Put and Delete take effect in their order", inOrder},
	{"Since yields the latest commit and what is newer", sinceRev},
	{"the rev of a block is that of its arrival", revOfArrival},
	{"Since shows one state", sinceOneState},
	{"Since names a missing commit", sinceWithoutCommit},
	{"the codec tells blocks apart", codecs},
	{"blocks are empty, large or many", sizes},
	{"Put keeps no memory of its caller", memoryOfCaller},
	{"the head moves from what it is", headMoves},
	{"a head that is another one is not moved", headMoved},
	{"an error is final", errorsAreFinal},
	{"a block needs a CID", needsCID},
	{"an ended transaction does nothing", ended},
	{"a context that is done ends every call", contextEnds},
	{"a transaction outlives the context of Begin", outlivesBegin},
	{"Begin waits for the transaction before", beginWaits},
	{"readers and writers run side by side", sideBySide},
	{"what was committed is there after reopening", reopened},
	{"programs do what the model does", programs},
}
