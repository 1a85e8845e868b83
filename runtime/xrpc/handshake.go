package xrpc

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// checkHandshake makes sure that a request opens a WebSocket, so that one that does
// not is told so in the form of all errors (ES-01, ES-02). See RFC 6455, section 4.2.1.
func checkHandshake(m *Method, r *http.Request) error {
	if r.ProtoMajor != 1 || r.ProtoMinor < 1 || !hasToken(r.Header, "Upgrade", "websocket") || !hasToken(r.Header, "Connection", "upgrade") {
		e := NewError(ErrUpgradeRequired, "%s is a subscription, which needs a WebSocket", m.NSID)
		e.Header = http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}
		return e
	}
	if r.Header.Get("Sec-WebSocket-Version") != "13" {
		e := NewError(ErrInvalidRequest, "The version of the WebSocket must be 13")
		e.Header = http.Header{"Sec-Websocket-Version": {"13"}}
		return e
	}
	keys := r.Header.Values("Sec-WebSocket-Key")
	if len(keys) == 1 {
		if key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(keys[0])); err == nil && len(key) == 16 {
			return nil
		}
	}
	return NewError(ErrInvalidRequest, "The WebSocket's key must be 16 bytes in base64")
}

// hasToken reports whether a header is a list that has the token, in any case.
func hasToken(h http.Header, key, token string) bool {
	for _, line := range h.Values(key) {
		for item := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(item), token) {
				return true
			}
		}
	}
	return false
}
