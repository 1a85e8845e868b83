// Package repo has the repositories of AT Protocol: the records of one account
// below a signed commit.
//
// A [Writer] makes the commits of one repository in a [blockstore.Store], each
// from a batch of writes, all or nothing:
//
//	w := repo.NewWriter(store, key, repo.WriterOptions{})
//	_, err := w.Init(ctx, did)
//	change, err := w.Apply(ctx, repo.Create("3jui7kd54zh2y", &appbsky.FeedPost{...}))
//
// A [Change] is what such a commit did, with the blocks that subscribers need.
//
// A [Repo] is one version of a repository, read from any [blockstore.Source]:
//
//	r, err := repo.Open(ctx, store, head)
//	profile, err := repo.GetRecord[appbsky.ActorProfile](ctx, r, "self")
//	for post, err := range repo.Records[appbsky.FeedPost](ctx, r) { ... }
//	err = r.Export(ctx, w)
//
// Repositories come from strangers. What arrives as a CAR file is checked as a
// whole by [Verify], while it streams by, by [Load], in memory, and by [Import],
// on its way into a store; a record and its proof by [VerifyProof], a commit and
// its operations by [VerifyMessage]. All of them check every block against its
// CID, the form of commit and tree, the account and the signature; what is
// refused is an [Error], which names the block or the path, and the rule by the
// ID that it has in this project's list of requirements.
//
// A key that is nil, as after a failed parse, signs and verifies nothing, which is
// an [ErrSignature]. No other argument may be nil: there has to be a store, a
// source, a repository, a message to work with.
//
// A Repo is immutable, and safe for concurrent use if its source is. A Writer
// is safe for concurrent use; its commits come one after another.
package repo
