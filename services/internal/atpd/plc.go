package atpd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/plc/backup"
	"github.com/lexgen/lexgen/services/plc/store/sqlstore"
)

// plcSettings are the settings of atpd plc.
type plcSettings struct {
	config                      string
	database, listen, mirror    string
	catchUp, drain, mirrorLimit time.Duration
	logFormat, logLevel         string
	addressHeader               string
	skip                        int64
	perHour, connections        int
}

// defaultConnections leaves room beside the streams that a directory has, which are
// 10,000 at most.
const defaultConnections = 20_000

// databaseFlag names the setting that may have a password in it.
const databaseFlag = "database"

func (p *program) plcCommand() *cobra.Command {
	o := &plcSettings{}
	c := &cobra.Command{
		Use:   "plc",
		Short: "Run a directory of did:plc",
		Long: help("Run a directory of did:plc, compatible with the reference. It keeps operations in a file of SQLite,\nor in PostgreSQL.",
			"With --mirror it follows another directory, verifies all that it has, and keeps what is\ntrue, with its numbers and times. "+
				"It takes no operations of its own then.",
			"Every setting is a flag, a variable of the environment (in brackets below), or a key of the\nsection plc in the configuration file; "+
				"the first of these that is there counts.") + "\n" + exitHelp,
		Example: `  atpd plc --database plc.sqlite
  atpd plc --database postgres:///plc --listen 0.0.0.0:2582
  atpd plc --database mirror.sqlite --mirror https://plc.directory`,
		Args: cobra.NoArgs,
	}
	f := c.PersistentFlags()
	f.SortFlags, c.Flags().SortFlags = false, false
	f.StringVar(&o.database, databaseFlag, "plc.sqlite", "keep operations in `NAME`: a file of SQLite, or postgres://USER@HOST/DATABASE")
	f.StringVar(&o.logFormat, "log-format", "text", "write the log to stderr in this `FORMAT`: text or json")
	f.StringVar(&o.logLevel, "log-level", "info", "write what is of this `LEVEL` or above: debug, info, warn or error")
	f.StringVar(&o.config, configFlag, "", "read further settings from the YAML `FILE`")
	f.StringVar(&o.listen, "listen", "127.0.0.1:2582", "answer on this `ADDRESS`")
	f.StringVar(&o.mirror, "mirror", "", "follow the directory at `URL`")
	f.DurationVar(&o.mirrorLimit, "mirror-timeout", time.Minute, "bound each request to the other directory")
	f.DurationVar(&o.catchUp, "catch-up", 7*24*time.Hour, "let streams begin this far back")
	f.IntVar(&o.connections, "connections", defaultConnections, "have this many connections open at a time; others wait")
	f.IntVar(&o.perHour, "per-hour", 0, "take this many submissions within an hour from one address; 0 for any number")
	f.StringVar(&o.addressHeader, "address-header", "", "find the address of a client in this `HEADER`, which a proxy sets")
	f.DurationVar(&o.drain, "drain", 30*time.Second, "wait this long for requests when shutting down")
	f.Int64Var(&o.skip, "restore-skip", backup.DefaultSkip, "pass over this many numbers after a restore, so that none is given twice")
	s := &settings{section: "plc", flags: f, file: &o.config}
	s.describe()
	c.PersistentPreRunE = func(*cobra.Command, []string) error {
		s.environ = p.environ()
		if err := s.resolve(); err != nil {
			return err
		}
		return o.check()
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return p.runPLC(c.Context(), o) }
	c.AddCommand(p.plcBackupCommand(o), p.plcRestoreCommand(o), plcConfigCommand(s))
	return c
}

// check refuses settings that make no sense.
func (o *plcSettings) check() error {
	var level slog.Level
	switch {
	case o.logFormat != "text" && o.logFormat != "json":
		return fmt.Errorf("log-format %q: want text or json", o.logFormat)
	case level.UnmarshalText([]byte(o.logLevel)) != nil:
		return fmt.Errorf("log-level %q: want debug, info, warn or error", o.logLevel)
	case o.mirror != "" && !strings.HasPrefix(o.mirror, "http://") && !strings.HasPrefix(o.mirror, "https://"):
		return fmt.Errorf("mirror %q: want the URL of a directory", o.mirror)
	case o.skip < 0 || o.catchUp <= 0 || o.drain < 0 || o.mirrorLimit <= 0 || o.perHour < 0:
		return errors.New("restore-skip, catch-up, drain, mirror-timeout and per-hour must not be negative")
	case o.connections < 1:
		return fmt.Errorf("connections %d: want one or more", o.connections)
	case !isAddress(o.listen):
		return fmt.Errorf("listen %q: want an address and a port, such as 127.0.0.1:2470", o.listen)
	case o.addressHeader != "" && !isHeader(o.addressHeader):
		return fmt.Errorf("address-header %q: want the name of a header", o.addressHeader)
	case o.database == "":
		return errors.New("database: want a file, or a URL of PostgreSQL")
	}
	return nil
}

// isAddress reports whether there can be such an address with a port. Whether the machine has
// it is seen when it is used.
func isAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	return err == nil
}

// isHeader reports whether a header of HTTP can have that name: a token of RFC 9110.
func isHeader(name string) bool {
	const signs = "!#$%&'*+-.^_`|~"
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && !strings.ContainsRune(signs, r)
	})
}

// logger returns the log. The settings were checked.
func (o *plcSettings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(o.logLevel))
	if o.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

func plcConfigCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print all settings, and what has set each",
		Long: help("Print all settings that atpd plc would run with, as a configuration file. Behind each stands what has set it: a flag,\n"+
			"a variable of the environment, or a key of the file. Passwords are not printed.") + "\n" + exitHelp,
		Example: "  atpd plc config --config atpd.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return problem(s.print(c.OutOrStdout(), func(name, value string) string {
				if name == databaseFlag {
					return sqldb.Redacted(value)
				}
				return value
			}))
		},
	}
}

func (p *program) plcBackupCommand(o *plcSettings) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all operations into a file",
		Long: help("Write all operations into FILE, which must not exist; - is the standard output. The directory may run meanwhile.",
			"The file is text: the lines of an export, with a hash at the end.") + "\n" + exitHelp,
		Example: "  atpd plc backup plc-2026-11-26.jsonl --database plc.sqlite",
		Args:    wants("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return problem(o.backup(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr()))
		},
	}
}

func (o *plcSettings) backup(ctx context.Context, path string, stdout, stderr io.Writer) (err error) {
	if err := mustExist(o.database); err != nil {
		return err
	}
	db, err := sqlstore.Open(ctx, o.database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var count int64
	err = writeFile(path, stdout, func(w io.Writer) error {
		count, err = backup.Write(ctx, db, w)
		return err
	})
	if err != nil {
		return err
	}
	return say(stderr, "%d operations are in the backup", count)
}

func (p *program) plcRestoreCommand(o *plcSettings) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Read a backup into a new database",
		Long: help("Verify all operations of the backup in FILE, - for the standard input, and put them into a new database.",
			"The directory may have given numbers after the backup was written. As none may be given\n"+
				"twice, the restored one passes over --restore-skip numbers.") + "\n" + exitHelp,
		Example: "  atpd plc restore plc-2026-11-26.jsonl --database new.sqlite",
		Args:    wants("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return problem(o.restore(c.Context(), args[0], c.InOrStdin(), c.ErrOrStderr()))
		},
	}
}

func (o *plcSettings) restore(ctx context.Context, path string, stdin io.Reader, stderr io.Writer) error {
	from, err := openFile(path, stdin)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // only read
	count, err := o.restoreFrom(ctx, from)
	if err != nil {
		return err
	}
	return say(stderr, "%d operations were verified and restored", count)
}

// restoreFrom makes a new file, whole or not at all.
func (o *plcSettings) restoreFrom(ctx context.Context, r io.Reader) (count int64, err error) {
	if sqldb.IsPostgres(o.database) {
		return o.restorePostgres(ctx, r)
	}
	err = newDatabase("restore", o.database, func(part string) error {
		count, err = restoreInto(ctx, part, r, o.skip)
		return err
	})
	return count, err
}

// restorePostgres verifies all of a backup before the database gets any of it.
func (o *plcSettings) restorePostgres(ctx context.Context, r io.Reader) (int64, error) {
	dir, err := os.MkdirTemp("", "atpd")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // nothing of value is in it any more
	whole, err := os.Create(filepath.Join(dir, "backup"))
	if err != nil {
		return 0, err
	}
	defer whole.Close() //nolint:errcheck // it is removed
	if _, err := restoreInto(ctx, filepath.Join(dir, "restored"), io.TeeReader(r, whole), o.skip); err != nil {
		return 0, err
	}
	if _, err := whole.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return restoreInto(ctx, o.database, whole, o.skip)
}

func restoreInto(ctx context.Context, name string, r io.Reader, skip int64) (count int64, err error) {
	db, err := sqlstore.Open(ctx, name)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return backup.Restore(ctx, db, r, skip)
}

// programVersion returns the version that the program was built from.
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
