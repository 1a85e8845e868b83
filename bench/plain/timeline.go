package plain

// Timeline is an output of app.bsky.feed.getTimeline.
type Timeline struct {
	Cursor string      `json:"cursor,omitempty"`
	Feed   []FeedEntry `json:"feed"`
}

// FeedEntry is an app.bsky.feed.defs#feedViewPost.
type FeedEntry struct {
	Post   PostView   `json:"post"`
	Reply  *ReplyView `json:"reply,omitempty"`
	Reason *Reason    `json:"reason,omitempty"`
}

// ReplyView has the posts that a post answers.
type ReplyView struct {
	Root   PostView `json:"root"`
	Parent PostView `json:"parent"`
}

// Reason is a repost.
type Reason struct {
	Type      string `json:"$type"`
	By        Author `json:"by"`
	IndexedAt string `json:"indexedAt"`
}

// PostView is an app.bsky.feed.defs#postView.
type PostView struct {
	Type        string         `json:"$type,omitempty"`
	URI         string         `json:"uri"`
	CID         string         `json:"cid"`
	Author      Author         `json:"author"`
	Record      Post[JSONLink] `json:"record"`
	Embed       *ImagesView    `json:"embed,omitempty"`
	ReplyCount  *int64         `json:"replyCount,omitempty"`
	RepostCount *int64         `json:"repostCount,omitempty"`
	LikeCount   *int64         `json:"likeCount,omitempty"`
	QuoteCount  *int64         `json:"quoteCount,omitempty"`
	IndexedAt   string         `json:"indexedAt"`
	Viewer      *PostViewer    `json:"viewer,omitempty"`
	Labels      []any          `json:"labels,omitempty"`
}

// PostViewer is what the viewer has to do with a post.
type PostViewer struct {
	ThreadMuted       *bool `json:"threadMuted,omitempty"`
	EmbeddingDisabled *bool `json:"embeddingDisabled,omitempty"`
}

// ImagesView is an app.bsky.embed.images#view.
type ImagesView struct {
	Type   string      `json:"$type"`
	Images []ImageView `json:"images"`
}

// ImageView is one of the images.
type ImageView struct {
	Thumb       string       `json:"thumb"`
	Fullsize    string       `json:"fullsize"`
	Alt         string       `json:"alt"`
	AspectRatio *AspectRatio `json:"aspectRatio,omitempty"`
}

// Author is an app.bsky.actor.defs#profileViewBasic.
type Author struct {
	DID         string        `json:"did"`
	Handle      string        `json:"handle"`
	DisplayName *string       `json:"displayName,omitempty"`
	Avatar      *string       `json:"avatar,omitempty"`
	Viewer      *AuthorViewer `json:"viewer,omitempty"`
	Labels      []any         `json:"labels,omitempty"`
	CreatedAt   *string       `json:"createdAt,omitempty"`
}

// AuthorViewer is what the viewer has to do with an author.
type AuthorViewer struct {
	Muted     *bool   `json:"muted,omitempty"`
	BlockedBy *bool   `json:"blockedBy,omitempty"`
	Following *string `json:"following,omitempty"`
}
