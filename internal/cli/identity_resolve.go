package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/runtime/crypto"
	"github.com/lexgen/lexgen/runtime/identity"
	"github.com/lexgen/lexgen/runtime/syntax"
)

const identityResolveLong = `Look up what the identity of an account says: DID, handle, server and keys. The
handle counts only if it leads to the DID and the DID claims it. A DID whose handle
does not is printed with handle.invalid, and why; a handle that its DID does not
claim leads nowhere.

The DNS and the server of the handle are asked, and the directory of did:plc or
the server of a did:web. Servers are only asked at public addresses.`

func (p *program) identityResolveCommand() *cobra.Command {
	r := &resolution{network: network{program: p}}
	c := &cobra.Command{
		Use:   "resolve HANDLE|DID",
		Short: "Print what a handle or DID stands for",
		Long:  identityResolveLong,
		Example: `  lexgen identity resolve alice.example.com
  lexgen identity resolve did:plc:ewvi7nxzyoun6zhxrhs64oiz --format json
  lexgen identity resolve alice.test --development --dns 127.0.0.1:5353 \
    --plc http://127.0.0.1:2582`,
		Annotations: exits(exitDone, exitUnresolved, exitUsage, exitUnwritable, exitStopped),
		Args:        takes(1, 1),
		RunE:        func(c *cobra.Command, args []string) error { return r.run(c.Context(), args[0]) },
	}
	r.define(c, publicDirectory)
	c.Flags().StringVar(&r.dns, "dns", "", "ask the DNS server at `HOST:PORT` instead of those of this machine")
	r.format.define(c)
	return c
}

// resolution is one run of resolve.
type resolution struct {
	network

	format outputFormat
}

// resolved is what is known of an account.
type resolved struct {
	*identity.Identity

	fault string // why the handle that the DID claims does not count; "" if it does
}

func (r *resolution) run(ctx context.Context, name string) error {
	id, err := syntax.ParseAtIdentifier(strings.TrimPrefix(name, "@"))
	if err != nil {
		return misuse("%w", err)
	}
	if err := errors.Join(r.check(), r.format.check()); err != nil {
		return err
	}
	found, err := r.resolve(ctx, r.resolver(), id)
	if err != nil {
		return r.failed(ctx, id, err)
	}
	if r.format.isJSON() {
		err = r.printJSON(found.json())
	} else {
		var b strings.Builder
		b.WriteString(string(found.DID) + "\n")
		writeFacts(&b, found.facts())
		err = r.print(b.String())
	}
	if err != nil {
		return err
	}
	if found.fault != "" {
		tellf(r.stderr, "the handle %s does not count: %s", found.Handle, found.fault)
	}
	if found.Broken() {
		tellf(r.stderr, "the account is broken: without a valid signing key and a PDS its commits are ignored (ID-07)")
	}
	return nil
}

// failed ends a run that found nothing.
func (r *resolution) failed(ctx context.Context, id syntax.AtIdentifier, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	hint := ""
	switch {
	case errors.Is(err, identity.ErrUnavailable):
		hint = "\nthat says nothing about the name: try again, or with another --timeout"
	case !r.development && !isPublic(id, syntax.Production) && isPublic(id, syntax.Development):
		hint = "\nin a network of your own --development permits it"
	}
	return &exitError{statusProblem, errors.New(strings.TrimPrefix(err.Error(), "identity: ") + hint)}
}

// isPublic reports whether a name is under a domain that there may be.
func isPublic(id syntax.AtIdentifier, env syntax.Environment) bool {
	if did, ok := id.DID(); ok {
		return did.AllowedHost(env)
	}
	handle, _ := id.Handle()
	return handle.AllowedTLD(env)
}

// resolve asks both ways (ID-53).
func (r *resolution) resolve(ctx context.Context, resolver *identity.Resolver, id syntax.AtIdentifier) (*resolved, error) {
	did, isDID := id.DID()
	asked, _ := id.Handle()
	if !isDID {
		var err error
		if did, err = resolver.ResolveHandle(ctx, asked); err != nil {
			return nil, err
		}
	}
	found, err := resolver.ResolveDID(ctx, did)
	switch {
	case err != nil:
		return nil, err
	case isDID:
		return &resolved{found, r.faultOf(ctx, resolver, found)}, ctx.Err()
	case found.Handle != asked.Normalize():
		return nil, &identity.Error{
			Name: string(asked), Err: identity.ErrNotFound,
			Reason: "it leads to " + string(did) + ", whose handle is " + string(found.Handle) + " (ID-53)",
		}
	}
	return &resolved{found, ""}, nil
}

// faultOf says why the handle that a DID claims does not count, if so.
func (r *resolution) faultOf(ctx context.Context, resolver *identity.Resolver, i *identity.Identity) string {
	if i.Handle.IsInvalid() {
		return ""
	}
	back, err := resolver.ResolveHandle(ctx, i.Handle)
	if e, ok := errors.AsType[*identity.Error](err); ok {
		return e.Reason
	}
	if err != nil {
		return err.Error()
	}
	if back != i.DID {
		return "it leads to " + string(back) + " (ID-53)"
	}
	return ""
}

// facts returns what is known as lines.
func (r *resolved) facts() []fact {
	handle := string(r.Handle)
	if r.fault != "" {
		handle = string(syntax.HandleInvalid) + " (claimed: " + handle + ")"
	}
	facts := []fact{
		{name: "handle", text: handle},
		{name: "pds", text: orNone(r.PDS)},
		{name: "signing key", text: orNone(didKeyOf(r.SigningKey))},
	}
	if r.Labeler != "" || r.LabelerKey != nil {
		facts = append(facts, fact{name: "labeler", text: orNone(r.Labeler)}, fact{name: "labeler key", text: orNone(didKeyOf(r.LabelerKey))})
	}
	for _, s := range r.Services {
		if !r.isNamed(s) {
			facts = append(facts, fact{name: "#" + s.Fragment, text: s.Type + " " + s.Endpoint})
		}
	}
	return facts
}

// isNamed reports whether a service has a line of its own already.
func (r *resolved) isNamed(s identity.Service) bool {
	return s.Fragment == identity.FragmentPDS && r.PDS != "" || s.Fragment == identity.FragmentLabeler && r.Labeler != ""
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// didKeyOf returns the text of a key, "" for none.
func didKeyOf(key *crypto.PublicKey) string {
	if key == nil {
		return ""
	}
	return key.DIDKey()
}

// resolvedJSON is the form of what is known for programs.
type resolvedJSON struct {
	DID           syntax.DID    `json:"did"`
	Handle        syntax.Handle `json:"handle"`                  // handle.invalid if it does not count
	ClaimedHandle syntax.Handle `json:"claimedHandle,omitempty"` // that does not count
	HandleError   string        `json:"handleError,omitempty"`   // why
	PDS           string        `json:"pds,omitempty"`
	SigningKey    string        `json:"signingKey,omitempty"`
	Labeler       string        `json:"labeler,omitempty"`
	LabelerKey    string        `json:"labelerKey,omitempty"`
	Services      []serviceJSON `json:"services"`
}

type serviceJSON struct {
	ID       string `json:"id"` // without #
	Type     string `json:"type"`
	Endpoint string `json:"endpoint"`
}

func (r *resolved) json() resolvedJSON {
	j := resolvedJSON{
		DID: r.DID, Handle: r.Handle, PDS: r.PDS, SigningKey: didKeyOf(r.SigningKey),
		Labeler: r.Labeler, LabelerKey: didKeyOf(r.LabelerKey), Services: []serviceJSON{},
	}
	if r.fault != "" {
		j.Handle, j.ClaimedHandle, j.HandleError = syntax.HandleInvalid, r.Handle, r.fault
	}
	for _, s := range r.Services {
		j.Services = append(j.Services, serviceJSON{s.Fragment, s.Type, s.Endpoint})
	}
	return j
}
