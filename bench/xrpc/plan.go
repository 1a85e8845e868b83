package xrpc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
)

// Names of the ways that are compared.
const (
	ours     = "lexgen"
	echoed   = "indigo's client, echo"
	gorilla  = "gorilla, indigo's types"
	gobwas   = "gobwas, indigo's types"
	rawBytes = "gobwas, its bytes alone"
)

// Comparisons returns all comparisons of this package, whose servers run until close
// is called. The error says who does other work than the other.
func Comparisons() (all []report.Comparison, closeAll func(), err error) {
	s := &servers{}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	for _, prepare := range []func(*servers) (report.Comparison, error){
		smallCall, timelineCall, smallFrames, commitFrames,
	} {
		comparison, err := prepare(s)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, comparison)
	}
	return all, s.close, nil
}

// servers are what listens.
type servers struct {
	ctx    context.Context //nolint:containedctx // that of streams, which no request ends
	cancel context.CancelFunc
	ends   []func() error
}

// serve returns the address of a server for h on the loopback interface.
func (s *servers) serve(h http.Handler) (string, error) {
	listener, err := new(net.ListenConfig).Listen(s.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	s.ends = append(s.ends, server.Close)
	go server.Serve(listener) //nolint:errcheck // it ends with close
	return listener.Addr().String(), nil
}

// close ends all servers.
func (s *servers) close() {
	s.cancel()
	for _, end := range slices.Backward(s.ends) {
		_ = end()
	}
}

// way returns a variant that does work one after another.
func way(name string, work func() error) measure.Variant {
	return measure.Variant{Name: name, Run: func(n int) error {
		for range n {
			if err := work(); err != nil {
				return err
			}
		}
		return nil
	}}
}

// failed says what did not work, nil if err is.
func failed(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

var errOther = errors.New("the answers differ")
