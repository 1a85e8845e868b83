package clientaddr_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/lexgen/lexgen/services/internal/clientaddr"
)

func TestOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		remote, header string
		values         []string
		want           string
	}{
		{"192.0.2.7:1234", "", nil, "192.0.2.7"},
		{"[::ffff:192.0.2.7]:1234", "", nil, "192.0.2.7"},
		{"[2001:db8:1:2:3::4%eth0]:1", "", nil, "2001:db8:1:2::/64"},
		{"192.0.2.7:1234", "", []string{"198.51.100.1"}, "192.0.2.7"}, // nobody asked
		{"192.0.2.7:1234", "X-Forwarded-For", []string{"spoofed, 198.51.100.1"}, "198.51.100.1"},
		{"192.0.2.7:1234", "X-Forwarded-For", []string{"203.0.113.1", " 198.51.100.1 "}, "198.51.100.1"},
		{"192.0.2.7:1234", "X-Forwarded-For", []string{"[2001:db8::1]:443"}, "2001:db8::/64"},
		{"192.0.2.7:1234", "X-Forwarded-For", nil, "unknown"},
		{"192.0.2.7:1234", "X-Forwarded-For", []string{"somewhere"}, "unknown"},
		{"@", "", nil, "unknown"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.values}}
		if got := clientaddr.Text(r, c.header); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
		if _, err := clientaddr.Of(r, c.header); (c.want == "unknown") != errors.Is(err, clientaddr.ErrUnknown) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}
