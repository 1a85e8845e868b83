package atpd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay/backup"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

func (p *program) relayBackupCommand(o *relaySettings) *cobra.Command {
	return &cobra.Command{
		Use:   "backup FILE",
		Short: "Write all that the relay has into a file",
		Long: help("Write hosts with their cursors, accounts, takedowns and the events that are kept into FILE, which must not exist; -\n"+
			"is the standard output. The relay may run meanwhile: the backup is as all was at the moment when it began.",
			"The file is text, with a hash at its end. The token of the operator is not in it.") + "\n" + exitHelp,
		Example: `  atpd relay backup relay-2026-11-27.backup --database relay.sqlite
  atpd relay backup - --database postgres:///relay | zstd > relay.zst`,
		Args: wants("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return problem(o.backup(c.Context(), args[0], c.OutOrStdout(), c.ErrOrStderr()))
		},
	}
}

func (p *program) relayRestoreCommand(o *relaySettings) *cobra.Command {
	return &cobra.Command{
		Use:   "restore FILE",
		Short: "Read a backup into a new database",
		Long: help("Put the backup in FILE, - for the standard input, into a new database, all of it or nothing.",
			"The relay may have given seqs after the backup was written. As none may be given twice, the restored one\n"+
				"passes over --restore-skip seqs. Hosts are followed from the cursors in the backup.") + "\n" + exitHelp,
		Example: "  atpd relay restore relay-2026-11-27.backup --database new.sqlite",
		Args:    wants("FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			return problem(o.restore(c.Context(), args[0], c.InOrStdin(), c.ErrOrStderr()))
		},
	}
}

func (p *program) relayCopyCommand(o *relaySettings) *cobra.Command {
	return &cobra.Command{
		Use:   "copy DATABASE",
		Short: "Copy all that the relay has into another database",
		Long: help("Copy all that is in --database into a new DATABASE, all of it or nothing: to move from a file to PostgreSQL, or back.\n"+
			"Nothing of --database is changed.",
			"Stop the relay, copy, and start it with the other database. If it runs meanwhile, what it does after the copy\n"+
				"has begun is not in it: takedowns are lost, and events come again from their hosts. No seq is given twice in\n"+
				"any case, as the copy passes over --restore-skip seqs.") + "\n" + exitHelp,
		Example: `  atpd relay copy postgres:///relay --database relay.sqlite
  atpd relay copy relay.sqlite --database postgres:///relay`,
		Args: wants("DATABASE"),
		RunE: func(c *cobra.Command, args []string) error {
			return problem(o.copy(c.Context(), args[0], c.ErrOrStderr()))
		},
	}
}

// within opens a database, and closes it after it was used.
func within(ctx context.Context, name string, use func(*sqlstore.DB) error) error {
	db, err := sqlstore.Open(ctx, name)
	if err != nil {
		return err
	}
	return errors.Join(use(db), db.Close())
}

// into has a new database filled: a file whole or not at all, as the transaction in which
// all of it comes is in PostgreSQL.
func into(ctx context.Context, doing, name string, fill func(*sqlstore.DB) error) error {
	if sqldb.IsPostgres(name) {
		return within(ctx, name, fill)
	}
	return newDatabase(doing, name, func(part string) error { return within(ctx, part, fill) })
}

func (o *relaySettings) backup(ctx context.Context, path string, stdout, stderr io.Writer) (err error) {
	if err := mustExist(o.database); err != nil {
		return err
	}
	var counts backup.Counts
	err = within(ctx, o.database, func(db *sqlstore.DB) error {
		return writeFile(path, stdout, func(w io.Writer) error {
			counts, err = backup.Write(ctx, db, w)
			return err
		})
	})
	if err != nil {
		return err
	}
	return say(stderr, "%s are in the backup", counts)
}

func (o *relaySettings) restore(ctx context.Context, path string, stdin io.Reader, stderr io.Writer) error {
	from, err := openFile(path, stdin)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // only read
	var counts backup.Counts
	err = into(ctx, "restore", o.database, func(db *sqlstore.DB) error {
		counts, err = backup.Restore(ctx, db, from, o.skip)
		return err
	})
	if err != nil {
		return err
	}
	return say(stderr, "%s were restored; the next seq is %d behind the last one of the backup", counts, o.skip+1)
}

func (o *relaySettings) copy(ctx context.Context, name string, stderr io.Writer) error {
	if name == "" || name == o.database {
		return fmt.Errorf("copy: want another database than %s", sqldb.Redacted(o.database))
	}
	if err := mustExist(o.database); err != nil {
		return err
	}
	var counts backup.Counts
	err := within(ctx, o.database, func(from *sqlstore.DB) error {
		return into(ctx, "copy to", name, func(to *sqlstore.DB) (err error) {
			counts, err = backup.Copy(ctx, from, to, o.skip)
			return err
		})
	})
	if err != nil {
		return err
	}
	return say(stderr, "%s are in %s; the next seq is %d behind the last one", counts, sqldb.Redacted(name), o.skip+1)
}
