package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const repoVerifyLong = `Check a repository against every rule: the hash of each block, the commit, each
node of the tree, path and name of each record, that all blocks are there, and
that each record is canonical DAG-CBOR, has its collection as $type and is not too
long. With the DID document of the account, its DID and the signature are checked,
too.

Every violation is printed, with the block or record and the rule by its ID.`

func (p *program) repoVerifyCommand() *cobra.Command {
	document := ""
	c := &cobra.Command{
		Use:         "verify FILE.car",
		Short:       "Check a repository against every rule",
		Long:        repoVerifyLong,
		Example:     "  lexgen repo verify alice.car --did-doc alice.json",
		Annotations: exits(exitDone, exitUnsound, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return p.repoVerify(c.Context(), args[0], document) },
	}
	c.Flags().StringVar(&document, "did-doc", "", "the DID document of the account in a `FILE`, as JSON")
	return c
}

func (p *program) repoVerify(ctx context.Context, name, document string) error {
	v := &repoVerification{program: p}
	opts := repo.VerifyOptions{Signatures: repo.SkipSignature, Record: v.record, Violation: v.violation}
	var id repo.Identity
	if document != "" {
		p.waitFor(document)
		var err error
		if id, err = readIdentity(document); err != nil {
			return problemWith(document, err)
		}
		opts.Signatures = repo.CheckSignature
	}
	contents, err := p.readRepo(ctx, name, id, opts)
	if v.unwritable != nil {
		return v.unwritable
	}
	if v.count > 0 {
		return &exitError{statusProblem, fmt.Errorf("%s: %s", name, count(v.count, "violation", "violations"))}
	}
	if err != nil {
		return err
	}
	signature := "the signature is that of " + string(contents.Commit.DID)
	if document == "" {
		signature = "the signature was not checked: --did-doc names the key"
	}
	tellf(p.stderr, "%s: %s, no violations; %s", name, count(contents.Records, "record", "records"), signature)
	return nil
}

// repoVerification prints the violations of one repository.
type repoVerification struct {
	*program

	count      int
	unwritable error
}

func (v *repoVerification) violation(e *repo.Error) {
	v.count++
	if err := v.line(strings.TrimPrefix(inOwnWords(e).Error(), "repo: ")); err != nil {
		v.unwritable = err
	}
}

// record checks what a repository may not care about, and readers do (DM-01,
// DM-08, DM-24, LX-22, SN-05).
func (v *repoVerification) record(r repo.Record) error {
	for _, reason := range []string{tooLong(r), wrongWith(r)} {
		if reason != "" {
			v.violation(&repo.Error{Block: r.CID, Path: r.Path, Reason: reason, Err: repo.ErrRecord})
		}
	}
	return v.unwritable
}

// tooLong says that no message has room for a record, if that is so.
func tooLong(r repo.Record) string {
	if len(r.Data) <= repo.MaxRecord {
		return ""
	}
	return fmt.Sprintf("%d bytes, more than %d (SN-05)", len(r.Data), repo.MaxRecord)
}

// wrongWith says which rule a record breaks, if it does.
func wrongWith(r repo.Record) string {
	var value any
	if err := lex.DecodeCBORAlias(r.Data, &value); err != nil {
		return fmt.Sprintf("%v (DM-08)", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return errNoObject.Error() + " (DM-01)"
	}
	if err := checkType(object, r.Path); err != nil {
		return err.Error()
	}
	return ""
}

// maxDocument is the size of the largest DID document that is read, in bytes.
const maxDocument = 1 << 20

// readIdentity returns the account and its signing key from a DID document, which
// has no member twice: readers differ in which of the two they take.
func readIdentity(name string) (repo.Identity, error) {
	text, err := readUpTo(name, maxDocument)
	if err != nil {
		return repo.Identity{}, errors.New(reasonOf(err))
	}
	var members map[string]any
	if err := lex.DecodeJSON(text, &members); err != nil {
		return repo.Identity{}, fmt.Errorf("no DID document: %w", err)
	}
	id, _ := members["id"].(string)
	did, err := syntax.ParseDID(id)
	if err != nil {
		return repo.Identity{}, fmt.Errorf("no DID document: id: %w", err)
	}
	document, err := identity.ParseDocument(did, text)
	if err != nil {
		return repo.Identity{}, err
	}
	if document.SigningKey == nil {
		return repo.Identity{}, errors.New("the DID document has no verification method #atproto with controller, type and publicKeyMultibase (ID-03)")
	}
	return repo.Identity{DID: did, Key: document.SigningKey}, nil
}
