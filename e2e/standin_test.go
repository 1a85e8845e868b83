package e2e_test

import (
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/lexicontest"
)

// TestStandInsAreTakenByPeers has a frozen lexicon that refers to one of the user's own. No
// account has either, and the lock file names a did:web below .invalid in its place, which
// @atproto/lex takes.
func TestStandInsAreTakenByPeers_LE05(t *testing.T) {
	t.Parallel()
	p := publishing{t: t, plc: ourDirectory(t), dns: lexicontest.New(t), lexgen: newProgram(t)}
	names := []string{"lexicons/com/example/note.json", "lexicons/com/example/place.json", "lexicons.json"}
	p.lexgen.write("lexgen.yaml", []byte("sources: [lexicons]\nout: api\ninstall: {frozen: [frozen]}\n"))
	p.lexgen.write("frozen/com/example/note.json", []byte(noteLexicon))
	p.lexgen.write(names[1], []byte(placeLexicon))
	p.run("install", "com.example.note")
	written := map[string]string{}
	for _, name := range names {
		written[name] = string(p.lexgen.read(name))
	}
	if n := strings.Count(written["lexicons.json"], "at://did:web:example.com.invalid/com.atproto.lexicon.schema/com.example."); n != 2 {
		t.Errorf("%d lexicons are pinned to a stand-in, want 2:\n%s", n, written["lexicons.json"])
	}
	for _, args := range [][]string{{"install"}, {"install", "--ci"}} {
		if out, err := p.lex(args...); err != nil {
			t.Errorf("lex %v: %v\n%s", args, err, out)
		}
		for _, name := range names {
			if got := string(p.lexgen.read(name)); got != written[name] {
				t.Errorf("lex %v has made of %s\n%s", args, name, got)
			}
		}
	}
	p.run("install", "--ci")

	// What is not as it is pinned is refused there, too.
	p.lexgen.write(names[0], []byte(strings.Replace(written[names[0]], "A note.", "No note.", 1)))
	if out, err := p.lex("install", "--ci"); err == nil {
		t.Errorf("lex install --ci accepts an edited file\n%s", out)
	}
}
