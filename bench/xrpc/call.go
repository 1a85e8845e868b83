package xrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"

	"github.com/bluesky-social/indigo/api/atproto"
	"github.com/bluesky-social/indigo/api/bsky"
	"github.com/bluesky-social/indigo/atproto/atclient"
	"github.com/labstack/echo/v4"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/bench/fixture"
	"github.com/lexgen/lexgen/bench/measure"
	"github.com/lexgen/lexgen/bench/report"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

const (
	handle = "alice.example.com"
	did    = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
)

// smallCall is a query with one parameter and a short answer.
func smallCall(s *servers) (report.Comparison, error) {
	var none report.Comparison
	server := xrpc.NewServer()
	comatproto.IdentityResolveHandle.Handle(server, resolve)
	peer := echo.New()
	peer.GET("/xrpc/com.atproto.identity.resolveHandle", func(c echo.Context) error {
		if c.QueryParam("handle") != handle {
			return errOther
		}
		return c.JSON(http.StatusOK, &atproto.IdentityResolveHandle_Output{Did: did})
	})
	own, their, err := clients(s, server, peer)
	if err != nil {
		return none, err
	}
	ctx := context.Background()
	return report.Comparison{
		Rows: []report.Row{{Work: "XRPC call, a small query", Ours: ours, Theirs: echoed}},
		Variants: []measure.Variant{
			way(ours, func() error {
				out, err := comatproto.IdentityResolveHandle.Call(ctx, own, &comatproto.IdentityResolveHandleParams{Handle: handle})
				if err == nil && out.DID != syntax.DID(did) {
					return errOther
				}
				return err
			}),
			way(echoed, func() error {
				out, err := atproto.IdentityResolveHandle(ctx, their, handle)
				if err == nil && out.Did != did {
					return errOther
				}
				return failed("call", err)
			}),
		},
	}, nil
}

// resolve knows one handle.
func resolve(_ context.Context, r *comatproto.IdentityResolveHandleRequest) (*comatproto.IdentityResolveHandleOutput, error) {
	if r.Params.Handle != handle {
		return nil, errOther
	}
	return &comatproto.IdentityResolveHandleOutput{DID: did}, nil
}

// clients serves both sides and returns a client of each.
func clients(s *servers, own, their http.Handler) (*xrpc.Client, *atclient.APIClient, error) {
	address, err := s.serve(own)
	if err != nil {
		return nil, nil, err
	}
	other, err := s.serve(their)
	if err != nil {
		return nil, nil, err
	}
	return xrpc.NewClient("http://" + address), atclient.NewAPIClient("http://" + other), nil
}

const posts = 50

// timelineCall is a query whose answer has 50 posts.
func timelineCall(s *servers) (report.Comparison, error) {
	var none report.Comparison
	text, err := fixture.Timeline(posts)
	if err != nil {
		return none, err
	}
	var timeline appbsky.FeedGetTimelineOutput
	if err := lex.DecodeJSON(text, &timeline); err != nil {
		return none, fmt.Errorf("%s: %w", ours, err)
	}
	var other bsky.FeedGetTimeline_Output
	if err := json.Unmarshal(text, &other); err != nil {
		return none, fmt.Errorf("%s: %w", echoed, err)
	}
	server := xrpc.NewServer()
	appbsky.FeedGetTimeline.Handle(server, func(_ context.Context, r *appbsky.FeedGetTimelineRequest) (*appbsky.FeedGetTimelineOutput, error) {
		if r.Params.Limit.Or(0) != posts {
			return nil, errOther
		}
		return &timeline, nil
	})
	peer := echo.New()
	peer.GET("/xrpc/app.bsky.feed.getTimeline", func(c echo.Context) error {
		if c.QueryParam("limit") != fmt.Sprint(posts) {
			return errOther
		}
		return c.JSON(http.StatusOK, &other)
	})
	own, their, err := clients(s, server, peer)
	if err != nil {
		return none, err
	}
	ctx := context.Background()
	call := func() (*appbsky.FeedGetTimelineOutput, error) {
		return appbsky.FeedGetTimeline.Call(ctx, own, &appbsky.FeedGetTimelineParams{Limit: lex.Some[int64](posts)})
	}
	callOther := func() (*bsky.FeedGetTimeline_Output, error) { return bsky.FeedGetTimeline(ctx, their, "", "", posts) }
	if err := sameTimeline(call, callOther, text); err != nil {
		return none, err
	}
	return report.Comparison{
		Rows: []report.Row{{Work: fmt.Sprintf("XRPC call, a timeline of %d posts", posts), Ours: ours, Theirs: echoed}},
		Variants: []measure.Variant{
			way(ours, func() error { _, err := call(); return err }),
			way(echoed, func() error { _, err := callOther(); return err }),
		},
	}, nil
}

// sameTimeline proves that both get the timeline that was served.
func sameTimeline(call func() (*appbsky.FeedGetTimelineOutput, error), callOther func() (*bsky.FeedGetTimeline_Output, error), text []byte) error {
	out, err := call()
	if err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	got, err := lex.MarshalJSON(out)
	if err != nil {
		return fmt.Errorf("%s: %w", ours, err)
	}
	var a, b any
	if err := errors.Join(json.Unmarshal(got, &a), json.Unmarshal(text, &b)); err != nil {
		return err
	}
	if !reflect.DeepEqual(a, b) {
		return fmt.Errorf("%s: %w", ours, errOther)
	}
	other, err := callOther()
	if err != nil {
		return fmt.Errorf("%s: %w", echoed, err)
	}
	if len(other.Feed) != posts || other.Feed[posts-1].Post.Uri != string(out.Feed[posts-1].Post.URI) {
		return fmt.Errorf("%s: %w", echoed, errOther)
	}
	return nil
}
