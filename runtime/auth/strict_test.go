package auth_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/runtime/auth"
	"github.com/lexgen/lexgen/runtime/crypto"
)

// TestNamesOfATokenAreUnambiguous has headers and payloads that two readers would take
// for different tokens: the library matches names in any letter case, and takes the
// last of two.
func TestNamesOfATokenAreUnambiguous(t *testing.T) {
	t.Parallel()
	const header = `{"alg":"ES256K","typ":"JWT"}`
	payload := `{"iss":"` + string(alice) + `","aud":"` + service + `","lxm":"` + string(method) + `","exp":1700000030,"jti":"1"`
	key := newKey(t, crypto.K256)
	v := &auth.Verifier{
		Keys:      &keys{old: map[string]*crypto.PublicKey{"#atproto": key.PublicKey()}},
		Audiences: []string{service}, Now: func() time.Time { return noon },
	}
	for name, c := range map[string]struct{ header, payload, want string }{
		"a good one":               {header, payload + `}`, ""},
		"unknown claims":           {header, payload + `,"more":{"iss":1,"iss":2}}`, ""},
		"an issuer twice":          {header, payload + `,"iss":"did:web:mallory.example"}`, `BadJwt: the token cannot be read`},
		"an issuer in capitals":    {header, payload + `,"ISS":"did:web:mallory.example"}`, `BadJwt: the token cannot be read`},
		"a method in capitals":     {header, strings.Replace(payload, "lxm", "Lxm", 1) + `}`, `BadJwt: the token cannot be read`},
		"an escaped name":          {header, payload + `,"\u0069ss":"did:web:mallory.example"}`, `BadJwt: the token cannot be read`},
		"an algorithm twice":       {`{"alg":"none","alg":"ES256K"}`, payload + `}`, `BadJwt: the token cannot be read`},
		"an algorithm in capitals": {`{"ALG":"ES256K"}`, payload + `}`, `BadJwt: the token cannot be read`},
		"no object":                {header, `[]`, `BadJwt: the token cannot be read`},
		"text behind the payload":  {header, payload + `}{}`, `BadJwt: the token cannot be read`},
	} {
		text := base64.RawURLEncoding.EncodeToString([]byte(c.header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(c.payload))
		signature, err := key.Sign([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		_, err = v.Verify(t.Context(), text+"."+base64.RawURLEncoding.EncodeToString(signature), method)
		got := ""
		if err != nil {
			got = strings.TrimPrefix(err.Error(), "auth: ")
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
