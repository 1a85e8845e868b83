package atpd

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	random "math/rand/v2"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/identity"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/services/fanout"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/relay"
	"github.com/lexgen/lexgen/services/relay/backup"
	"github.com/lexgen/lexgen/services/relay/store/sqlstore"
)

// relaySettings are the settings of atpd relay.
type relaySettings struct {
	config                     string
	database, listen, plc      string
	hosts                      []string
	adminToken, adminTokenFile string
	allowHTTP, allowPrivate    bool
	limits                     relay.Limits
	subscribers, perAddress    int
	retention, drain           time.Duration
	retentionBytes             int64
	logFormat, logLevel        string
	connections                int
	skip                       int64
	addressHeader              string
}

// Names of settings that are secrets.
const adminTokenFlag = "admin-token"

// minAdminToken is how long the token of the operator is at least, in bytes.
const minAdminToken = 16

func (p *program) relayCommand() *cobra.Command {
	o := &relaySettings{}
	c := &cobra.Command{
		Use:   "relay",
		Short: "Run a relay",
		Long: help("Run a relay: follow hosts, verify what they send, and pass it on as one stream. All that it keeps is in one\n"+
			"file of SQLite, or in PostgreSQL.",
			"The page of the operator at /admin/, and the endpoints below it, are for who has the token. If there is none,\n"+
				"one is made and written to the file of --admin-token-file.",
			"Every setting is a flag, a variable of the environment (in brackets below), or a key of the\nsection relay in the configuration file; "+
				"the first of these that is there counts.") + "\n" + exitHelp,
		Example: `  atpd relay
  atpd relay --hosts pds.example.com,other.example.com
  atpd relay --database postgres:///relay --listen 0.0.0.0:2470
  atpd relay --allow-http --allow-private --plc http://localhost:2582 --hosts localhost:2583`,
		Args: cobra.NoArgs,
	}
	f := c.PersistentFlags()
	f.SortFlags, c.Flags().SortFlags = false, false
	f.StringVar(&o.database, databaseFlag, "relay.sqlite", "keep everything in `NAME`: a file of SQLite, or postgres://USER@HOST/DATABASE")
	f.StringVar(&o.logFormat, "log-format", "text", "write the log to stderr in this `FORMAT`: text or json")
	f.StringVar(&o.logLevel, "log-level", "info", "write what is of this `LEVEL` or above: debug, info, warn or error")
	f.StringVar(&o.config, configFlag, "", "read further settings from the YAML `FILE`")
	f.StringVar(&o.listen, "listen", "127.0.0.1:2470", "answer on this `ADDRESS`")
	f.StringVar(&o.adminToken, adminTokenFlag, "", "let who has this `TOKEN` in as the operator; a variable or a file hides it from other users")
	f.StringVar(&o.adminTokenFile, "admin-token-file", "relay-admin-token", "read the token of the operator from `FILE`, which is made if there is none")
	f.StringVar(&o.addressHeader, "address-header", "", "find the address of a client in this `HEADER`, which a proxy sets")
	f.StringVar(&o.plc, "plc", did.PublicDirectory, "look up did:plc at `URL`")
	f.StringSliceVar(&o.hosts, "hosts", nil, "follow these `HOSTS`, divided by commas, besides those that are known")
	f.BoolVar(&o.allowHTTP, "allow-http", false, "reach hosts by http that are local or named as http://HOST")
	f.BoolVar(&o.allowPrivate, "allow-private", false, "reach hosts at private addresses and any port, for networks of one's own")
	f.IntVar(&o.limits.HostsPerDay, "hosts-per-day", 50, "take this many new hosts within 24 hours")
	f.IntVar(&o.limits.HostsPerAddress, "hosts-per-address", 5, "and this many of them from one address")
	f.Int64Var(&o.limits.AccountsPerHost, "accounts-per-host", 100, "let a new host have this many accounts")
	f.IntVar(&o.limits.EventsPerSecond, "events-per-second", 50, "read this many events of a host in a second, for each 100 accounts that it may have")
	f.IntVar(&o.limits.EventsPerHour, "events-per-hour", 10_000, "and this many in an hour")
	f.IntVar(&o.limits.EventsPerDay, "events-per-day", 100_000, "and this many in a day")
	f.IntVar(&o.limits.LookUpsPerMinute, "look-ups-per-minute", 300,
		"look up this many accounts a minute that are new at a host, for each 100 that it may have")
	f.DurationVar(&o.retention, "retention", 72*time.Hour, "keep events this long")
	f.Int64Var(&o.retentionBytes, "retention-bytes", 0, "and no more of them than so many bytes; 0 for any number")
	f.IntVar(&o.subscribers, "subscribers", 10_000, "let this many follow the stream at a time")
	f.IntVar(&o.perAddress, "subscribers-per-address", 100, "and this many from one address")
	f.IntVar(&o.connections, "connections", defaultConnections, "have this many connections open at a time; others wait")
	f.DurationVar(&o.drain, "drain", 30*time.Second, "wait this long for requests and streams when shutting down")
	f.Int64Var(&o.skip, "restore-skip", backup.DefaultSkip, "pass over this many seqs after a restore or a copy, so that none is given twice")
	s := &settings{section: "relay", flags: f, file: &o.config}
	s.describe()
	c.PersistentPreRunE = func(*cobra.Command, []string) error {
		s.environ = p.environ()
		if err := s.resolve(); err != nil {
			return err
		}
		return o.check()
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return p.runRelay(c.Context(), o) }
	c.AddCommand(p.relayBackupCommand(o), p.relayRestoreCommand(o), p.relayCopyCommand(o), relayConfigCommand(s))
	return c
}

// maxSkip leaves more seqs than a relay ever gives.
const maxSkip = 1 << 50

// check refuses settings that make no sense.
func (o *relaySettings) check() error {
	l := o.limits
	switch {
	case o.retention <= 0 || o.retentionBytes < 0 || o.drain < 0 || o.skip < 0:
		return errors.New("retention must be positive, and retention-bytes, drain and restore-skip must not be negative")
	case o.skip > maxSkip:
		return fmt.Errorf("restore-skip must be %d or less", int64(maxSkip))
	case o.subscribers < 1 || o.perAddress < 1:
		return errors.New("subscribers and subscribers-per-address must be one or more")
	case min(l.HostsPerDay, l.HostsPerAddress, int(l.AccountsPerHost), l.EventsPerSecond, l.EventsPerHour, l.EventsPerDay, l.LookUpsPerMinute) < 1:
		return errors.New("hosts-per-day, hosts-per-address, accounts-per-host, events-per-second, -hour, -day and look-ups-per-minute must be one or more")
	case !strings.HasPrefix(o.plc, "http://") && !strings.HasPrefix(o.plc, "https://"):
		return fmt.Errorf("plc %q: want the URL of a directory", o.plc)
	case o.allowHTTP && !o.allowPrivate:
		return errors.New("allow-http: it is for networks of one's own, and needs allow-private")
	case o.adminToken != "" && len(o.adminToken) < minAdminToken:
		return fmt.Errorf("admin-token: want %d bytes or more", minAdminToken)
	}
	for i, host := range o.hosts {
		o.hosts[i] = strings.TrimSpace(host)
	}
	o.hosts = slices.DeleteFunc(o.hosts, func(host string) bool { return host == "" }) // behind the last comma
	for _, host := range o.hosts {
		if err := o.options().CheckHost(host); err != nil {
			return fmt.Errorf("hosts: %w", err)
		}
	}
	return o.common().check()
}

// common are the settings that both services have, as those of the other one, which
// checks them.
func (o *relaySettings) common() *plcSettings {
	return &plcSettings{
		database: o.database, listen: o.listen, addressHeader: o.addressHeader, connections: o.connections, drain: o.drain,
		logFormat: o.logFormat, logLevel: o.logLevel, catchUp: time.Hour, mirrorLimit: time.Minute,
	}
}

func relayConfigCommand(s *settings) *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Print all settings, and what has set each",
		Long: help("Print all settings that atpd relay would run with, as a configuration file. Behind each stands what has set it: a\n"+
			"flag, a variable of the environment, or a key of the file. Passwords and tokens are not printed.") + "\n" + exitHelp,
		Example: "  atpd relay config --config atpd.yaml",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return problem(s.print(c.OutOrStdout(), func(name, value string) string {
				switch {
				case name == databaseFlag:
					return sqldb.Redacted(value)
				case name == adminTokenFlag && value != "":
					return "xxxxx"
				}
				return value
			}))
		},
	}
}

// token returns the token of the operator. Where there is no file for it, one is made.
func (o *relaySettings) token(log *slog.Logger) (string, error) {
	if o.adminToken != "" {
		return o.adminToken, nil
	}
	made := rand.Text()
	file, err := os.OpenFile(o.adminTokenFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		_, err = file.WriteString(made + "\n")
		if err = errors.Join(err, file.Close()); err != nil {
			return "", errors.Join(err, os.Remove(o.adminTokenFile))
		}
		log.Info("a token for the operator was made", "file", o.adminTokenFile)
		return made, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	text, err := readConfig(o.adminTokenFile)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(o.adminTokenFile); err == nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("others can read the token of the operator: take that right from them", "file", o.adminTokenFile, "mode", info.Mode().Perm())
	}
	token := strings.TrimSpace(string(text))
	if len(token) < minAdminToken {
		return "", fmt.Errorf("the token in %s: want %d bytes or more; remove the file, and one is made", o.adminTokenFile, minAdminToken)
	}
	return token, nil
}

// runRelay runs the relay until ctx ends.
func (p *program) runRelay(ctx context.Context, o *relaySettings) (err error) {
	log := o.common().logger(p.stderr)
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.listen)
	if err != nil {
		return problem(err) // and nothing was made
	}
	defer listener.Close() //nolint:errcheck // where it is not served
	db, err := sqlstore.Open(ctx, o.database)
	if err != nil {
		return problem(err)
	}
	defer func() { err = errors.Join(err, problem(db.Close())) }()
	lock, err := db.Lock(ctx)
	if err != nil {
		return problem(err)
	}
	defer func() { err = errors.Join(err, problem(lock.Unlock())) }()
	directory := o.directory(p.now)
	defer directory.Close()
	server, err := p.newRelay(ctx, o, db, directory, log)
	if err != nil {
		return problem(err)
	}
	follow := func(ctx context.Context) error {
		failed := server.Run(ctx)
		closing, stop := context.WithTimeout(context.WithoutCancel(ctx), o.drain)
		defer stop()
		if err := server.Close(closing); err != nil {
			log.WarnContext(ctx, "some streams were cut", "error", err)
		}
		return failed
	}
	log.InfoContext(ctx, "the relay answers", "address", listener.Addr().String(), "database", sqldb.Redacted(o.database), "plc", o.plc)
	err = serve(ctx, bounded(listener, o.connections), p.withAdminPage(server, db, directory, log), o.drain, log, follow,
		func(ctx context.Context) error { return lock.Keep(ctx, p.sleep) })
	log.InfoContext(ctx, "the relay has shut down", "error", err)
	return problem(err)
}

// directory says where accounts are.
func (o *relaySettings) directory(now func() time.Time) *identity.Directory {
	environment := syntax.Production
	if o.allowPrivate {
		environment = syntax.Development
	}
	const remembered = 500_000
	return identity.NewDirectory(
		identity.NewResolver(identity.ResolverOptions{Directory: o.plc, Environment: environment, Now: now}),
		// Events are tried again after a second, and twice as long each time: who has not answered
		// is asked again by then.
		identity.CacheOptions{Size: remembered, Unavailable: time.Second, Now: now},
	)
}

// newRelay makes the relay, with the hosts that the settings name.
func (p *program) newRelay(
	ctx context.Context, o *relaySettings, db *sqlstore.DB, directory sync.Directory, log *slog.Logger,
) (*relay.Relay, error) {
	token, err := o.token(log)
	if err != nil {
		return nil, fmt.Errorf("the token of the operator: %w", err)
	}
	o.adminToken = token
	events, err := sync.OpenLog(ctx, db.Events(), sync.WithLogClock(p.now))
	if err != nil {
		return nil, err
	}
	opts := o.options()
	opts.Store, opts.Log, opts.Directory, opts.Client, opts.Logger, opts.AdminToken = db, events, directory, o.client(), log, token
	opts.Now, opts.Sleep, opts.Float = p.now, p.sleep, random.Float64
	server, err := relay.New(ctx, *opts)
	if err != nil {
		return nil, err
	}
	for _, host := range o.hosts {
		err := server.AddHost(ctx, host)
		if errors.Is(err, relay.ErrBanned) { // which was said later than this setting
			log.WarnContext(ctx, "a host of the settings is not followed", "host", host, "error", err)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("hosts: %w", err)
		}
	}
	return server, nil
}

// options are those of the relay that the settings say.
func (o *relaySettings) options() *relay.Options {
	return &relay.Options{
		Version: programVersion(), AllowHTTP: o.allowHTTP, AllowPrivate: o.allowPrivate, Limits: o.limits,
		Retention: sync.Retention{Age: o.retention, Bytes: o.retentionBytes},
		Fanout:    fanout.Options{Subscribers: o.subscribers, PerAddress: o.perAddress}, AddressHeader: o.addressHeader,
	}
}

// client asks hosts.
func (o *relaySettings) client() *http.Client {
	return guard.NewClient(guard.Options{Development: o.allowPrivate, Timeout: 20 * time.Second})
}

// sleep waits until the time is over or ctx ends.
func (p *program) sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-p.after(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
