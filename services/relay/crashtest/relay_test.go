package crashtest

import (
	"fmt"
	"os"

	"github.com/lexgen/lexgen/services/internal/atpd"
)

// relay is the real daemon, with limits that do not matter here.
func (p *part) relay() error {
	status := atpd.Main([]string{
		"relay", "--database", p.Database, "--listen", p.Listen, "--plc", p.PLC, "--allow-http", "--allow-private", "--log-level", "warn",
		"--admin-token", "the token of the operator", "--accounts-per-host", "1000000", "--hosts-per-address", "1000", "--look-ups-per-minute", "1000000",
		"--events-per-second", "1000000", "--events-per-hour", "1000000", "--events-per-day", "1000000",
	}, os.Stdout, os.Stderr)
	if status != 0 {
		return fmt.Errorf("status %d", status)
	}
	return nil
}
