package account

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// maxSession is how long the file of a session may be, in bytes.
const maxSession = 64 << 10

// session is the content of a file. Its tokens are only shown to the file: what
// prints a session prints its account.
type session struct {
	Service string        `json:"service"`
	DID     syntax.DID    `json:"did"`
	Handle  syntax.Handle `json:"handle"`
	Access  string        `json:"accessJwt"`
	Refresh string        `json:"refreshJwt"`
}

// Format prints the account, whatever the verb.
func (s session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(s.DID)) }

func (s session) tokens() atclient.Tokens {
	return atclient.Tokens{DID: s.DID, Handle: s.Handle, Access: atclient.Secret(s.Access), Refresh: atclient.Secret(s.Refresh)}
}

// Stored implements [cli.Accounts].
func (Accounts) Stored(file string) (syntax.DID, error) {
	s, err := readSession(file)
	if err != nil || s == nil {
		return "", err
	}
	return s.DID, nil
}

// readSession reads a file that only its owner has access to; nil if there is none.
// No error repeats what is in the file.
func readSession(name string) (*session, error) {
	if name == "" {
		return nil, nil //nolint:nilnil // there is none
	}
	file, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // there is none yet
	}
	if err != nil {
		return nil, err
	}
	defer file.Close() //nolint:errcheck // only read
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a file", name)
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0:
		return nil, fmt.Errorf("%s: others have access to the session: chmod 600 takes it away; if they may have read it, sign in anew", name)
	}
	text, err := io.ReadAll(io.LimitReader(file, maxSession+1))
	if err != nil {
		return nil, err
	}
	s := &session{}
	if len(text) > maxSession || json.Unmarshal(text, s) != nil || s.Access == "" || s.Refresh == "" {
		return nil, fmt.Errorf("%s: it is no session of lexgen: name another file, or delete it", name)
	}
	if _, err := syntax.ParseDID(string(s.DID)); err != nil {
		return nil, fmt.Errorf("%s: it is no session of lexgen: %w", name, err)
	}
	return s, nil
}

// keeper writes sessions into a file, if there is one, which is the old or the new one
// at any moment. It is used by one goroutine at a time.
type keeper struct {
	file, service string
	own           syntax.DID // of which sessions are kept
	err           error      // of the last time
}

// save is for [atclient.WithSave].
func (k *keeper) save(t atclient.Tokens) {
	if k.file == "" || k.own != t.DID {
		return
	}
	k.err = writePrivate(k.file, session{k.service, t.DID, t.Handle, string(t.Access), string(t.Refresh)})
}

// checkFolder says before somebody signs in if the file of the session cannot be there.
func checkFolder(name string) error {
	if name == "" {
		return nil
	}
	info, err := os.Stat(filepath.Dir(name))
	if err == nil && !info.IsDir() {
		err = errors.New("not a folder")
	}
	if err != nil {
		return fmt.Errorf("the session cannot be kept in %s: %w", name, err)
	}
	return nil
}

// writePrivate writes a file that its owner alone has access to.
func writePrivate(name string, s session) (err error) {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("the session: %w", err)
	}
	temporary, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name()) // best effort: the first error counts
		}
	}()
	_, err = temporary.Write(append(text, '\n'))
	if err := errors.Join(err, temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), name)
}
