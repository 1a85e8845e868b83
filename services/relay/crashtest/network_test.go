package crashtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/internal/eachstore"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/store/storetest"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
	"github.com/lexgen/lexgen/services/store/eventlog"
)

// Sizes of the network.
const (
	hostCount       = 4
	accountsPerHost = 50
)

// A network has hosts with two relays that follow them, and two consumers that follow
// the first relay. The second one of each is never killed: it shows what a process needs
// that lives long, while all around it die.
type network struct {
	t                *testing.T
	hosts            []*process
	relays           []*process
	consumers        []*process
	hostLogs         []*eventlog.DB
	relayDBs         []*sqlstore.DB
	seen             []*seen
	goal             int // commits of all hosts
	accounts         int // of a host
	directoryAddress string
}

// newNetwork makes a network. The names of the empty databases of relays come from
// database.
func newNetwork(t *testing.T, database func(i int) string) *network {
	t.Helper()
	n := &network{t: t, accounts: accountsPerHost}
	directory := httptest.NewServer(plc.New(plc.Options{Store: &storetest.Memory{}, Now: time.Now, After: time.After}))
	t.Cleanup(directory.Close)
	n.directoryAddress = directory.URL
	dir := t.TempDir()
	for i := range 2 {
		p := &part{Kind: "relay", Database: database(i), Listen: freeAddress(t), PLC: directory.URL}
		n.relays = append(n.relays, &process{t: t, name: fmt.Sprint("relay ", i), part: p})
		db, err := sqlstore.Open(t.Context(), p.Database)
		if err != nil {
			t.Fatal(err)
		}
		n.relayDBs = append(n.relayDBs, db)
	}
	for i := range 2 {
		p := &part{Kind: "consumer", Database: filepath.Join(dir, fmt.Sprintf("consumer%d.sqlite", i)), PLC: directory.URL, Relay: "http://" + n.relays[0].part.Listen}
		n.consumers = append(n.consumers, &process{t: t, name: fmt.Sprint("consumer ", i), part: p})
		s, err := openSeen(t.Context(), p.Database)
		if err != nil {
			t.Fatal(err)
		}
		n.seen = append(n.seen, s)
	}
	for i := range hostCount {
		n.addHost(filepath.Join(dir, fmt.Sprintf("host%d.sqlite", i)), i)
	}
	t.Cleanup(n.close)
	return n
}

func (n *network) addHost(database string, i int) {
	n.t.Helper()
	p := &part{Kind: "host", Database: database, Listen: freeAddress(n.t), Name: fmt.Sprint("host", i)}
	for _, r := range n.relays {
		p.Relays = append(p.Relays, "http://"+r.part.Listen)
	}
	client := &did.Client{URL: n.directoryAddress, HTTP: http.DefaultClient}
	for j := range n.accounts {
		op, err := firstOperation(nameOf(p.Name, j), "http://"+p.Listen)
		if err != nil {
			n.t.Fatal(err)
		}
		p.DIDs = append(p.DIDs, did.DID(op))
		if err := client.Submit(n.t.Context(), did.DID(op), op); err != nil {
			n.t.Fatal(err)
		}
	}
	db, err := eventlog.Open(n.t.Context(), database)
	if err != nil {
		n.t.Fatal(err)
	}
	n.hosts, n.hostLogs = append(n.hosts, &process{t: n.t, name: p.Name, part: p}), append(n.hostLogs, db)
}

// each runs a test with relays on each kind of database.
func each(t *testing.T, test func(t *testing.T, n *network)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		test(t, newNetwork(t, func(i int) string { return filepath.Join(dir, fmt.Sprintf("relay%d.sqlite", i)) }))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, newNetwork(t, func(int) string { return eachstore.PostgresSchema(t) }))
	})
}

// all are the processes.
func (n *network) all() []*process {
	return append(append(append([]*process{}, n.relays...), n.consumers...), n.hosts...)
}

func (n *network) start() {
	n.t.Helper()
	for _, p := range n.all() {
		p.start()
	}
}

// close ends what a test that has failed leaves behind.
func (n *network) close() {
	for _, p := range n.all() {
		if p.cmd != nil && p.cmd.ProcessState == nil {
			p.cmd.Process.Kill()
			p.cmd.Wait()
		}
	}
	for _, db := range n.relayDBs {
		db.Close()
	}
	for _, db := range n.hostLogs {
		db.Close()
	}
	for _, s := range n.seen {
		s.db.Close()
	}
}

// makes has the hosts make as many commits in all, rounded to what is the same for each
// account.
func (n *network) makes(commits int) {
	each := commits / (hostCount * n.accounts)
	n.goal = each * hostCount * n.accounts
	for _, h := range n.hosts {
		h.makes(each * n.accounts)
	}
}

// restart starts a process that was killed.
func (n *network) restart(p *process) {
	n.t.Helper()
	p.start()
	if p.part.Kind == "host" {
		p.makes(n.goal / hostCount)
	}
}

// latest is the last seq of a log.
func (n *network) latest(db *eventlog.DB) int {
	n.t.Helper()
	w, err := db.State(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	return int(w.Latest)
}

// made is how many commits the hosts have made.
func (n *network) made() (sum int) {
	n.t.Helper()
	for _, db := range n.hostLogs {
		sum += n.latest(db)
	}
	return sum
}

// followed reports whether each relay has stored where to go on with each host.
func (n *network) followed() bool {
	n.t.Helper()
	for _, db := range n.relayDBs {
		hosts, err := db.Hosts(n.t.Context(), "", hostCount)
		if err != nil {
			n.t.Fatal(err)
		}
		for i := range hosts {
			if hosts[i].Seq < 0 {
				return false
			}
		}
		if len(hosts) < hostCount {
			return false
		}
	}
	return true
}

// drained reports whether all is where it is to be.
func (n *network) drained() bool {
	n.t.Helper()
	if n.made() < n.goal {
		return false
	}
	for _, db := range n.relayDBs {
		hosts, err := db.Hosts(n.t.Context(), "", hostCount)
		if err != nil {
			n.t.Fatal(err)
		}
		for i := range hosts {
			if int(hosts[i].Seq) < n.goal/hostCount {
				return false
			}
		}
	}
	latest := n.latest(n.relayDBs[0].Events())
	return n.count(n.seen[0]) == latest && n.count(n.seen[1]) == latest
}

// stop kills all processes.
func (n *network) stop() {
	n.t.Helper()
	for _, p := range n.all() {
		p.kill()
	}
}

// A chain is what an account has committed: the revs and what stands for each event, in
// their order.
type chain struct {
	revs    []syntax.TID
	digests []digest
}
