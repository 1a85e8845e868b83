package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lexgen/lexgen/internal/lexicontest"
)

// The lexicons that are published: one refers to the other.
const (
	noteLexicon = `{
  "lexicon": 1,
  "id": "com.example.note",
  "description": "Notes, with <html> & umlauts: ä 🦋",
  "defs": {
    "main": {
      "type": "record",
      "description": "A note.",
      "key": "tid",
      "record": {
        "type": "object",
        "required": ["text"],
        "properties": {
          "text": {"type": "string", "maxLength": 3000, "maxGraphemes": 300},
          "place": {"type": "ref", "ref": "com.example.place"}
        }
      }
    }
  }
}
`
	placeLexicon = `{
  "lexicon": 1,
  "id": "com.example.place",
  "defs": {
    "main": {
      "type": "object",
      "description": "A place.",
      "properties": {"10": {"type": "integer"}, "9": {"type": "integer", "minimum": -90, "maximum": 90}}
    }
  }
}
`
)

// publishing is a network with the reference PDS, our directory of did:plc and a DNS
// server, in which com.example belongs to an account.
type publishing struct {
	t       *testing.T
	plc     directory
	dns     *lexicontest.Network
	pds     pds
	account pdsAccount
	lexgen  program
}

func newPublishing(t *testing.T, plc directory) publishing {
	t.Helper()
	p := publishing{t: t, plc: plc, dns: lexicontest.New(t), lexgen: newProgram(t)}
	p.pds = startPDS(t, plc)
	p.account = p.pds.account("alice.test")
	p.dns.Set("_atproto.alice.test", "did="+string(p.account.did))
	p.dns.Set("_lexicon.example.com", "did="+string(p.account.did))
	return p
}

// run runs lexgen in the network, as the account.
func (p publishing) run(args ...string) (out, told string) {
	p.t.Helper()
	p.lexgen.env = []string{"XDG_CACHE_HOME=" + p.lexgen.path("cache"), "LEXGEN_ACCOUNT=" + string(p.account.handle), "LEXGEN_PASSWORD=" + p.account.password}
	return p.lexgen.run(append(args, "--plc", p.plc.url(), "--dns", p.dns.DNS, "--development")...)
}

// lex runs the program of @atproto/lex in the folder of lexgen. It returns what that
// says.
func (p publishing) lex(args ...string) (string, error) {
	p.t.Helper()
	modules, err := filepath.Abs("node")
	if err != nil {
		p.t.Fatal(err)
	}
	program := filepath.Join(modules, "node_modules", "@atproto", "lex", "bin", "lex")
	cmd := exec.CommandContext(p.t.Context(), node(p.t), append([]string{"--import", "file://" + filepath.Join(modules, "network.mjs"), program}, args...)...)
	cmd.Dir = p.lexgen.dir
	cmd.Env = append(os.Environ(), "DNS_SERVER="+p.dns.DNS, "PLC_URL="+p.plc.url())
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// resolved is what the other side finds.
type resolved struct {
	URI     string          `json:"uri"`
	CID     string          `json:"cid"`
	Lexicon json.RawMessage `json:"lexicon"`
}

func (p publishing) resolve(nsid string) (resolved, error) {
	p.t.Helper()
	return try[resolved](p.t, "lexicons", "resolve", map[string]string{"nsid": nsid, "dnsServer": p.dns.DNS, "plc": p.plc.url()})
}

// TestPublishedLexiconsAreResolvedByPeers publishes to the reference PDS and has the
// other side resolve and install what is there.
func TestPublishedLexiconsAreResolvedByPeers_LE05_LE06_LE08(t *testing.T) {
	t.Parallel()
	p := newPublishing(t, ourDirectory(t))
	p.lexgen.write("lexgen.yaml", []byte("sources: [lexicons]\nout: api\n"))
	p.lexgen.write("lexicons/com/example/note.json", []byte(noteLexicon))
	p.lexgen.write("lexicons/com/example/place.json", []byte(placeLexicon))

	if _, told := p.run("check-dns"); !strings.Contains(told, "1 record leads to "+string(p.account.did)) {
		t.Errorf("check-dns says %s", told)
	}
	out, told := p.run("publish", "--session", "session.json")
	if !strings.Contains(told, "2 published, 0 up to date") {
		t.Errorf("publish says %s", told)
	}
	cids := map[string]string{}
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		cids[words[1]] = words[2]
	}
	if _, told := p.run("publish", "--session", "session.json"); !strings.Contains(told, "2 lexicons, up to date") {
		t.Errorf("the second time publish says %s", told)
	}
	if _, told := p.run("status"); !strings.Contains(told, "2 lexicons: 2 same") {
		t.Errorf("status says %s", told)
	}
	p.checkResolved("com.example.note", cids["com.example.note"], noteLexicon)
	p.checkResolved("com.example.place", cids["com.example.place"], placeLexicon)

	// A compatible change is published in its place, and one that breaks is not.
	changed := strings.Replace(placeLexicon, "A place.", "A place on Earth.", 1)
	p.lexgen.write("lexicons/com/example/place.json", []byte(changed))
	out, _ = p.run("publish", "--session", "session.json")
	if want := ", was " + cids["com.example.place"]; !strings.Contains(out, want) {
		t.Errorf("publish prints %s, without %q", out, want)
	}
	p.checkResolved("com.example.place", strings.TrimSuffix(strings.Fields(out)[2], ","), changed)
	p.run("breaking", "--against", "published")

	p.checkInstalls("com.example.note", "com.example.place")

	p.run("unpublish", "com.example.note", "--yes")
	if _, err := p.resolve("com.example.note"); err == nil {
		t.Error("the other side resolves what is not published any more")
	}
}

// checkResolved has the other side resolve an NSID.
func (p publishing) checkResolved(nsid, wantCID, wantText string) {
	p.t.Helper()
	got, err := p.resolve(nsid)
	if err != nil {
		p.t.Errorf("resolve %s: %v", nsid, err)
		return
	}
	if want := fmt.Sprintf("at://%s/com.atproto.lexicon.schema/%s", p.account.did, nsid); got.URI != want || got.CID != wantCID {
		p.t.Errorf("%s is %s %s, want %s %s", nsid, got.URI, got.CID, want, wantCID)
	}
	want := strings.Replace(wantText, "{", `{"$type":"com.atproto.lexicon.schema",`, 1)
	if got, want := cborOf(p.t, got.Lexicon), cborOf(p.t, []byte(want)); !bytes.Equal(got, want) {
		p.t.Errorf("%s reads\n%x\nwant\n%x", nsid, got, want)
	}
}

// checkInstalls has both sides install a lexicon, with what it refers to, and each
// accept what the other has written.
func (p publishing) checkInstalls(nsids ...string) {
	t := p.t
	t.Helper()
	names := []string{"lexicons.json"}
	for _, nsid := range nsids {
		names = append(names, "lexicons/"+strings.ReplaceAll(nsid, ".", "/")+".json")
	}
	p.uninstall()
	if out, err := p.lex("install", nsids[0]); err != nil {
		t.Fatalf("lex install: %v\n%s", err, out)
	}
	p.run("install", "--ci")
	theirs := map[string]string{}
	for _, name := range names {
		theirs[name] = string(p.lexgen.read(name))
	}
	if _, told := p.run(append([]string{"status"}, nsids...)...); !strings.Contains(told, fmt.Sprintf("%d same", len(nsids))) {
		t.Errorf("of files that lex has installed, status says %s", told)
	}

	p.uninstall()
	p.run("install", nsids[0])
	p.run("install", "--ci")
	for _, name := range names {
		if ours := string(p.lexgen.read(name)); ours != theirs[name] {
			t.Errorf("%s is\n%q\nand lex writes\n%q", name, ours, theirs[name])
		}
	}
	if out, err := p.lex("install", "--ci"); err != nil {
		t.Errorf("lex install --ci: %v\n%s", err, out)
	}
	if out, err := p.lex("install", "--update", "--ci"); err != nil {
		t.Errorf("lex install --update --ci: %v\n%s", err, out)
	}

	// What was edited since is found by either.
	edited := p.lexgen.path(names[1])
	if err := os.WriteFile(edited, bytes.Replace(p.lexgen.read(names[1]), []byte("A note."), []byte("No note."), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := p.lex("install", "--ci"); err == nil {
		t.Errorf("lex install --ci accepts an edited file\n%s", out)
	}
	if _, told, err := p.lexgen.try("install", "--ci"); err == nil || !strings.Contains(told, nsids[0]) {
		t.Errorf("lexgen install --ci of an edited file: %v\n%s", err, told)
	}
}

// uninstall removes what is installed.
func (p publishing) uninstall() {
	p.t.Helper()
	for _, name := range []string{"lexicons", "lexicons.json"} {
		if err := os.RemoveAll(p.lexgen.path(name)); err != nil {
			p.t.Fatal(err)
		}
	}
}

// TestLexiconsOfPeersAreRead publishes with the other side.
func TestLexiconsOfPeersAreRead_LE05_LE09(t *testing.T) {
	t.Parallel()
	p := newPublishing(t, theirDirectory(t))
	cids := call[[]string](t, "lexicons", "publish", map[string]any{
		"service": p.pds.url, "did": p.account.did, "token": string(p.account.access),
		"lexicons": []json.RawMessage{json.RawMessage(noteLexicon), json.RawMessage(placeLexicon)},
	})
	p.lexgen.write("lexgen.yaml", []byte("sources: [lexicons]\nout: api\n"))
	p.lexgen.write("lexicons/com/example/note.json", []byte(noteLexicon))
	p.lexgen.write("lexicons/com/example/place.json", []byte(placeLexicon))
	out, _ := p.run("status", "--format", "json")
	var list []struct{ ID, Status, Local, Published string }
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	for i, l := range list {
		if l.Status != "same" || l.Published != cids[i] {
			t.Errorf("%+v, want the same as %s", l, cids[i])
		}
	}
	if _, told := p.run("publish"); !strings.Contains(told, "2 lexicons, up to date") {
		t.Errorf("publish says %s", told)
	}
	if _, told := p.run("breaking", "--against", "published"); !strings.Contains(told, "2 lexicons compared with 2 in published") {
		t.Errorf("breaking says %s", told)
	}
	p.checkInstalls("com.example.note", "com.example.place")
}
