package cli

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/crypto"
)

const identityKeygenLong = `Make a private key, and print the did:key of the public one. The private key is
written into a file that only its owner may read, as a private multikey; a file that
exists stays. With --out - it goes to standard output instead, and the did:key to
standard error.

Who has a rotation key of the highest authority has the account. Keep a copy in a
place that does not burn with this one.`

func (p *program) identityKeygenCommand() *cobra.Command {
	k := &keygen{program: p}
	c := &cobra.Command{
		Use:   "keygen",
		Short: "Make a private key",
		Long:  identityKeygenLong,
		Example: `  lexgen identity plc keygen --out rotation.key
  lexgen identity plc keygen --curve p256 --out signing.key`,
		Annotations: exits(exitDone, exitKeyExists, exitUsage, exitUnwritable, exitStopped),
		Args:        noArguments,
		RunE:        func(*cobra.Command, []string) error { return k.run() },
	}
	c.Flags().StringVar(&k.curve, "curve", "k256", "make a key on this `CURVE`: k256 or p256")
	c.Flags().StringVar(&k.out, "out", "rotation.key", "write the private key into `FILE`, or - for standard output")
	complete(c, "curve", "k256", "p256")
	return c
}

const exitKeyExists = "  1    the file exists already"

// keygen is one run of keygen.
type keygen struct {
	*program

	curve, out string
}

func (k *keygen) run() error {
	curves := map[string]crypto.Curve{"k256": crypto.K256, "p256": crypto.P256}
	curve, ok := curves[strings.ToLower(k.curve)]
	if !ok {
		return misuse("--curve %q: want k256 or p256", k.curve)
	}
	if k.out == "" {
		return misuse("--out is empty: name a file, or - for standard output")
	}
	key, err := crypto.GenerateKey(curve, k.world.random)
	if err != nil {
		return &exitError{statusInternal, err}
	}
	if k.out == "-" {
		tellf(k.stderr, "%s", key.PublicKey().DIDKey())
		return k.print(key.Multikey() + "\n")
	}
	err = writePrivate(k.out, []byte(key.Multikey()+"\n"))
	switch {
	case errors.Is(err, fs.ErrExist):
		return problemWith(k.out, errors.New("exists already, and a key is never replaced: choose another --out"))
	case err != nil:
		return unwritable(err)
	}
	tellf(k.stderr, "wrote the private key to %s", k.out)
	return k.print(key.PublicKey().DIDKey() + "\n")
}

// writePrivate writes a file that does not exist, for its owner alone, and has the
// system put it on the disk. Half of one does not stay.
func writePrivate(name string, data []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		_ = os.Remove(name) // best effort: the first error counts
	}
	return err
}
