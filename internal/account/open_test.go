package account_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// kept is an account with a session in a file.
func kept(t *testing.T) (*lexicontest.Account, cli.Login) {
	t.Helper()
	a := lexicontest.New(t).Account(alice)
	login := cli.Login{DID: alice, Password: lexicontest.Password, File: filepath.Join(t.TempDir(), "session.json")}
	if err := open(t, a.URL, login); err != nil {
		t.Fatal(err)
	}
	return a, login
}

func open(t *testing.T, url string, login cli.Login) error {
	t.Helper()
	account, err := account.Accounts{}.Open(t.Context(), xrpc.NewClient(url), login)
	if err == nil && account == nil {
		t.Error("neither an account nor an error")
	}
	return err
}

// at has a server do something before it answers to a method.
func at(a *lexicontest.Account, method string, do func(w http.ResponseWriter, r *http.Request) (isAnswer bool)) {
	a.Intercept(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "."+method) || !do(w, r) {
				next.ServeHTTP(w, r)
			}
		})
	})
}

// TestSessionsGoOn has a session that the server knows, one that it has ended, and a server
// that does not answer: a password is sent where nothing else helps.
func TestSessionsGoOn_XR20(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before   func(a *lexicontest.Account)
		password string
		made     int   // sessions, with those that were ended
		want     error // nil for none
	}{
		"known":                     {func(*lexicontest.Account) {}, lexicontest.Password, 1, nil},
		"known, without a password": {func(*lexicontest.Account) {}, "", 1, nil},
		"to be renewed":             {func(a *lexicontest.Account) { a.Expire(false) }, "", 3, nil},
		"ended":                     {func(a *lexicontest.Account) { a.Expire(true) }, lexicontest.Password, 3, nil},
		"ended, and no password":    {func(a *lexicontest.Account) { a.Expire(true) }, "", 2, atclient.ErrSessionEnded},
		"no answer": {func(a *lexicontest.Account) {
			at(a, "getSession", func(w http.ResponseWriter, _ *http.Request) bool {
				http.Error(w, `{"error":"InvalidRequest"}`, http.StatusBadRequest)
				return true
			})
		}, lexicontest.Password, 1, xrpc.ErrInvalidRequest},
	} {
		a, login := kept(t)
		before, err := os.ReadFile(login.File)
		if err != nil {
			t.Fatal(err)
		}
		c.before(a)
		login.Password = c.password
		if err := open(t, a.URL, login); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		if got := a.SignedIn(); got != c.made {
			t.Errorf("%s: %d sessions were made, want %d", name, got, c.made)
		}
		after, err := os.ReadFile(login.File)
		if isNew := c.made == 3; err != nil || isNew != (string(before) != string(after)) {
			t.Errorf("%s: the session in the file is a new one: %t, %v", name, !isNew, err)
		}
	}
}

// TestSessionIsForOneAccount has the session of one account for another one on the same
// server.
func TestSessionIsForOneAccount_XR20(t *testing.T) {
	t.Parallel()
	a, login := kept(t)
	before, _ := a.Requests()
	login.DID = "did:plc:bobbbbbbbbbbbbbbbbbbbbbb"
	if err := open(t, a.URL, login); err == nil || !strings.Contains(err.Error(), "has the session of "+alice) {
		t.Errorf("for somebody else: %v", err)
	}
	if after, _ := a.Requests(); after != before {
		t.Error("the server was asked")
	}
}

// TestNobodySignsInWithoutAPassword asks no server for what it must refuse.
func TestNobodySignsInWithoutAPassword(t *testing.T) {
	t.Parallel()
	a := lexicontest.New(t).Account(alice)
	err := open(t, a.URL, cli.Login{DID: alice, File: filepath.Join(t.TempDir(), "session.json")})
	if all, _ := a.Requests(); all != 0 || err == nil || !strings.Contains(err.Error(), "neither a password nor a session") {
		t.Errorf("asked %d times, %v", all, err)
	}
}

// TestCodesAreSentIfThereIsOne reads what who signs in sends.
func TestCodesAreSentIfThereIsOne(t *testing.T) {
	t.Parallel()
	for factor, want := range map[string]string{
		"":            `{"password":"` + lexicontest.Password + `","identifier":"` + alice + `"}`,
		"ABCDE-23456": `{"password":"` + lexicontest.Password + `","identifier":"` + alice + `","authFactorToken":"ABCDE-23456"}`,
	} {
		var sent []byte
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent, _ = io.ReadAll(r.Body) }))
		t.Cleanup(server.Close)
		_ = open(t, server.URL, cli.Login{DID: alice, Password: lexicontest.Password, Factor: factor})
		if string(sent) != want {
			t.Errorf("with the code %q: sent %s", factor, sent)
		}
	}
}

// TestStrangersAreNotSignedIn has a server sign somebody else in: that is refused, and
// nothing of it is kept.
func TestStrangersAreNotSignedIn_XR20(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"did":"did:plc:bobbbbbbbbbbbbbbbbbbbbbb","handle":"bob.test","accessJwt":"access-1","refreshJwt":"refresh-1"}`)
	}))
	t.Cleanup(server.Close)
	login := cli.Login{DID: alice, Password: lexicontest.Password, File: filepath.Join(t.TempDir(), "session.json")}
	if err := open(t, server.URL, login); err == nil || !strings.Contains(err.Error(), "instead of "+alice) {
		t.Errorf("somebody else is signed in: %v", err)
	}
	if _, err := os.Stat(login.File); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the session is kept: %v", err)
	}
}
