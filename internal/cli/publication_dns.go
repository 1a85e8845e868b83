package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const checkDNSLong = `Say which TXT records the DNS needs, so that the lexicons of the project are looked
for in an account's repository, and which of them are there.

The record of an NSID without its name, such as com.example.feed, stands at
_lexicon.feed.example.com, and its value is did=DID, once. Records above or below do
not count. What is missing is printed to standard output as lines of a zone file.
The DNS of this machine may remember an older answer for a while.

The account is that of --account, of ` + accountVariable + `, or of the session in the
file of --session.`

const checkDNSExample = `  lexgen check-dns --account alice.example.com
  lexgen check-dns 'com.example.*' --account did:plc:ewvi7nxzyoun6zhxrhs64oiz`

// The exit statuses of check-dns as help prints them.
const (
	exitRecords   = "  0    all records are there, once"
	exitNoRecords = "  1    a record is missing, wrong or double, the DNS does not answer, errors in lexicons"
)

func (p *program) checkDNSCommand() *cobra.Command {
	d := &dnsCheck{publication: newPublication(&generation{program: p})}
	c := &cobra.Command{
		Use:         "check-dns [PATTERN...]",
		Short:       "Say which records of the DNS publishing needs",
		Long:        checkDNSLong,
		Example:     checkDNSExample,
		Annotations: exits(exitRecords, exitNoRecords, exitUsage, exitUnwritable, exitStopped),
		Args:        cobra.ArbitraryArgs,
		RunE:        func(c *cobra.Command, args []string) error { return d.run(c, args) },
	}
	c.Flags().SortFlags = false
	d.defineAccount(c)
	d.defineLexicons(c)
	d.defineNames(c)
	d.format.define(c)
	return c
}

// dnsCheck is one run of check-dns.
type dnsCheck struct {
	*publication
	accountFlags
}

// recordState says what is wrong with a record.
type recordState string

const (
	recordFine       recordState = "there"
	recordMissing    recordState = "missing"
	recordWrong      recordState = "wrong"
	recordDouble     recordState = "double"
	recordUnanswered recordState = "no answer"
)

// checkedRecord is what the DNS has for a domain.
type checkedRecord struct {
	*domain

	state  recordState
	found  []string // values with did=
	reason string   // of no answer
}

func (d *dnsCheck) run(c *cobra.Command, args []string) error {
	if err := d.check(args); err != nil {
		return err
	}
	local, err := d.local(c)
	if err != nil {
		return err
	}
	if len(d.unmatched) > 0 {
		return misuse("%s names no lexicon of the project", d.unmatched[0])
	}
	if len(local) == 0 {
		return &exitError{statusProblem, errNoLexicon}
	}
	defer d.open()()
	did, err := d.wanted(c.Context())
	if err != nil {
		return err
	}
	var list []checkedRecord
	for _, domain := range domainsOf(local) {
		list = append(list, d.look(c.Context(), domain, did))
		if err := c.Context().Err(); err != nil {
			return err
		}
	}
	return d.report(list, did)
}

// wanted returns the account that the records are to lead to.
func (d *dnsCheck) wanted(ctx context.Context) (syntax.DID, error) {
	id, err := d.account(d.publication)
	if err != nil {
		return "", err
	}
	if did, ok := id.DID(); ok {
		return did, nil
	}
	handle, _ := id.Handle()
	did, err := d.names.ResolveHandle(ctx, handle)
	if err != nil {
		return "", (&resolution{network: d.net}).failed(ctx, id, err)
	}
	return did, nil
}

// look asks the DNS for the record of a domain (LE-06, LE-08).
func (d *dnsCheck) look(ctx context.Context, domain *domain, did syntax.DID) checkedRecord {
	r := checkedRecord{domain: domain, state: recordMissing}
	ctx, cancel := context.WithTimeout(ctx, d.net.timeout)
	defer cancel()
	values, err := d.net.nameServer().LookupTXT(ctx, domain.record()+".")
	if failed, ok := errors.AsType[*net.DNSError](err); ok && failed.IsNotFound {
		return r
	}
	if err != nil {
		r.state, r.reason = recordUnanswered, err.Error()
		return r
	}
	for _, value := range values {
		if strings.HasPrefix(value, "did=") {
			r.found = append(r.found, value)
		}
	}
	slices.Sort(r.found)
	switch {
	case len(r.found) == 0:
	case len(r.found) > 1:
		r.state = recordDouble
	case r.found[0] != "did="+string(did):
		r.state = recordWrong
	default:
		r.state = recordFine
	}
	return r
}

// recordWidth is how wide the state of a record is printed.
const recordWidth = len(recordUnanswered)

// maxShownRecords is how many values of one name are shown.
const maxShownRecords = 5

// report prints what was found, and the records that are to be made.
func (d *dnsCheck) report(list []checkedRecord, did syntax.DID) error {
	if d.format.isJSON() {
		if err := d.printJSON(recordsJSON(list, did)); err != nil {
			return err
		}
	}
	bad := 0
	for _, r := range list {
		tellf(d.stderr, "%s", strings.Join(r.lines("did="+string(did)), "\n  "))
		if r.state == recordFine {
			continue
		}
		bad++
		if !d.format.isJSON() && r.state != recordUnanswered && !slices.Contains(r.found, "did="+string(did)) {
			if err := d.print(fmt.Sprintf("%s. IN TXT \"did=%s\"\n", r.record(), did)); err != nil {
				return err
			}
		}
	}
	if bad > 0 {
		return &exitError{statusProblem, fmt.Errorf("%d of %s not as needed", bad, count(len(list), "record is", "records are"))}
	}
	tellf(d.stderr, "%s to %s", count(len(list), "record leads", "records lead"), did)
	return nil
}

// lines says what was found, in one line or several.
func (r checkedRecord) lines(want string) []string {
	lines := []string{fmt.Sprintf("%-*s  %s  for %s", recordWidth, r.state, r.record(), r.contents())}
	if r.reason != "" {
		lines = append(lines, r.reason)
	}
	for i, value := range r.found[:min(len(r.found), maxShownRecords)] {
		switch shown := visible.Clipped(value, maxDescription); {
		case i > 0 && value == r.found[i-1]:
			lines = append(lines, fmt.Sprintf("it has %s more than once, and there may be one alone", shown))
		case r.state == recordWrong:
			lines = append(lines, fmt.Sprintf("it has %s instead", shown))
		case r.state == recordDouble && value != want:
			lines = append(lines, fmt.Sprintf("it has %s, too, and there may be one alone", shown))
		}
	}
	return lines
}

// dnsRecordJSON is the form of a record for programs.
type dnsRecordJSON struct {
	Name   string      `json:"name"`
	Type   string      `json:"type"`
	Value  string      `json:"value"` // that is needed
	State  recordState `json:"status"`
	Found  []string    `json:"found"` // values with did=
	Reason string      `json:"reason,omitempty"`
}

func recordsJSON(list []checkedRecord, did syntax.DID) []dnsRecordJSON {
	records := make([]dnsRecordJSON, 0, len(list))
	for _, r := range list {
		records = append(records, dnsRecordJSON{r.record(), "TXT", "did=" + string(did), r.state, append([]string{}, r.found...), r.reason})
	}
	return records
}
