package auth_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lexgen/lexgen/runtime/auth"
	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const (
	alice   = syntax.DID("did:web:alice.example")
	service = "did:web:api.example#appview"
	method  = syntax.NSID("com.example.get")
)

var noon = time.Unix(1_700_000_000, 0)

// counting is a source of random bytes that repeats nothing.
type counting struct{ n byte }

func (c *counting) Read(b []byte) (int, error) {
	for i := range b {
		c.n++
		b[i] = c.n
	}
	return len(b), nil
}

func newKey(t testing.TB, curve crypto.Curve) *crypto.PrivateKey {
	t.Helper()
	key, err := crypto.ParsePrivateKeyHex(curve, strings.Repeat("17", 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keys has one key for each ID, and counts how often it is asked for old and new
// ones.
type keys struct {
	old, fresh map[string]*crypto.PublicKey
	asked      string
}

func (k *keys) Key(_ context.Context, did syntax.DID, id string, fresh bool) (*crypto.PublicKey, error) {
	k.asked += fmt.Sprintf("%s%s %v\n", did, id, fresh)
	from := k.old
	if fresh {
		from = k.fresh
	}
	if key := from[id]; key != nil {
		return key, nil
	}
	return nil, errors.New("there is no such key")
}

func verifier(k *keys) *auth.Verifier {
	return &auth.Verifier{Keys: k, Audiences: []string{service, "did:web:api.example"}, Now: func() time.Time { return noon }}
}

func issue(t testing.TB, key crypto.Signer, change func(*auth.Token)) string {
	t.Helper()
	token := &auth.Token{Issuer: alice, Audience: service, Method: method, ID: "1", IssuedAt: noon, Expires: noon.Add(time.Minute)}
	if change != nil {
		change(token)
	}
	text, err := auth.Sign(key, token)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTokensHaveTheForm_XR40_XR41(t *testing.T) {
	t.Parallel()
	for curve, alg := range map[crypto.Curve]string{crypto.K256: "ES256K", crypto.P256: "ES256"} {
		i := auth.NewIssuer(alice, newKey(t, curve), service)
		i.Now, i.Random = func() time.Time { return noon }, &counting{}
		text, err := i.Issue(method)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(text, ".")
		header, payload := decode(t, parts[0]), decode(t, parts[1])
		if want := `{"alg":"` + alg + `","typ":"JWT"}`; header != want {
			t.Errorf("header %s, want %s", header, want)
		}
		if want := `{"aud":"did:web:api.example#appview","exp":1700000060,"iat":1700000000,"iss":"did:web:alice.example","jti":"0102030405060708090a0b0c0d0e0f10","lxm":"com.example.get"}`; sorted(t, payload) != want {
			t.Errorf("payload\ngot  %s\nwant %s", sorted(t, payload), want)
		}
		i.KeyID = "#atproto_label"
		if text, _ = i.Issue(method); decode(t, strings.Split(text, ".")[0]) != `{"alg":"`+alg+`","kid":"#atproto_label","typ":"JWT"}` {
			t.Errorf("header %s", decode(t, strings.Split(text, ".")[0]))
		}
	}
}

func decode(t testing.TB, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func sorted(t testing.TB, text string) string {
	t.Helper()
	var v map[string]any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// raw makes a token of any header and payload, with a true signature.
func raw(t testing.TB, key crypto.Signer, header, payload string) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	sig, err := key.Sign([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(sig)
}

func TestWhatIsAccepted_XR40_XR41_XR42_XR44_XR45_OA78_OA79(t *testing.T) {
	t.Parallel()
	k256, p256 := newKey(t, crypto.K256), newKey(t, crypto.P256)
	const header = `{"alg":"ES256K","typ":"JWT"}`
	claims := func(exp string) string {
		if exp == "" {
			exp = "1700000060"
		}
		return `{"iss":"did:web:alice.example","aud":"` + service + `","lxm":"com.example.get","jti":"1","iat":1700000000,"exp":` + exp + `}`
	}
	good := issue(t, k256, nil)
	for name, c := range map[string]struct{ token, want string }{
		"good":                   {good, ""},
		"for the bare DID":       {issue(t, k256, func(t *auth.Token) { t.Audience = "did:web:api.example" }), ""},
		"with its key":           {issue(t, k256, func(t *auth.Token) { t.KeyID = "#atproto" }), ""},
		"just expired":           {issue(t, k256, func(t *auth.Token) { t.Expires = noon.Add(-30 * time.Second) }), ""},
		"of a fast clock":        {issue(t, k256, func(t *auth.Token) { t.IssuedAt = noon.Add(30 * time.Second) }), ""},
		"without typ":            {raw(t, k256, `{"alg":"ES256K"}`, claims("")), ""},
		"for five minutes":       {issue(t, k256, func(t *auth.Token) { t.Expires = noon.Add(5 * time.Minute) }), ""},
		"five minutes old":       {issue(t, k256, func(t *auth.Token) { t.IssuedAt = noon.Add(-5 * time.Minute) }), ""},
		"without iat":            {raw(t, k256, header, strings.Replace(claims(""), `"iat":1700000000,`, "", 1)), ""},
		"good since now":         {raw(t, k256, header, strings.Replace(claims(""), `"iat"`, `"nbf":1700000030,"iat"`, 1)), ""},
		"aud as a list of one":   {raw(t, k256, header, strings.Replace(claims(""), `"`+service+`"`, `["`+service+`"]`, 1)), ""},
		"expired":                {issue(t, k256, func(t *auth.Token) { t.Expires = noon.Add(-31 * time.Second) }), "JwtExpired: the token has expired"},
		"for too long":           {issue(t, k256, func(t *auth.Token) { t.Expires = noon.Add(5*time.Minute + 31*time.Second) }), "BadJwt: the token is good for longer than 5m0s"},
		"too old":                {issue(t, k256, func(t *auth.Token) { t.IssuedAt = noon.Add(-5*time.Minute - 31*time.Second) }), "JwtExpired: the token was issued more than 5m0s ago"},
		"not good yet":           {raw(t, k256, header, strings.Replace(claims(""), `"iat"`, `"nbf":1700000031,"iat"`, 1)), "BadJwt: the token is not good yet"},
		"from the future":        {issue(t, k256, func(t *auth.Token) { t.IssuedAt = noon.Add(31 * time.Second) }), "BadJwt: the token was issued in the future"},
		"for another service":    {issue(t, k256, func(t *auth.Token) { t.Audience = "did:web:api.example#other" }), "BadJwtAudience: the token is for another service"},
		"for two services":       {raw(t, k256, header, strings.Replace(claims(""), `"`+service+`"`, `["`+service+`","x"]`, 1)), "BadJwtAudience: the token must be for one service"},
		"for another method":     {issue(t, k256, func(t *auth.Token) { t.Method = "com.example.getmore" }), "BadJwtLexiconMethod: the token is for another method than com.example.get"},
		"for any method":         {issue(t, k256, func(t *auth.Token) { t.Method = "" }), "BadJwtLexiconMethod: the token names no method (lxm); it must be com.example.get"},
		"of no DID":              {issue(t, k256, func(t *auth.Token) { t.Issuer = "alice.example" }), "BadJwtIss: the issuer is no DID"},
		"of another key":         {issue(t, k256, func(t *auth.Token) { t.KeyID = "#atproto_label" }), `BadJwtIss: tokens that the key "#atproto_label" signs are not accepted`},
		"of an older labeler":    {issue(t, k256, func(t *auth.Token) { t.Issuer += "#atproto_labeler" }), `BadJwtIss: tokens that the key "#atproto_label" signs are not accepted`},
		"of the wrong curve":     {issue(t, p256, nil), "BadJwtSignature: the signature is not the issuer's"},
		"said to be of a curve":  {raw(t, k256, `{"alg":"ES256","typ":"JWT"}`, claims("")), "BadJwtSignature: the signature is not the issuer's"},
		"an access token":        {raw(t, k256, `{"alg":"ES256K","typ":"at+jwt"}`, claims("")), "BadJwtType: the token is none for services"},
		"a refresh token":        {raw(t, k256, `{"alg":"ES256K","typ":"refresh+jwt"}`, claims("")), "BadJwtType: the token is none for services"},
		"a proof of possession":  {raw(t, k256, `{"alg":"ES256K","typ":"dpop+jwt"}`, claims("")), "BadJwtType: the token is none for services"},
		"typ is no text":         {raw(t, k256, `{"alg":"ES256K","typ":1}`, claims("")), "BadJwtType: the token is none for services"},
		"alg none":               {raw(t, k256, `{"alg":"none"}`, claims("")), "BadJwt: the algorithm must be ES256 or ES256K"},
		"alg HS256":              {raw(t, k256, `{"alg":"HS256"}`, claims("")), "BadJwt: the algorithm must be ES256 or ES256K"},
		"no alg":                 {raw(t, k256, `{}`, claims("")), "BadJwt: the token cannot be read"},
		"critical headers":       {raw(t, k256, `{"alg":"ES256K","crit":["x"],"x":1}`, claims("")), "BadJwt: the token has critical headers"},
		"no exp":                 {raw(t, k256, header, `{"iss":"did:web:alice.example","aud":"`+service+`","lxm":"com.example.get"}`), "BadJwt: the token has no exp"},
		"exp is text":            {raw(t, k256, header, claims(`"x"`)), "BadJwt: the token cannot be read"},
		"exp is beyond numbers":  {raw(t, k256, header, claims(`1e300`)), "JwtExpired: the token has expired"},
		"kid is a URL":           {raw(t, k256, `{"alg":"ES256K","kid":"https://example.com/key"}`, claims("")), "BadJwt: the header kid must be # and the name of a key"},
		"a signature is cut":     {good[:len(good)-1], "BadJwt"},
		"a signature is changed": {good[:len(good)-10] + flip(good[len(good)-10:]), "BadJwtSignature: the signature is not the issuer's"},
		"no signature":           {good[:strings.LastIndexByte(good, '.')+1], "BadJwtSignature: the signature is not the issuer's"},
		"a payload is changed":   {strings.Replace(good, ".", ".e30", 1), "BadJwt"},
		"two parts":              {"a.b", "BadJwt: the token cannot be read"},
		"nothing":                {"", "BadJwt: the token cannot be read"},
		"too long":               {strings.Repeat("a", auth.MaxToken+1), "BadJwt: the token has more than 8192 bytes"},
		"padding":                {good + "=", "BadJwt: the token cannot be read"},
	} {
		v := verifier(&keys{old: map[string]*crypto.PublicKey{"#atproto": k256.PublicKey()}})
		token, err := v.Verify(t.Context(), c.token, method)
		got := strings.TrimPrefix(fmt.Sprint(err), "auth: ")
		if c.want == "" {
			if err != nil || token.Issuer != alice || token.Method != method {
				t.Errorf("%s: %v, %+v", name, err, token)
			}
			continue
		}
		var e *auth.Error
		if !errors.As(err, &e) || got != c.want && c.want != string(e.Name) {
			t.Errorf("%s\ngot  %s\nwant %s", name, got, c.want)
		}
	}
}

// flip changes the first letter.
func flip(s string) string {
	if s[0] == 'A' {
		return "B" + s[1:]
	}
	return "A" + s[1:]
}

// TestKeysAreLookedUpAnewOnce has an account whose key has changed, one whose key
// never fits, and one that cannot be looked up.
func TestKeysAreLookedUpAnewOnce_XR43(t *testing.T) {
	t.Parallel()
	k256, p256 := newKey(t, crypto.K256), newKey(t, crypto.P256)
	text := issue(t, k256, nil)
	const twice = "did:web:alice.example#atproto false\ndid:web:alice.example#atproto true\n"
	at := func(k *crypto.PrivateKey) map[string]*crypto.PublicKey {
		return map[string]*crypto.PublicKey{"#atproto": k.PublicKey()}
	}
	for name, c := range map[string]struct {
		keys keys
		ok   bool
		want string
	}{
		"remembered": {keys{old: at(k256)}, true, "did:web:alice.example#atproto false\n"},
		"changed":    {keys{old: at(p256), fresh: at(k256)}, true, twice},
		"never":      {keys{old: at(p256), fresh: at(p256)}, false, twice},
		"nobody":     {keys{}, false, twice},
	} {
		if _, err := verifier(&c.keys).Verify(t.Context(), text, method); (err == nil) != c.ok || c.keys.asked != c.want {
			t.Errorf("%s: %v, asked\n%s", name, err, c.keys.asked)
		}
	}
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := verifier(&keys{}).Verify(canceled, text, method); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestTokensAreUsedOnce uses tokens at one time after another, in seconds from noon, of
// which each is good until 60, and 30 more for clocks that differ.
func TestTokensAreUsedOnce_XR42_XR45(t *testing.T) {
	t.Parallel()
	const bob = syntax.DID("did:web:bob.example")
	key, now := newKey(t, crypto.K256), noon
	v := verifier(&keys{old: map[string]*crypto.PublicKey{"#atproto": key.PublicKey()}})
	v.Now = func() time.Time { return now }
	v.Replay = auth.NewMemoryReplay(20, v.Now)
	for _, s := range []struct {
		at     int
		issuer syntax.DID
		id     string
		want   string
	}{
		{0, alice, "1", ""},
		{0, alice, "1", "BadJwt: the token was used before"},
		{0, bob, "1", ""}, // an ID is one of its issuer
		{0, bob, "1", "BadJwt: the token was used before"},
		{0, alice, "", "BadJwt: the token has no jti"},
		{59, alice, "1", "BadJwt: the token was used before"},
		{61, alice, "1", "BadJwt: the token was used before"},
		{90, alice, "1", "BadJwt: the token was used before"},
		{91, alice, "1", "JwtExpired: the token has expired"},
	} {
		now = noon.Add(time.Duration(s.at) * time.Second)
		_, err := v.Verify(t.Context(), issue(t, key, func(t *auth.Token) { t.Issuer, t.ID = s.issuer, s.id }), method)
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "auth: ")
		}
		if got != s.want {
			t.Errorf("%s %q at %d: %s, want %s", s.issuer, s.id, s.at, got, s.want)
		}
	}
}

// TestAStrangerCannotFillTheMemory has one issuer that sends as many tokens as there is
// room for, which are good for long. It gets a tenth of the room, and others are served;
// many issuers fill it.
func TestAStrangerCannotFillTheMemory_XR45(t *testing.T) {
	t.Parallel()
	now := noon
	r := auth.NewMemoryReplay(100, func() time.Time { return now })
	use := func(issuer syntax.DID, id int, until time.Duration) error {
		before, err := r.Use(t.Context(), issuer, fmt.Sprint(id), noon.Add(until))
		if before {
			t.Errorf("%s %d was used before", issuer, id)
		}
		return err
	}
	taken := 0
	for id := range 1000 {
		if err := use("did:web:mallory.example", id, time.Hour); err == nil {
			taken++
		} else if !errors.Is(err, auth.ErrReplayFull) {
			t.Fatal(err)
		}
	}
	if taken != 10 {
		t.Errorf("the stranger has %d of 100 places", taken)
	}
	for i := range 90 {
		if err := use(syntax.DID(fmt.Sprintf("did:web:a%d.example", i)), 1, time.Minute); err != nil {
			t.Errorf("issuer %d: %v", i, err)
		}
	}
	if err := use("did:web:late.example", 1, time.Minute); !errors.Is(err, auth.ErrReplayFull) {
		t.Errorf("more than all are remembered: %v", err)
	}
	now = noon.Add(2 * time.Minute) // all but the stranger's have expired
	for i := range 90 {
		if err := use(syntax.DID(fmt.Sprintf("did:web:b%d.example", i)), 1, time.Hour); err != nil {
			t.Errorf("later issuer %d: %v", i, err)
		}
	}
	now = noon.Add(2 * time.Hour)
	if err := use("did:web:mallory.example", 0, 3*time.Hour); err != nil {
		t.Errorf("the share stays taken: %v", err)
	}
	one := auth.NewMemoryReplay(1, func() time.Time { return now })
	if before, err := one.Use(t.Context(), alice, "1", now.Add(time.Minute)); before || err != nil {
		t.Errorf("a limit of 1: %v", err)
	}
}

func TestIssuersMayBeUnknown_XR44(t *testing.T) {
	t.Parallel()
	key := newKey(t, crypto.K256)
	v := verifier(&keys{old: map[string]*crypto.PublicKey{"#atproto": key.PublicKey()}})
	v.Trusts = func(did syntax.DID) bool { return did != alice }
	if _, err := v.Verify(t.Context(), issue(t, key, nil), method); err == nil || err.Error() != "auth: UntrustedIss: tokens of did:web:alice.example are not accepted" {
		t.Error(err)
	}
}

// FuzzVerify claims that no text but a signed one is accepted.
func FuzzVerify(f *testing.F) {
	key := newKey(f, crypto.K256)
	good := issue(f, key, nil)
	f.Add(good)
	f.Add(raw(f, key, `{"alg":"ES256","kid":"#x"}`, `{"iss":"did:web:a.b#c","aud":[],"exp":1}`))
	f.Add("a.b.c")
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		v := verifier(&keys{old: map[string]*crypto.PublicKey{"#atproto": key.PublicKey()}})
		// The signature may have its s in either half; what it signs may not differ.
		said := good[:strings.LastIndexByte(good, '.')+1]
		if _, err := v.Verify(t.Context(), text, method); err == nil && !strings.HasPrefix(text, said) {
			t.Errorf("accepted: %q", text)
		}
	})
}
