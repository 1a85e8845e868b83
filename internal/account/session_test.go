package account_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/account"
	"github.com/lexgen/lexgen/internal/cli"
	"github.com/lexgen/lexgen/internal/lexicontest"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

const alice = "did:plc:aliceaaaaaaaaaaaaaaaaaaa"

func TestSessionIsKeptForItsOwner_XR20(t *testing.T) {
	t.Parallel()
	a := lexicontest.New(t).Account(alice)
	file := filepath.Join(t.TempDir(), "session.json")
	if did, err := (account.Accounts{}).Stored(file); did != "" || err != nil {
		t.Errorf("without a file: %s, %v", did, err)
	}
	login := cli.Login{DID: alice, Password: lexicontest.Password, File: file}
	for range 2 { // the second time from the file
		if _, err := (account.Accounts{}).Open(t.Context(), xrpc.NewClient(a.URL), login); err != nil {
			t.Fatal(err)
		}
		login.Password = ""
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the session has the mode %v", info.Mode())
	}
	if did, err := (account.Accounts{}).Stored(file); did != alice || err != nil {
		t.Errorf("stored: %s, %v", did, err)
	}
	if n := a.SignedIn(); n != 1 {
		t.Errorf("signed in %d times", n)
	}
}

func TestSessionIsForOneServer_XR20(t *testing.T) {
	t.Parallel()
	n := lexicontest.New(t)
	a, other := n.Account(alice), n.Account("did:plc:bobbbbbbbbbbbbbbbbbbbbbb")
	login := cli.Login{DID: alice, Password: lexicontest.Password, File: filepath.Join(t.TempDir(), "session.json")}
	if _, err := (account.Accounts{}).Open(t.Context(), xrpc.NewClient(a.URL), login); err != nil {
		t.Fatal(err)
	}
	_, err := account.Accounts{}.Open(t.Context(), xrpc.NewClient(other.URL), login)
	if err == nil || !strings.Contains(err.Error(), "name another file") {
		t.Errorf("with another server: %v", err)
	}
	if n := other.SignedIn(); n != 0 {
		t.Errorf("the other server has signed in %d times", n)
	}
	// A server that signs somebody else in is refused, and nothing of it is kept.
	login = cli.Login{DID: "did:plc:someoneaaaaaaaaaaaaaaaaa", Password: lexicontest.Password, File: filepath.Join(t.TempDir(), "session.json")}
	if _, err := (account.Accounts{}).Open(t.Context(), xrpc.NewClient(a.URL), login); err == nil {
		t.Error("another account is signed in")
	}
	if _, err := os.Stat(login.File); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its session is kept: %v", err)
	}
}

func TestFilesThatAreNoSessions(t *testing.T) {
	t.Parallel()
	good := `{"service":"https://pds.example.com","did":"` + alice + `","handle":"alice.test","accessJwt":"secret-a","refreshJwt":"secret-r"}`
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"good":           {good, 0o600, ""},
		"others read":    {good, 0o640, "others have access"},
		"others write":   {good, 0o602, "others have access"},
		"no JSON":        {"secret-a", 0o600, "no session of lexgen"},
		"nothing":        {"", 0o600, "no session of lexgen"},
		"no tokens":      {`{"did":"` + alice + `"}`, 0o600, "no session of lexgen"},
		"too much space": {good + strings.Repeat(" ", 100_000), 0o600, "no session of lexgen"},
		"no renewal":     {`{"did":"` + alice + `","accessJwt":"secret-a"}`, 0o600, "no session of lexgen"},
		"no account":     {`{"did":"secret-d","accessJwt":"secret-a","refreshJwt":"secret-r"}`, 0o600, "no session of lexgen"},
		"much too large": {strings.Repeat(" ", 100_000) + good, 0o600, "no session of lexgen"},
	} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		file := filepath.Join(t.TempDir(), "session.json")
		if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		_, err := account.Accounts{}.Stored(file)
		text := fmt.Sprint(err)
		if c.want == "" && err != nil || !strings.Contains(text, c.want) || strings.Contains(text, "secret-a") {
			t.Errorf("%s: %s", name, text)
		}
	}
	if _, err := (account.Accounts{}).Stored(t.TempDir()); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestLoginIsNotPrinted(t *testing.T) {
	t.Parallel()
	login := cli.Login{DID: alice, Password: lexicontest.Password, Factor: "ABCDE-23456"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if text := fmt.Sprintf(verb, login); text != alice {
			t.Errorf("%s prints %q", verb, text)
		}
	}
}

// TestSessionIsWrittenAsAWhole has a folder come in the way while somebody signs in, or goes
// on: that is told, and no part of the session is left.
func TestSessionIsWrittenAsAWhole(t *testing.T) {
	t.Parallel()
	for _, method := range []string{"createSession", "refreshSession"} {
		a := lexicontest.New(t).Account(alice)
		login := cli.Login{DID: alice, Password: lexicontest.Password, File: filepath.Join(t.TempDir(), "session.json")}
		if method == "refreshSession" {
			if err := open(t, a.URL, login); err != nil {
				t.Fatal(err)
			}
			a.Expire(false)
		}
		at(a, method, func(http.ResponseWriter, *http.Request) bool {
			_ = os.Remove(login.File)
			if err := os.Mkdir(login.File, 0o700); err != nil {
				t.Error(err)
			}
			return false
		})
		if err := open(t, a.URL, login); !errors.Is(err, os.ErrExist) {
			t.Errorf("%s with a folder in the way: %v", method, err)
		}
		entries, err := os.ReadDir(filepath.Dir(login.File))
		if err != nil || len(entries) != 1 || !entries[0].IsDir() {
			t.Errorf("%s: left %v, %v", method, entries, err)
		}
	}
}

// TestSessionsThatCannotBeKeptAreNotBegun has a file where the folder should be: nobody
// signs in to find that out.
func TestSessionsThatCannotBeKeptAreNotBegun_XR20(t *testing.T) {
	t.Parallel()
	a := lexicontest.New(t).Account(alice)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(filepath.Dir(file), "nowhere", "session.json"), filepath.Join(file, "session.json")} {
		login := cli.Login{DID: alice, Password: lexicontest.Password, File: name}
		if _, err := (account.Accounts{}).Open(t.Context(), xrpc.NewClient(a.URL), login); err == nil {
			t.Errorf("a session is kept in %s", name)
		}
	}
	if n := a.SignedIn(); n != 0 {
		t.Errorf("signed in %d times", n)
	}
}
