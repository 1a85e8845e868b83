package atpd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lexgen/lexgen/runtime/guard"
	did "github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/internal/sqldb"
	"github.com/lexgen/lexgen/services/plc"
	"github.com/lexgen/lexgen/services/plc/mirror"
	"github.com/lexgen/lexgen/services/plc/store"
	"github.com/lexgen/lexgen/services/plc/store/sqlstore"
)

// Limits of the HTTP server.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 16 << 10
)

// runPLC runs the directory until ctx ends.
func (p *program) runPLC(ctx context.Context, o *plcSettings) (err error) {
	log := o.logger(p.stderr)
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
	server := plc.New(plc.Options{
		Store: db, Now: p.now, After: p.after, Log: log, Version: programVersion(), MirrorOf: o.mirror, CatchUp: o.catchUp,
		PerHour: o.perHour, AddressHeader: o.addressHeader,
	})
	tasks := []task{endless(server.Run)}
	if o.mirror != "" {
		tasks = append(tasks, endless(p.mirrorOf(o, db, server, log).Run))
	}
	log.InfoContext(ctx, "the directory answers", "address", listener.Addr().String(), "database", sqldb.Redacted(o.database), "mirror", o.mirror)
	err = serve(ctx, bounded(listener, o.connections), server, o.drain, log, tasks...)
	log.InfoContext(ctx, "the directory has shut down", "error", err)
	return problem(err)
}

func (p *program) mirrorOf(o *plcSettings, db store.Store, server *plc.Server, log *slog.Logger) *mirror.Mirror {
	// The operator says where it is, so that it may be anywhere.
	client := guard.NewClient(guard.Options{Development: true, Timeout: o.mirrorLimit})
	m := mirror.New(mirror.Options{Client: &did.Client{URL: o.mirror, HTTP: client}, Store: db, After: p.after, Log: log})
	server.Register(
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "plc_mirror_operations_total", Help: "Operations of the other directory that were verified and kept.",
		}, func() float64 { return float64(m.Taken()) }),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "plc_mirror_set_aside_total", Help: "Lines of the other directory that were set aside.",
		}, func() float64 { return float64(m.SetAside()) }),
	)
	return m
}

// A task runs until ctx ends, or returns an error.
type task func(ctx context.Context) error

// endless is a task that has no errors.
func endless(run func(context.Context)) task {
	return func(ctx context.Context) error {
		run(ctx)
		return nil
	}
}

// serve answers until ctx ends or a task fails, beside tasks that run until then. It then
// takes no more connections, ends the tasks, and waits for requests as long as drain. It
// returns the errors of all tasks.
func serve(ctx context.Context, listener net.Listener, h http.Handler, drain time.Duration, log *slog.Logger, tasks ...task) error {
	server := &http.Server{
		Handler: h, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn), MaxHeaderBytes: maxHeaderBytes,
		ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout, IdleTimeout: idleTimeout,
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	tasks = append(slices.Clip(tasks), func(context.Context) error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("answer requests: %w", err)
		}
		return nil
	})
	failures := make([]error, len(tasks))
	var running sync.WaitGroup
	for i, do := range tasks {
		running.Go(func() {
			if failures[i] = do(ctx); failures[i] != nil {
				cancel()
			}
		})
	}
	<-ctx.Done()
	grace, stop := context.WithTimeout(context.WithoutCancel(ctx), drain)
	defer stop()
	err := errors.Join(server.Shutdown(grace), server.Close())
	running.Wait()
	return errors.Join(errors.Join(failures...), err)
}
