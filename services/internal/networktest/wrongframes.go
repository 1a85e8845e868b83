package networktest

import (
	"errors"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	events "github.com/lexgen/lexgen/runtime/sync"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

var frameTable = []misbehaviour{
	{UnknownType, "unknown type", "ES04", "accepted", framed(func(int64) []byte {
		return append([]byte("\xa2\x61t\x68#unknown\x62op\x01"), "\xa1\x63seq\x01"...)
	})},
	{UnknownOperation, "unknown op", "ES04", "accepted", framed(func(int64) []byte { return []byte("\xa2\x61t\x67#commit\x62op\x02\xa0") })},
	{MalformedPayload, "malformed payload", "ES04", "accepted", framed(func(int64) []byte { return []byte("\xa2\x61t\x67#commit\x62op\x01\xff\xff") })},
	{IncompletePayload, "payload of another form", "ES04 SN38", "accepted", framed(func(int64) []byte {
		return []byte("\xa2\x61t\x67#commit\x62op\x01\xa1\x63seq\x61x")
	})},
	{MalformedHeader, "malformed header", "ES04", "accepted", lied(func(e events.Entry) [][]byte { return [][]byte{[]byte("\xff"), e.Frame} })},
	{TrailingBytes, "bytes behind the payload", "ES03", "accepted", trailing},
	{TextInsteadOfHeader, "text in place of a header", "ES04", "accepted", lied(func(e events.Entry) [][]byte {
		return [][]byte{[]byte(`{"op":1,"t":"#commit"}`), e.Frame}
	})},
	{OversizeFrame, "oversize frame", "SN05 SN38", "accepted", lied(func(e events.Entry) [][]byte {
		return [][]byte{make([]byte, xrpc.DefaultMaxFrame+1), e.Frame}
	})},
	{SeqRepeated, "seq repeated", "ES08 ES12", "accepted", lied(func(e events.Entry) [][]byte {
		return [][]byte{identityFrame(e.Seq - 1), identityFrame(e.Seq - 1), e.Frame}
	})},
	{SeqFalls, "seq falls", "ES08 ES12", "accepted", lied(func(e events.Entry) [][]byte { return [][]byte{identityFrame(1), e.Frame} })},
	{SeqZero, "seq 0", "ES08 ES12", "accepted", lied(func(e events.Entry) [][]byte { return [][]byte{identityFrame(0), e.Frame} })},
	{SeqNegative, "negative seq", "ES08 ES12", "accepted", lied(func(e events.Entry) [][]byte { return [][]byte{identityFrame(-5), e.Frame} })},
	{SeqTooLarge, "seq beyond 2^53", "ES08 ES12", "accepted", lied(func(e events.Entry) [][]byte { return [][]byte{identityFrame(1 << 53), e.Frame} })},
	{SeqLeavesGap, "seq leaves a gap", "ES08", "accepted", leaveGap},
	// Those that are in the log come over each connection.
	{MalformedHeaderKept, "malformed header in the log", "ES04", "accepted", framed(func(int64) []byte { return []byte("\xff") })},
	{OversizeFrameKept, "oversize frame in the log", "SN05 SN38", "accepted", framed(func(int64) []byte { return make([]byte, xrpc.DefaultMaxFrame+1) })},
	{SeqFallsKept, "seq falls in the log", "ES08 ES12", "accepted", framed(func(int64) []byte { return identityFrame(1) })},
	{SeqNegativeKept, "negative seq in the log", "ES08 ES12", "accepted", framed(func(int64) []byte { return identityFrame(-1) })},
	{ErrorFrame, "error frame", "ES06", "accepted", failed(xrpc.ErrConsumerTooSlow)},
	{FutureCursorFrame, "FutureCursor", "ES06 ES12", "accepted", failed(xrpc.ErrFutureCursor)},
}

// failed is a misbehaviour that ends the stream with an error in place of the good
// event, once.
func failed(name xrpc.ErrorName) func(*forgery) error {
	return func(f *forgery) error {
		f.host.lieOnce(func(events.Entry) ([][]byte, error) {
			f.host.fired(f.name)
			return nil, xrpc.NewError(name, "a lie")
		})
		return f.tellGood()
	}
}

// framed is a misbehaviour that puts a frame into the log before the good event.
func framed(frame func(seq int64) []byte) func(*forgery) error {
	return func(f *forgery) error { return errors.Join(f.inject(f.host, frame), f.tellGood()) }
}

// lied is a misbehaviour that sends other frames in place of the good event, once.
func lied(frames func(e events.Entry) [][]byte) func(*forgery) error {
	return func(f *forgery) error {
		f.host.lieOnce(func(e events.Entry) ([][]byte, error) {
			f.host.fired(f.name)
			return frames(e), nil
		})
		return f.tellGood()
	}
}

// identityFrame is a frame of an account that nobody knows.
func identityFrame(seq int64) []byte {
	e := &comatproto.SyncSubscribeReposIdentity{DID: "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa", Time: syntax.DatetimeOf(time.Now())}
	b, err := frameOf(e, seq)
	if err != nil {
		return nil // it can be encoded
	}
	return b
}

// trailing has a frame with more behind its payload.
func trailing(f *forgery) error {
	var failed error
	err := f.inject(f.host, func(seq int64) []byte {
		e := &comatproto.SyncSubscribeReposIdentity{DID: f.account.DID, Handle: lex.Some(f.account.Handle), Time: syntax.DatetimeOf(time.Now())}
		b, err := frameOf(e, seq)
		failed = err
		return append(b, 0xa0)
	})
	return errors.Join(err, failed, f.tellGood())
}

// leaveGap has the log begin again above where it was, as after a loss, while it
// serves. That is no fault (ES-08).
func leaveGap(f *forgery) error {
	f.host.Crash(f.ctx, 0)
	f.host.store.reseat(f.ctx)
	f.host.fired(f.name)
	return errors.Join(f.host.Start(f.ctx), f.tellGood())
}
