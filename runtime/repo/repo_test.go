package repo_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/repo"
	"github.com/lexgen/lexgen/runtime/repo/mst"
	"github.com/lexgen/lexgen/runtime/syntax"
)

func post(text string) *appbsky.FeedPost {
	return &appbsky.FeedPost{Text: text, CreatedAt: syntax.DatetimeOf(noon)}
}

func TestTypedRecordsComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	if _, err := w.w.Init(t.Context(), did,
		repo.Create("3jui7kd54zh2y", post("one")), repo.Put("3jui7kd54zh2z", post("two")),
		repo.Create("self", &appbsky.ActorProfile{DisplayName: lex.String("Alice")})); err != nil {
		t.Fatal(err)
	}
	w.apply(t, repo.Update("3jui7kd54zh2y", post("three")))
	r := w.open(t)
	profile, err := repo.GetRecord[appbsky.ActorProfile](t.Context(), r, "self")
	if err != nil || profile.Value.DisplayName.Or("") != "Alice" || profile.Key != "self" {
		t.Errorf("profile %+v, %v", profile, err)
	}
	var texts []string
	for post, err := range repo.Records[appbsky.FeedPost](t.Context(), r) {
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, string(post.Key)+" "+post.Value.Text)
	}
	if diff := cmp.Diff([]string{"3jui7kd54zh2y three", "3jui7kd54zh2z two"}, texts); diff != "" {
		t.Errorf("posts (-want +got):\n%s", diff)
	}
	if _, err := repo.GetRecord[appbsky.FeedPost](t.Context(), r, "3jui7kd54zh22"); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("no such post: %v", err)
	}
	if _, err := repo.GetRecord[appbsky.FeedPost](t.Context(), r, ""); !errors.Is(err, repo.ErrRecord) {
		t.Errorf("no key: %v", err)
	}
}

// TestOneBadRecordDoesNotHideTheOthers has a post without a text.
func TestOneBadRecordDoesNotHideTheOthers_DM24(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	bad, err := lex.MarshalCBOR(map[string]any{"$type": "app.bsky.feed.post"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.w.Init(t.Context(), did, repo.CreateData("app.bsky.feed.post", "3jui7kd54zh2y", bad), repo.Create("3jui7kd54zh2z", post("two"))); err != nil {
		t.Fatal(err)
	}
	var good, refused []syntax.RecordKey
	for post, err := range repo.Records[appbsky.FeedPost](t.Context(), w.open(t)) {
		if errors.Is(err, repo.ErrRecord) && post.Value == nil && post.CID == cidOf(bad) {
			refused = append(refused, post.Key)
		} else if err == nil {
			good = append(good, post.Key)
		}
	}
	if !slices.Equal(refused, []syntax.RecordKey{"3jui7kd54zh2y"}) || !slices.Equal(good, []syntax.RecordKey{"3jui7kd54zh2z"}) {
		t.Errorf("good %v, refused %v", good, refused)
	}
	for range repo.Records[appbsky.FeedPost](t.Context(), w.open(t)) {
		break // leaving early is no error
	}
}

func TestCollectionsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	names := []syntax.NSID{"com.example.a", "com.example.a-b.c", "com.example.a0", "com.example.a.b", "com.example.aa"}
	var writes []repo.Write
	for _, name := range names {
		for i := range 5 {
			writes = append(writes, repo.CreateData(name, keyOf(i), data(t, name, "")))
		}
	}
	if _, err := w.w.Init(t.Context(), did, writes...); err != nil {
		t.Fatal(err)
	}
	r := w.open(t)
	var got []syntax.NSID
	for name, err := range r.Collections(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	slices.SortFunc(names, func(a, b syntax.NSID) int { // as paths
		if a+"/" < b+"/" {
			return -1
		}
		return 1
	})
	if diff := cmp.Diff(names, got); diff != "" {
		t.Errorf("collections (-want +got):\n%s", diff)
	}
	for range r.Collections(t.Context()) {
		break
	}
	count := 0
	for entry, err := range r.Entries(t.Context(), "com.example.a") {
		if err != nil || entry.Value != cidOf(data(t, "com.example.a", "")) {
			t.Errorf("%+v, %v", entry, err)
		}
		count++
	}
	if count != 5 {
		t.Errorf("%d entries", count)
	}
	for range r.Entries(t.Context(), "") {
		break
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	w := filled(t, 3)
	if _, err := repo.Open(t.Context(), w.store, cid.CID{}); !errors.Is(err, repo.ErrNotFound) {
		t.Errorf("no head: %v", err)
	}
	if _, err := repo.Open(t.Context(), w.store, cidOf(nil)); !errors.Is(err, repo.ErrMissing) {
		t.Errorf("no such block: %v", err)
	}
	if _, err := repo.Open(t.Context(), w.store, mst.Empty().Root()); !errors.Is(err, repo.ErrMissing) {
		t.Errorf("a node: %v", err)
	}
	if _, err := repo.Open(t.Context(), w.store, w.open(t).Commit().Data); !errors.Is(err, repo.ErrCommit) {
		t.Errorf("a node: %v", err)
	}
	if _, err := w.open(t).Get(t.Context(), posts, "a b"); !errors.Is(err, repo.ErrRecord) {
		t.Errorf("no key: %v", err)
	}
}

func TestTypedRecordsOfADamagedStoreFail(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repo.WriterOptions{})
	change, err := w.w.Init(t.Context(), did, repo.Create("3jui7kd54zh2y", post("one")))
	if err != nil {
		t.Fatal(err)
	}
	r, err := repo.Open(t.Context(), broken{w.store, change.Ops[0].CID, errFull}, change.Commit)
	if err != nil {
		t.Fatal(err)
	}
	if err := lastError(repo.Records[appbsky.FeedPost](t.Context(), r)); !errors.Is(err, errFull) {
		t.Errorf("got %v", err)
	}
}

func TestDiffIsWhatAppliedWrites(t *testing.T) {
	t.Parallel()
	w := filled(t, 100)
	old, err := repo.Load(t.Context(), w.export(t), w.id, repo.VerifyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	change := w.apply(t, repo.CreateData(posts, "a", data(t, posts, "")), repo.UpdateData(posts, "key-000001", data(t, posts, "")), repo.Delete(posts, "key-000002"))
	got, err := repo.Diff(t.Context(), old, w.open(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(change.Ops, got); diff != "" {
		t.Errorf("ops (-want +got):\n%s", diff)
	}
}
