package codec_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/chatbsky"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/api/sitestandard"
	"github.com/lexgen/lexgen/bench/recording"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo/car"
)

// official are the record types of api.
var official = lex.NewTypes(
	(*appbsky.ActorProfile)(nil), (*appbsky.ActorStatus)(nil), (*appbsky.FeedGenerator)(nil), (*appbsky.FeedLike)(nil), (*appbsky.FeedPost)(nil),
	(*appbsky.FeedPostgate)(nil), (*appbsky.FeedRepost)(nil), (*appbsky.FeedThreadgate)(nil), (*appbsky.GraphBlock)(nil), (*appbsky.GraphFollow)(nil),
	(*appbsky.GraphList)(nil), (*appbsky.GraphListblock)(nil), (*appbsky.GraphListitem)(nil), (*appbsky.GraphStarterpack)(nil),
	(*appbsky.GraphVerification)(nil), (*appbsky.LabelerService)(nil), (*appbsky.NotificationDeclaration)(nil), (*chatbsky.ActorDeclaration)(nil),
	(*comatproto.LexiconSchema)(nil), (*sitestandard.Document)(nil), (*sitestandard.Publication)(nil),
)

// messages are the types of the messages of subscribeRepos by the names that
// headers have for them.
var messages = map[string]func() lex.Object{
	"#commit":   func() lex.Object { return new(comatproto.SyncSubscribeReposCommit) },
	"#sync":     func() lex.Object { return new(comatproto.SyncSubscribeReposSync) },
	"#identity": func() lex.Object { return new(comatproto.SyncSubscribeReposIdentity) },
	"#account":  func() lex.Object { return new(comatproto.SyncSubscribeReposAccount) },
}

// TestFirehoseComesBack reads every message of the firehose and every block in
// it, each with its type if there is one and without, and writes all of them
// back.
func TestFirehoseComesBack_DM08_DM09_DM11_DM26(t *testing.T) {
	t.Parallel()
	frames, typed, untyped := 0, 0, 0
	for _, frame := range recording.Frames(t) {
		frames++
		var skipped cbor.RawMessage
		body, err := cbor.UnmarshalFirst(frame, &skipped)
		if err != nil {
			t.Fatal(err)
		}
		var header lex.Extra
		sameBytes(t, skipped, &header)
		name, _ := header["t"].(string)
		message := messages[name]()
		sameBytes(t, body, message)
		sameBytes(t, body, new(any))
		commit, ok := message.(*comatproto.SyncSubscribeReposCommit)
		if !ok {
			continue
		}
		known, unknown := commitComesBack(t, commit)
		typed += known
		untyped += unknown
	}
	t.Logf("%d frames, %d records with a type, %d without", frames, typed, untyped)
	if frames != 150 || typed < 100 {
		t.Errorf("%d frames and %d records with a type: too few to prove anything", frames, typed)
	}
}

func commitComesBack(t *testing.T, commit *comatproto.SyncSubscribeReposCommit) (typed, untyped int) {
	t.Helper()
	r, err := car.Parse(commit.Blocks, car.Options{})
	if err != nil {
		t.Fatal(err)
	}
	blocks := map[cid.CID][]byte{}
	for block, err := range r.Blocks() {
		if err != nil {
			t.Fatal(err)
		}
		blocks[block.CID] = block.Data
		var v any
		sameBytes(t, block.Data, &v)
		if got, err := lex.CID(v); err != nil || got != block.CID {
			t.Errorf("%s: the CID is %s (%v)", block.CID, got, err)
		}
	}
	for _, op := range commit.Ops {
		link, ok := op.CID.Get()
		if !ok {
			continue
		}
		name, _, _ := strings.Cut(op.Path, "/")
		record, ok := official.New(name)
		if !ok {
			t.Logf("%s has no type", name)
			untyped++
			continue
		}
		typed++
		sameBytes(t, blocks[link.CID], record)
		if got, err := lex.CID(record); err != nil || got != link.CID {
			t.Errorf("%s: the CID is %s, not %s (%v)", op.Path, got, link, err)
		}
	}
	return typed, untyped
}

// sameBytes reads data into v and writes it.
func sameBytes(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := lex.DecodeCBOR(data, v); err != nil {
		t.Errorf("%T: %v", v, err)
		return
	}
	if again, err := lex.MarshalCBOR(v); err != nil || !bytes.Equal(again, data) {
		t.Errorf("%T: got %x, want %x (%v)", v, again, data, err)
	}
}
