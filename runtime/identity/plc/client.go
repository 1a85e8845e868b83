package plc

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/lexgen/lexgen/runtime/guard"
	"github.com/lexgen/lexgen/runtime/syntax"
)

// PublicDirectory is the directory that the AT Protocol network uses.
const PublicDirectory = "https://plc.directory"

// Limits of what a client reads, in bytes.
const (
	maxDocument = 256 << 10
	maxMessage  = 16 << 10
)

// A Client asks a directory. It believes what it is told: only [Log.Verify]
// shows whether an answer is true. Errors are of type [*DirectoryError] where the
// directory refuses, of type [*Error] where its answer cannot be read. A Client
// is safe for concurrent use.
type Client struct {
	// URL is that of the directory, without a slash at its end; that of
	// PublicDirectory if empty.
	URL string
	// HTTP sends the requests, and bounds their time; package guard makes clients
	// for directories that strangers choose. It must be set.
	HTTP *http.Client
}

// A DirectoryError is an answer of a directory other than success.
type DirectoryError struct {
	Status  int    // of HTTP
	Message string // of the directory; may be empty
}

// Error returns the status and the message, which is quoted if it is not printable.
func (e *DirectoryError) Error() string {
	message := cmp.Or(e.Message, http.StatusText(e.Status))
	if strings.ContainsFunc(message, func(r rune) bool { return !strconv.IsGraphic(r) }) {
		message = strconv.QuoteToGraphic(message)
	}
	return fmt.Sprintf("the directory answers %d: %s", e.Status, message)
}

// Resolve returns the DID document of a DID as JSON.
func (c *Client) Resolve(ctx context.Context, did syntax.DID) ([]byte, error) {
	return c.get(ctx, did, "", maxDocument)
}

// stateJSON is the form of a State in /DID/data (ID-34).
type stateJSON struct {
	DID                 string                 `json:"did"`
	VerificationMethods map[string]string      `json:"verificationMethods"`
	RotationKeys        []string               `json:"rotationKeys"`
	AlsoKnownAs         []string               `json:"alsoKnownAs"`
	Services            map[string]serviceJSON `json:"services"`
}

type serviceJSON struct {
	Type     string `json:"type"`
	Endpoint string `json:"endpoint"`
}

// Data returns what a DID stands for.
func (c *Client) Data(ctx context.Context, did syntax.DID) (*State, error) {
	text, err := c.get(ctx, did, "/data", maxDocument)
	if err != nil {
		return nil, err
	}
	var data stateJSON
	if err := json.Unmarshal(text, &data); err != nil {
		return nil, failf(ErrMalformed, "the data of %s cannot be read: %v (ID-34)", did, err)
	}
	if data.DID != string(did) {
		return nil, failf(ErrIdentity, "the data of %s is that of %.100q (ID-34)", did, data.DID)
	}
	s := &State{RotationKeys: data.RotationKeys, VerificationMethods: data.VerificationMethods, AlsoKnownAs: data.AlsoKnownAs, Services: map[string]Service{}}
	for name, service := range data.Services {
		s.Services[name] = Service(service)
	}
	return s, nil
}

// MarshalData returns a State as JSON, as directories answer /DID/data (ID-34).
func MarshalData(did syntax.DID, s *State) ([]byte, error) {
	data := stateJSON{
		DID: string(did), VerificationMethods: map[string]string{}, Services: map[string]serviceJSON{},
		RotationKeys: append([]string{}, s.RotationKeys...), AlsoKnownAs: append([]string{}, s.AlsoKnownAs...),
	}
	maps.Copy(data.VerificationMethods, s.VerificationMethods)
	for name, service := range s.Services {
		data.Services[name] = serviceJSON(service)
	}
	return marshalJSON(data)
}

// Log returns the operations of a DID that count, without those that were
// undone.
func (c *Client) Log(ctx context.Context, did syntax.DID) ([]Operation, error) {
	text, err := c.get(ctx, did, "/log", MaxLogJSON)
	if err != nil {
		return nil, err
	}
	return readItems(text, ParseOperation)
}

// AuditLog returns all operations of a DID.
func (c *Client) AuditLog(ctx context.Context, did syntax.DID) (Log, error) {
	text, err := c.get(ctx, did, "/log/audit", MaxLogJSON)
	if err != nil {
		return nil, err
	}
	return ParseLog(text)
}

// Last returns the last operation of a DID that counts.
func (c *Client) Last(ctx context.Context, did syntax.DID) (Operation, error) {
	text, err := c.get(ctx, did, "/log/last", MaxJSON)
	if err != nil {
		return nil, err
	}
	return ParseOperation(text)
}

// Submit hands in a signed operation. A redirect is a refusal.
func (c *Client) Submit(ctx context.Context, did syntax.DID, op Operation) error {
	text, err := marshal(op)
	if err != nil {
		return err
	}
	body, err := c.do(ctx, http.MethodPost, "/"+url.PathEscape(string(did)), bytes.NewReader(text))
	if err != nil {
		return c.failed("submit an operation of", did, err)
	}
	// What stands in it says nothing more.
	if _, err := guard.ReadAll(body, maxMessage); err != nil {
		return c.failed("submit an operation of", did, err)
	}
	return nil
}

// get asks for something of a DID.
func (c *Client) get(ctx context.Context, did syntax.DID, path string, limit int64) ([]byte, error) {
	body, err := c.do(ctx, http.MethodGet, "/"+url.PathEscape(string(did))+path, nil)
	if err != nil {
		return nil, c.failed("ask for", did, err)
	}
	text, err := guard.ReadAll(body, limit)
	if err != nil {
		return nil, c.failed("ask for", did, err)
	}
	return text, nil
}

func (c *Client) failed(what string, did syntax.DID, err error) error {
	return fmt.Errorf("%s %s at %s: %w", what, did, c.url(), err)
}

func (c *Client) url() string { return strings.TrimSuffix(cmp.Or(c.URL, PublicDirectory), "/") }

var errNoHTTP = errors.New("the client has no HTTP client")

// do sends a request and returns the body of a success, to be closed.
func (c *Client) do(ctx context.Context, method, path string, body io.Reader) (io.ReadCloser, error) {
	if c.HTTP == nil {
		return nil, errNoHTTP
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url()+path, body)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	sender := c.HTTP
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
		// Followed, a redirect would turn into a question whose answer looks like
		// success, though nothing was handed in.
		direct := *c.HTTP
		direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		sender = &direct
	}
	answer, err := sender.Do(r)
	if err != nil {
		return nil, fmt.Errorf("send the request: %w", err)
	}
	if answer.StatusCode == http.StatusOK {
		return answer.Body, nil
	}
	text, err := guard.ReadAll(answer.Body, maxMessage)
	refused := &DirectoryError{Status: answer.StatusCode}
	var said struct {
		Message string `json:"message"`
	}
	if err == nil && json.Unmarshal(text, &said) == nil {
		refused.Message = said.Message
	}
	return nil, refused
}
