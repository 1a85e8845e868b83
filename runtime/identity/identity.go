package identity

import (
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// An Identity is what a DID document says of an account or a service. Identities
// are immutable and shared between goroutines freely.
type Identity struct {
	DID syntax.DID
	// Handle is the handle that the document claims, in lower case: the first in
	// alsoKnownAs that has the syntax of one, or [syntax.HandleInvalid] if there
	// is none (ID-02). Where a handle was verified that failed, it is
	// HandleInvalid, too.
	Handle syntax.Handle
	// SigningKey verifies commits of the repository, and tokens of the account.
	// It is nil where the document has none that is valid; such an account is
	// broken, and so is one without PDS (ID-03, ID-07).
	SigningKey *crypto.PublicKey
	// PDS is the origin of the account's server in lower case, such as
	// https://pds.example.com, or "" (ID-04). The port that its scheme has anyway is left
	// out, also if the document has it.
	PDS string
	// LabelerKey verifies labels, and is nil for what is no labeler (ID-06).
	LabelerKey *crypto.PublicKey
	// Labeler is the origin of the labeler's service, or "" (ID-06).
	Labeler string
	// Services are all services with an endpoint that is a text, in their order.
	Services []Service
}

// A Service is one of the services in a DID document.
type Service struct {
	// Fragment is the id behind the #, such as bsky_appview.
	Fragment string
	Type     string
	Endpoint string
}

// Broken reports whether the account has no valid key or no server: commits of
// such an account are to be ignored (ID-07).
func (i *Identity) Broken() bool { return i.SigningKey == nil || i.PDS == "" }

// Service returns the origin of the first service with a fragment and type, such
// as bsky_appview and BskyAppView, or "" if there is none, or its endpoint is no
// origin (ID-04).
func (i *Identity) Service(fragment, typ string) string {
	for _, s := range i.Services {
		if s.Fragment == fragment {
			if s.Type != typ {
				return ""
			}
			return originOf(s.Endpoint)
		}
	}
	return ""
}

// Fragments and types of services and keys that AT Protocol knows (ID-03, ID-04,
// ID-06).
const (
	FragmentKey          = "atproto"
	FragmentPDS          = "atproto_pds"
	FragmentLabelerKey   = "atproto_label"
	FragmentLabeler      = "atproto_labeler"
	FragmentAppView      = "bsky_appview"
	FragmentNotification = "bsky_notif"
	FragmentFeed         = "bsky_fg"
	FragmentChat         = "bsky_chat"

	TypePDS          = "AtprotoPersonalDataServer"
	TypeLabeler      = "AtprotoLabeler"
	TypeAppView      = "BskyAppView"
	TypeNotification = "BskyNotificationService"
	TypeFeed         = "BskyFeedGenerator"
	TypeChat         = "BskyChatService"
)
