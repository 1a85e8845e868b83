package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// Variables of the environment that say who publishes.
const (
	accountVariable  = "LEXGEN_ACCOUNT"
	passwordVariable = "LEXGEN_PASSWORD"
	factorVariable   = "LEXGEN_AUTH_FACTOR" // a code that came by mail
)

// signInHelp says in the help of commands where credentials come from.
const signInHelp = `The account is that of --account, a handle or DID, or of ` + accountVariable + `. The password
is that of ` + passwordVariable + `, and an app password suffices; it is sent to the server
that the DID document of the account names, or to that of --service, and to no
other. With --session the session is kept in a file, which only its owner may have
access to, so that later runs need no password.`

// accountFlags say which account is meant.
type accountFlags struct {
	name, file string
}

func (f *accountFlags) defineAccount(c *cobra.Command) {
	c.Flags().StringVar(&f.name, "account", "", "the account, by `HANDLE` or DID, instead of that in "+accountVariable)
	c.Flags().StringVar(&f.file, "session", "", "keep the session of the account in `FILE`")
}

// account returns the account that the flags, the environment or a session name.
func (f *accountFlags) account(p *publication) (syntax.AtIdentifier, error) {
	text := f.name
	if text == "" {
		text = strings.TrimSpace(p.world.getenv(accountVariable))
	}
	if text == "" && f.file != "" {
		did, err := p.accounts.Stored(f.file)
		if err != nil {
			return "", &exitError{statusProblem, err}
		}
		text = string(did)
	}
	if text == "" {
		return "", misuse("which account? --account names it, or %s, by its handle or DID", accountVariable)
	}
	id, err := syntax.ParseAtIdentifier(strings.TrimPrefix(text, "@"))
	if err != nil {
		return "", misuse("the account: %w", err)
	}
	return id, nil
}

// signIn opens the repository of an account.
func (f *accountFlags) signIn(ctx context.Context, p *publication, at repository) (Account, error) {
	password := strings.TrimRight(p.world.getenv(passwordVariable), "\r\n") // of a file that it came from
	line := newProgress(p.world, p.stderr)
	defer line.stop()
	line.step("signing in as " + string(at.did))
	account, err := p.accounts.Open(ctx, at.server, Login{
		DID: at.did, Password: password, Factor: strings.TrimSpace(p.world.getenv(factorVariable)), File: f.file,
	})
	if err == nil {
		return account, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return nil, &exitError{statusProblem, fmt.Errorf("sign in as %s: %w%s", at, plainly(err), signInAdvice(err, password))}
}

// errSlow is the error for a server that takes its time.
var errSlow = errors.New("no whole answer came within the time of --timeout")

// plainly leaves out of an error which package it comes from, and who noticed that a
// server is slow.
func plainly(err error) error {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return errSlow
	}
	return errors.New(strings.NewReplacer("xrpc: ", "", "atclient: ", "", "lex: ", "").Replace(err.Error()))
}

// signInAdvice says what to do about a refusal (OA-57).
func signInAdvice(err error, password string) string {
	e, ok := errors.AsType[*xrpc.Error](err)
	switch {
	case password == "" && (!ok || e.Status == 401 || e.Name == xrpc.ErrExpiredToken || e.Name == xrpc.ErrInvalidToken):
		return "\n" + passwordVariable + " has the password, and an app password suffices"
	case !ok:
		return ""
	case e.Name == "AuthFactorTokenRequired":
		return "\nthe account asks for a code, which was sent by mail: use an app password, which needs none, or give the code as " + factorVariable
	case e.Name == "AccountTakedown":
		return "\nthe server has taken the account down: ask whoever runs it"
	case e.Name == "AccountDeactivated":
		return "\nthe account is deactivated: activate it first"
	case e.Status == 401:
		return "\nthe server does not take " + passwordVariable + " for this account: make an app password in its settings, and mind that one can be revoked"
	}
	return waitingAdvice(e)
}

// waitingAdvice says when to try again.
func waitingAdvice(e *xrpc.Error) string {
	var lines []string
	if e.RetryAfter > 0 {
		lines = append(lines, fmt.Sprintf("the server asks to wait %v", e.RetryAfter))
	}
	if l := e.RateLimit; l != nil && l.Remaining == 0 && !l.Reset.IsZero() {
		lines = append(lines, fmt.Sprintf("none of %d calls is left until %s", l.Limit, syntax.DatetimeOf(l.Reset)))
	}
	if len(lines) == 0 {
		return ""
	}
	return "\n" + strings.Join(lines, "\n")
}
