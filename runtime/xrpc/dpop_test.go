package xrpc_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/runtime/xrpc"
	"github.com/lexgen/lexgen/runtime/xrpc/xrpctest"
)

// A dpop is credentials as OAuth has them: a token that is bound to a key, proofs
// made with that key, and nonces that the service gives (OA-21 to OA-26).
type dpop struct {
	key *ecdsa.PrivateKey

	mu    sync.Mutex
	token string
	nonce string
	asked string // what Refused was asked
}

func (d *dpop) Authorize(_ context.Context, req *http.Request, _ *xrpc.Method) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	hash := sha256.Sum256([]byte(d.token))
	claims := jwt.MapClaims{
		"jti": rand.Text(), "htm": req.Method, "htu": req.URL.Scheme + "://" + req.URL.Host + req.URL.Path, "iat": time.Now().Unix(),
		"ath": base64.RawURLEncoding.EncodeToString(hash[:]),
	}
	if d.nonce != "" {
		claims["nonce"] = d.nonce
	}
	proof := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	proof.Header["typ"] = "dpop+jwt"
	text, err := proof.SignedString(d.key)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "DPoP "+d.token)
	req.Header.Set("DPoP", text)
	return nil
}

func (d *dpop) Answered(_ *http.Request, header http.Header) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	nonce := header.Get("DPoP-Nonce")
	if nonce == "" {
		return errors.New("the answer has no nonce")
	}
	d.nonce = nonce
	return nil
}

func (d *dpop) Refused(_ context.Context, _ *http.Request, refused *xrpc.Error) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	stale := strings.Contains(refused.Header.Get("WWW-Authenticate"), "use_dpop_nonce")
	d.asked += fmt.Sprintf("nonce %v ", stale)
	if !stale {
		d.token = "renewed"
	}
	return true, nil
}

// A resource is a service that wants proofs. It takes one token and one nonce.
type resource struct {
	*xrpc.Server

	key          *ecdsa.PublicKey
	token, nonce string
	silent       bool // does not say its nonce
	asked        int
}

func (r *resource) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.asked++
	if !r.silent {
		w.Header().Set("DPoP-Nonce", r.nonce)
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(req.Header.Get("DPoP"), claims, func(*jwt.Token) (any, error) { return r.key, nil }, jwt.WithValidMethods([]string{"ES256"}))
	switch {
	case err != nil || claims["htm"] != req.Method || claims["htu"] != xrpctest.URL+req.URL.Path:
		refuse(w, "invalid_dpop_proof")
	case claims["nonce"] != r.nonce:
		refuse(w, "use_dpop_nonce")
	case req.Header.Get("Authorization") != "DPoP "+r.token:
		refuse(w, "invalid_token")
	default:
		r.Server.ServeHTTP(w, req)
	}
}

// refuse answers as resource servers do, which call each refusal the same.
func refuse(w http.ResponseWriter, reason string) {
	w.Header().Set("WWW-Authenticate", fmt.Sprintf("DPoP error=%q", reason))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnauthorized)
	fmt.Fprint(w, `{"error":"AuthenticationRequired"}`)
}

// TestCredentialsOfOAuthFit has the steps of a session whose key is bound to its
// token: the requests that each takes, and what the credentials are asked.
func TestCredentialsOfOAuthFit(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	service := &resource{Server: xrpc.NewServer(), key: &key.PublicKey, token: "first", nonce: "n1"}
	comatproto.ServerGetSession.Handle(service.Server, func(context.Context, *comatproto.ServerGetSessionRequest) (*comatproto.ServerGetSessionOutput, error) {
		return &comatproto.ServerGetSessionOutput{Handle: "a.test", DID: "did:web:example.com"}, nil
	})
	credentials := &dpop{key: key, token: "first"}
	client := xrpctest.NewClient(t, service, xrpc.WithCredentials(credentials))
	for _, step := range []struct {
		name     string
		change   func()
		requests int
		asked    string
		err      string
	}{
		{"no nonce yet", func() {}, 2, "nonce true ", ""},
		{"the nonce of the answer before", func() {}, 1, "", ""},
		{"another nonce", func() { service.nonce = "n2" }, 2, "nonce true ", ""},
		{"an expired token", func() { service.token = "renewed" }, 2, "nonce false ", ""},
		{"both", func() { service.nonce, service.token, credentials.token = "n3", "renewed", "old" }, 3, "nonce true nonce false ", ""},
		{"never", func() { service.nonce, service.token = "n4", "none" }, 3, "nonce true nonce false ", "com.atproto.server.getSession: AuthenticationRequired (401)"},
		{"an answer without a nonce", func() { service.token, service.silent = "renewed", true }, 1, "", "the answer has no nonce"},
	} {
		step.change()
		service.asked, credentials.asked = 0, ""
		_, err := comatproto.ServerGetSession.Call(t.Context(), client, nil)
		if text(err) != step.err || service.asked != step.requests || credentials.asked != step.asked {
			t.Errorf("%s: %v after %d requests, asked %q; want %q, %d, %q", step.name, err, service.asked, credentials.asked, step.err, step.requests, step.asked)
		}
	}
}
