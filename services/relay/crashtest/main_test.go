// Package crashtest kills the processes of a small network again and again while it is
// under load, and holds what each of them has kept against what the others have.
//
// The test binary is all of these processes: it runs itself, with the part that it is to
// play in its environment. Each part is in a file of its own.
package crashtest

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"testing"

	"github.com/lexgen/lexgen/runtime/syntax"
)

var (
	commits = flag.Int("commits", 3000, "how many commits the hosts make; at 200000 what memory the processes need is asserted")
	kills   = flag.Int("kills", 6, "how many times to kill a process")
	seed    = flag.Uint64("seed", 1, "decides which process is killed when")
)

// size is how many commits and kills there are.
func size() (commitCount, killCount int) {
	if testing.Short() {
		return min(*commits, 800), min(*kills, 3)
	}
	return *commits, *kills
}

// partVariable has the part of a process, as JSON.
const partVariable = "CRASHTEST_PART"

// A part is what a process of the test is to be.
type part struct {
	Kind     string // host, relay or consumer
	Database string
	Listen   string // of a host or relay
	PLC      string
	// Relay is what a consumer follows, and Relays are those that a host has follow it.
	Relay  string
	Relays []string
	// Name is that from which a host makes the keys of its accounts.
	Name string
	DIDs []syntax.DID
}

// TestMain plays a part, or runs the tests.
func TestMain(m *testing.M) {
	text, ok := os.LookupEnv(partVariable)
	if !ok {
		os.Exit(m.Run())
	}
	var p part
	err := json.Unmarshal([]byte(text), &p)
	if err == nil {
		err = p.play()
	}
	if err == nil {
		os.Exit(0)
	}
	fmt.Fprintln(os.Stderr, p.Kind, "has ended:", err)
	os.Exit(1)
}

// play runs until the process is killed or asked to end, or something is wrong.
func (p *part) play() error {
	goal := make(chan int)
	go orders(goal)
	if err := serveUsage(); err != nil {
		return err
	}
	switch p.Kind {
	case "host":
		return p.host(goal)
	case "relay":
		return p.relay()
	case "consumer":
		return p.consumer()
	}
	return fmt.Errorf("%q is no part", p.Kind)
}

// orders reads from the test how many commits a host is to have made. When the test is
// gone, so is the process.
func orders(goal chan<- int) {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			break
		}
		goal <- n
	}
	os.Exit(1)
}
