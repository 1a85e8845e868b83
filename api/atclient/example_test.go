package atclient_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/lexgen/lexgen/api/appbsky"
	"github.com/lexgen/lexgen/api/atclient"
	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

func Example() {
	server := (&host{}).server()
	comatproto.RegisterRepoServer(server, &repository{})
	web := httptest.NewServer(server)
	defer web.Close()
	if err := introduce(context.Background(), web.URL, "alice.example", "right"); err != nil {
		fmt.Println(err)
	}
	// Output:
	// at://did:web:alice.example/app.bsky.actor.profile/self
	// 0
	// 0
	// 1
	// atclient: at://did:web:alice.example/app.bsky.actor.profile/11: lex: $.displayName: expected a string, found a number (offset 48)
}

func introduce(ctx context.Context, pds, handle, password string) error {
	session, err := atclient.Login(ctx, xrpc.NewClient(pds), handle, password, atclient.WithAuthFactor("123"))
	if err != nil {
		return err
	}
	client := session.Client()
	ref, err := atclient.Put(ctx, client, "self", &appbsky.ActorProfile{DisplayName: lex.String("Alice")})
	if err != nil {
		return err
	}
	fmt.Println(ref.URI)
	for profile, err := range atclient.List[*appbsky.ActorProfile](ctx, client, "alice.example") {
		if err != nil {
			return err
		}
		fmt.Println(profile.Record.DisplayName)
	}
	return nil
}
