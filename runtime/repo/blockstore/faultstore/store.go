package faultstore

import (
	"bytes"
	"context"
	"iter"
	"sync"

	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/repo/blockstore"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// Store is a store that fails. It is safe for concurrent use.
type Store struct {
	inner blockstore.Store

	mu      sync.Mutex // guards below
	faults  []Fault
	damaged map[cid.CID]damage
	counts  Counts
	crashed bool
}

// Counts says what has happened.
type Counts struct {
	calls [calls]int

	// BytesRead is how many bytes Get and Since have returned, BytesPut how many
	// Put was given.
	BytesRead, BytesPut int64
	// Fired is how many faults have fired: calls that a Fault let fail, not
	// those that follow a crash, and damaged blocks that were asked for.
	Fired int
}

// Calls returns how many calls there were of a kind. Those that fail count.
func (c Counts) Calls(kind Call) int { return c.calls[kind] }

// damage is what has become of a block.
type damage int

const (
	lost damage = iota + 1
	corrupt
)

// New returns a store that does what inner does, except for faults.
func New(inner blockstore.Store, faults ...Fault) *Store {
	return &Store{inner: inner, faults: faults, damaged: map[cid.CID]damage{}}
}

// Lose lets Get and Since say that blocks are missing.
func (s *Store) Lose(cids ...cid.CID) { s.damage(lost, cids) }

// Corrupt lets Get and Since return other data for blocks: one bit is flipped, or
// where there is none, a byte is added.
func (s *Store) Corrupt(cids ...cid.CID) { s.damage(corrupt, cids) }

func (s *Store) damage(how damage, cids []cid.CID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range cids {
		s.damaged[c] = how
	}
}

// Counts returns what has happened so far.
func (s *Store) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts
}

// Get implements [blockstore.Source].
func (s *Store) Get(ctx context.Context, c cid.CID) ([]byte, error) {
	var data []byte
	err := s.call(Get, func() error {
		got, err := s.inner.Get(ctx, c)
		if err == nil {
			data, err = s.read(c, got)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// read returns what is to be seen of a block.
func (s *Store) read(c cid.CID, data []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how := s.damaged[c]
	if how != 0 {
		s.counts.Fired++
	}
	switch {
	case how == lost:
		return nil, &blockstore.MissingError{CID: c}
	case how == corrupt && len(data) == 0:
		data = []byte{0}
	case how == corrupt:
		data = bytes.Clone(data)
		data[len(data)/2] ^= 1
	}
	s.counts.BytesRead += int64(len(data))
	return data, nil
}

// Head implements [blockstore.Store].
func (s *Store) Head(ctx context.Context) (cid.CID, error) {
	var head cid.CID
	err := s.call(Head, func() error {
		var err error
		head, err = s.inner.Head(ctx)
		return err
	})
	if err != nil {
		return cid.CID{}, err
	}
	return head, nil
}

// Since implements [blockstore.Store].
func (s *Store) Since(ctx context.Context, rev syntax.TID) iter.Seq2[blockstore.Block, error] {
	return func(yield func(blockstore.Block, error) bool) {
		for b, err := range s.inner.Since(ctx, rev) {
			err := s.call(Since, func() error {
				if err == nil {
					b.Data, err = s.read(b.CID, b.Data)
				}
				return err
			})
			if err != nil {
				yield(blockstore.Block{}, err)
				return
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// Begin implements [blockstore.Store]. A transaction that has begun in spite of
// an error is rolled back.
func (s *Store) Begin(ctx context.Context) (blockstore.Tx, error) {
	var inner blockstore.Tx
	err := s.call(Begin, func() error {
		var err error
		inner, err = s.inner.Begin(ctx)
		return err
	})
	if err != nil {
		if inner != nil {
			_ = inner.Rollback()
		}
		return nil, err
	}
	return &tx{store: s, inner: inner}, nil
}

// call does the work of a call, or what a fault says.
func (s *Store) call(kind Call, work func() error) error {
	fault, err := s.arrive(kind)
	if fault == nil && err == nil {
		return work()
	}
	if fault != nil && fault.Effect.works() {
		if workErr := work(); workErr != nil {
			return workErr
		}
	}
	return err
}

// arrive counts a call. It returns the fault that meets it and its error, or
// the error alone where the store has crashed before.
func (s *Store) arrive(kind Call) (*Fault, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.calls[Any]++
	s.counts.calls[kind]++
	if s.crashed {
		return nil, ErrCrashed
	}
	for i := range s.faults {
		fault := &s.faults[i]
		if fault.N != s.counts.calls[fault.Call] || fault.Call != Any && fault.Call != kind {
			continue
		}
		s.counts.Fired++
		s.crashed = fault.Effect.crashes()
		switch {
		case s.crashed:
			return fault, ErrCrashed
		case fault.Err != nil:
			return fault, fault.Err
		default:
			return fault, ErrInjected
		}
	}
	return nil, nil //nolint:nilnil // no fault
}

// wrote counts bytes that were put.
func (s *Store) wrote(blocks []blockstore.Block) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range blocks {
		s.counts.BytesPut += int64(len(b.Data))
	}
}
