package lexicontest

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// A Script changes a network by commands, which a script of a test has.
type Script struct {
	*Network

	accounts map[string]*Account          // by DID
	saved    map[string]map[string][]byte // proofs, by DID and NSID
}

// NewScript returns a script for a network without accounts.
func NewScript(n *Network) *Script {
	return &Script{Network: n, accounts: map[string]*Account{}, saved: map[string]map[string][]byte{}}
}

// Run runs a command. read returns the text of a file.
//
//	publish DID FILE...      an account publishes lexicons, and is their authority
//	unpublish DID NSID...    and deletes them
//	txt NAME [TEXT...]       the TXT records of a name
//	save DID NSID...         keeps the proofs of schemas, or that there are none
//	rollback DID             the server serves what was kept, until it is up
//	rekey DID                another key signs from now on than the document has
//	down DID                 the server answers with errors
//	up DID                   and no longer
func (s *Script) Run(words []string, read func(file string) string) error {
	if len(words) < 2 {
		return errors.New("no command for a network")
	}
	name, about, rest := words[0], words[1], words[2:]
	switch name {
	case "publish":
		var texts []string
		for _, file := range rest {
			texts = append(texts, read(file))
		}
		s.account(about).Publish(texts...)
	case "unpublish":
		for _, nsid := range rest {
			s.account(about).Unpublish(syntax.NSID(nsid))
		}
	case "txt":
		s.Set(about, rest...)
	case "save":
		s.saved[about] = map[string][]byte{}
		for _, nsid := range rest {
			s.saved[about][nsid] = s.account(about).Proof(syntax.NSID(nsid))
		}
	case "rollback":
		saved := s.saved[about]
		s.account(about).Intercept(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", repo.ExportMediaType)
				_, _ = w.Write(saved[r.URL.Query().Get("rkey")])
			})
		})
	case "rekey":
		s.account(about).SetKey(s.Key())
	case "down":
		s.account(about).Intercept(func(http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusInternalServerError) })
		})
	case "up":
		s.account(about).Intercept(nil)
	default:
		return fmt.Errorf("a network cannot %q", name)
	}
	return nil
}

func (s *Script) account(did string) *Account {
	if s.accounts[did] == nil {
		s.accounts[did] = s.Account(syntax.DID(did))
	}
	return s.accounts[did]
}
