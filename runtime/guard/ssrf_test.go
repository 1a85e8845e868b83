package guard_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/runtime/guard"
)

// inside are destinations that no stranger may send us to, as hosts of URLs, by what
// they are.
var inside = map[string][]string{
	"this network":      {"0.0.0.0", "0.1.2.3", "[::]"},
	"loopback":          {"127.0.0.1", "127.1.2.3", "127.255.255.254", "[::1]", "[0:0:0:0:0:0:0:1]", "localhost", "LOCALHOST", "localhost.", "a.localhost"},
	"private":           {"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255"},
	"shared (CGNAT)":    {"100.64.0.1", "100.127.255.255"},
	"link-local":        {"169.254.169.254", "169.254.0.1", "[fe80::1]", "[febf::1]", "[fe80::1%25lo]", "[fe80::1%251]"},
	"zones elsewhere":   {"[::1%25lo]", "[2606:4700:4700::1111%25lo]", "[::ffff:127.0.0.1%25lo]"},
	"site-local":        {"[fec0::1]"},
	"unique local":      {"[fc00::1]", "[fd00:ec2::254]", "[fdff:ffff::1]"},
	"protocol":          {"192.0.0.1", "192.0.0.8", "192.0.0.170", "[2001:1::1]", "[2001:10::1]", "[2001:20::1]"},
	"documentation":     {"192.0.2.1", "198.51.100.1", "203.0.113.1", "[2001:db8::1]", "[3fff::1]"},
	"benchmarking":      {"198.18.0.1", "198.19.255.255", "[2001:2::1]"},
	"6to4 relays":       {"192.88.99.1"},
	"AS112 and AMT":     {"192.31.196.1", "192.52.193.1", "192.175.48.1", "[2620:4f:8000::1]", "[2001:4:112::1]"},
	"multicast":         {"224.0.0.1", "239.255.255.250", "[ff02::1]", "[ff0e::1]"},
	"reserved":          {"240.0.0.1", "255.255.255.254", "255.255.255.255", "[4000::1]", "[5f00::1]", "[8000::1]"},
	"discard-only":      {"[100::1]"},
	"IPv4-mapped":       {"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[0:0:0:0:0:ffff:c0a8:1]"},
	"IPv4-compatible":   {"[::127.0.0.1]", "[::7f00:1]", "[::a00:1]"},
	"IPv4-translated":   {"[::ffff:0:127.0.0.1]", "[::ffff:0:a00:1]"},
	"NAT64":             {"[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::a00:1]", "[64:ff9b::808:808]"},
	"6to4":              {"[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:101::1]"},
	"Teredo":            {"[2001:0:7f00:1::]", "[2001::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]"},
	"other ports":       {"1.1.1.1:80", "1.1.1.1:22", "1.1.1.1:0", "1.1.1.1:65535", "[2606:4700:4700::1111]:25", "1.1.1.1:8443"},
	"userinfo":          {"1.1.1.1@127.0.0.1", "public.example.org:443@10.0.0.1", "1.1.1.1:443@[::1]", "a:b@169.254.169.254", "1.1.1.1%2F@127.0.0.1", "%31@127.0.0.1"},
	"escaped":           {"%31%32%37.0.0.1", "127%2E0.0.1", "%6cocalhost"},
	"numbers, as names": {"2130706433", "0x7f000001", "0x7F.0.0.1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "0", "127.0.0.01", "127.0.0.1.", "10.0.0.1."},
	"other digits":      {"127。0。0。1", "１２７.０.０.１", "①②⑦.0.0.1", "ⓛocalhost", "127․0․0․1"},
	"IDN":               {"xn--lcalhost-x1a.example", "bücher.example", "xn--bcher-kva.example"},
	"names of numbers":  {"127.0.0.1.example.org", "10.0.0.1.nip.example", "0x7f000001.example"},
	"many labels":       {strings.Repeat("a.", 100) + "example.org"},
}

// TestPrivateDestinationsAreRefused asks for each over https. Names that are none of
// the DNS lead to loopback here, which is the worst that a resolver can make of them.
func TestPrivateDestinationsAreRefused(t *testing.T) {
	t.Parallel()
	client := guard.NewClient(guard.Options{Resolver: (&names{}).serve(t)})
	for what, hosts := range inside {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			for _, host := range hosts {
				for _, scheme := range []string{"https", "http"} {
					mustRefuse(t, client, scheme+"://"+host+"/")
				}
			}
		})
	}
}

// mustRefuse fails if a URL is not refused. One that is no URL to begin with is
// refused enough.
func mustRefuse(t *testing.T, client *http.Client, to string) {
	t.Helper()
	if _, err := url.Parse(to); err != nil {
		return
	}
	if answer, err := get(t, client, to); err == nil {
		t.Errorf("%s: %s", to, answer)
	} else if !errors.Is(err, guard.ErrForbidden) && !strings.Contains(err.Error(), "no such host") && !strings.Contains(err.Error(), "invalid") {
		t.Errorf("%s: %v", to, err)
	}
}

// TestRedirectsIntoTheInsideAreRefused redirects from a server that may be connected
// to, to each of these destinations.
func TestRedirectsIntoTheInsideAreRefused(t *testing.T) {
	t.Parallel()
	s, opts, count := server(t, func(w http.ResponseWriter, r *http.Request) {
		if to := r.URL.Query().Get("to"); to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusFound)
		}
	})
	opts = allowing(s, opts)
	opts.Resolver = (&names{}).serve(t)
	opts.Redirects = 5
	client := guard.NewClient(opts)
	asked := int64(0)
	for _, hosts := range inside {
		for _, host := range hosts {
			if host == "127.0.0.1" || strings.HasSuffix(host, "@127.0.0.1") || strings.HasPrefix(host, "[::ffff:") {
				continue // allowed here, or another port, which the next test is about
			}
			mustRefuse(t, client, s.URL+"/?to="+url.QueryEscape("https://"+host+"/"))
			asked++
		}
	}
	for _, to := range []string{"http://" + strings.TrimPrefix(s.URL, "https://") + "/", "http://127.0.0.1/", "https://127.0.0.1/", "https://127.0.0.1:80/", "ftp://127.0.0.1/", "file:///etc/passwd", "gopher://127.0.0.1/"} {
		mustRefuse(t, client, s.URL+"/?to="+url.QueryEscape(to))
		asked++
	}
	if count.Load() != asked {
		t.Errorf("%d requests, want the %d that were redirected", count.Load(), asked)
	}
	if _, err := get(t, client, s.URL+"/?to="+url.QueryEscape(s.URL)); err != nil {
		t.Errorf("a redirect to where it may go: %v", err)
	}
}

// allowing returns options for which the network of a server is public: exactly
// 127.0.0.1 and its port.
func allowing(s *httptest.Server, opts guard.Options) guard.Options {
	u, _ := url.Parse(s.URL)
	port, _ := strconv.ParseUint(u.Port(), 10, 16)
	opts.Development, opts.Ports, opts.Allow = false, []uint16{uint16(port)}, []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}
	opts.TLS.ServerName = "example.com" // that of the server's certificate
	return opts
}

// TestRebinding has names that lead to where one may go and to where not, at one
// time or in turn: connected is to the former, or not at all.
func TestRebinding(t *testing.T) {
	t.Parallel()
	const public = "127.0.0.1" // by allowing
	for name, c := range map[string]struct {
		answers [][]string
		refused []bool // the first request, the second and so on
	}{
		"public":                      {[][]string{{public}}, []bool{false, false}},
		"public, then private":        {[][]string{{public}, {"127.0.0.2"}}, []bool{false, true, true}},
		"public, then metadata":       {[][]string{{public}, {"169.254.169.254"}}, []bool{false, true}},
		"public, then v6":             {[][]string{{public}, {"::1"}}, []bool{false, true}},
		"private, then public":        {[][]string{{"10.0.0.1"}, {public}}, []bool{true, false}},
		"both at once":                {[][]string{{public, "127.0.0.2", "10.0.0.1"}}, []bool{false, false}},
		"both at once, private first": {[][]string{{"127.0.0.2", "10.0.0.1", public}}, []bool{false, false}},
		"both at once, v6 first":      {[][]string{{"::1", "fd00::1", public}}, []bool{false}},
		"private ones":                {[][]string{{"127.0.0.2", "10.0.0.1", "169.254.169.254", "::1", "fe80::1"}}, []bool{true}},
		"mapped":                      {[][]string{{"::ffff:10.0.0.1"}}, []bool{true}},
		"NAT64":                       {[][]string{{"64:ff9b::a00:1"}}, []bool{true}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, opts, count := server(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Connection", "close") // the next request resolves anew
			})
			opts = allowing(s, opts)
			opts.Resolver = (&names{answers: map[string][][]string{"rebind.example.org": c.answers}}).serve(t)
			client := guard.NewClient(opts)
			served := int64(0)
			for i, refused := range c.refused {
				_, err := get(t, client, "https://rebind.example.org:"+strconv.Itoa(int(opts.Ports[0])))
				if errors.Is(err, guard.ErrForbidden) != refused || !refused && err != nil {
					t.Errorf("request %d: %v, want it refused: %t", i, err, refused)
				}
				if !refused {
					served++
				}
			}
			if count.Load() != served {
				t.Errorf("%d requests, want %d", count.Load(), served)
			}
		})
	}
}

// TestAllowedNetworks: what is beside the allowed network stays forbidden.
func TestAllowedNetworks(t *testing.T) {
	t.Parallel()
	s, opts, _ := server(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inside") })
	opts = allowing(s, opts)
	port := ":" + strconv.Itoa(int(opts.Ports[0]))
	if got, err := get(t, guard.NewClient(opts), s.URL); err != nil || got != "200 OK inside" {
		t.Errorf("%s, %v", got, err)
	}
	for _, to := range []string{"https://127.0.0.2" + port, "https://[::1]" + port, "https://127.0.0.1", "http://127.0.0.1" + port, "https://10.0.0.1" + port} {
		mustRefuse(t, guard.NewClient(opts), to)
	}
	opts.Allow = nil
	mustRefuse(t, guard.NewClient(opts), s.URL)
}

// TestProxiesOfTheEnvironmentAreNotUsed runs itself once more with a proxy in its
// environment, because package http reads that once.
func TestProxiesOfTheEnvironmentAreNotUsed(t *testing.T) {
	t.Parallel()
	if os.Getenv("LEXGEN_TEST_PROXY") != "" {
		behindAProxy(t)
		return
	}
	var seen []string
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Method+" "+r.Host)
		w.WriteHeader(http.StatusTeapot)
	}))
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxiesOfTheEnvironmentAreNotUsed$", "-test.v")
	child.Env = append(os.Environ(), "LEXGEN_TEST_PROXY=1", "NO_PROXY=", "no_proxy=", "REQUEST_METHOD=")
	for _, name := range []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"} {
		child.Env = append(child.Env, name+"="+proxy.URL)
	}
	out, err := child.CombinedOutput()
	proxy.Close()
	if err != nil || !strings.Contains(string(out), "behind a proxy") {
		t.Errorf("%v\n%s", err, out)
	}
	if !slices.Equal(seen, []string{"GET control.example.org"}) {
		t.Errorf("the proxy was asked for %q, want what the control asks for", seen)
	}
}

func behindAProxy(t *testing.T) {
	t.Helper()
	t.Log("behind a proxy")
	control := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}
	if got, err := get(t, control, "http://control.example.org/"); !strings.HasPrefix(got, "418") {
		t.Errorf("the proxy is not there: %s, %v", got, err)
	}
	resolver := (&names{}).serve(t)
	for _, opts := range []guard.Options{{Resolver: resolver}, {Resolver: resolver, Ports: []uint16{80, 443}}} {
		for _, to := range []string{"https://10.0.0.1/", "https://guarded.example.org/", "http://guarded.example.org/"} {
			mustRefuse(t, guard.NewClient(opts), to)
		}
	}
	opts := guard.Options{Development: true, Resolver: (&names{answers: map[string][][]string{"guarded.example.org": {{}}}}).serve(t)}
	if got, err := get(t, guard.NewClient(opts), "http://guarded.example.org/"); err == nil {
		t.Errorf("in development: %s", got)
	}
}
