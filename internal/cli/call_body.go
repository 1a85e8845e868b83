package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"

	"github.com/lexgen/lexgen/internal/visible"
	"github.com/lexgen/lexgen/parser/diag"
	"github.com/lexgen/lexgen/resolver/validate"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/xrpc"
)

// isJSONBody reports whether bodies of a media type are JSON.
func isJSONBody(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// checkBodies refuses what cannot be sent or shown.
func (k *calling) checkBodies() error {
	m := k.method
	if media := m.Input; media != "" {
		switch oneType := !strings.Contains(media, "*"); {
		case k.contentType == "" && !oneType:
			return misuse("the input of %s may be %s: --content-type says what it is", m.NSID, media)
		case k.contentType != "" && !allows(media, k.contentType):
			return misuse("--content-type %q: the input of %s is %s", k.contentType, m.NSID, media)
		}
	}
	if m.Output != "" && !isJSONBody(m.Output) && k.output == "" && k.world.isTerminal(k.stdout) {
		return misuse("%s answers with %s, which is nothing for a terminal: --output names a file for it", m.NSID, m.Output)
	}
	return nil
}

// allows reports whether a pattern of the schema allows a media type.
func allows(pattern, media string) bool {
	media, _, _ = strings.Cut(media, ";")
	pattern, media = strings.ToLower(pattern), strings.ToLower(strings.TrimSpace(media))
	kind, _, ok := strings.Cut(media, "/")
	return ok && (pattern == "*/*" || pattern == kind+"/*") || pattern == media
}

// call makes a call of a query or procedure. Where the answer goes is opened first, so
// that nothing is called whose answer would be lost.
func (k *calling) call(ctx context.Context, stdin io.Reader, params url.Values) error {
	body, err := k.body(stdin)
	if err != nil {
		return err
	}
	if body != nil {
		defer body.Close() //nolint:errcheck // which was only read
	}
	to, err := k.openSink()
	if err != nil {
		return err
	}
	return to.close(k.exchange(ctx, params, body, to))
}

// exchange sends the call, and writes the answer.
func (k *calling) exchange(ctx context.Context, params url.Values, body *xrpc.Body, to *sink) error {
	line := newProgress(k.world, k.stderr)
	defer line.stop()
	line.step("waiting for " + k.service)
	call := &xrpc.Call{Method: k.method, Params: &params}
	if body != nil {
		call.Input = body
	}
	if media := k.method.Output; media != "" && !isJSONBody(media) {
		return k.download(ctx, call, to, line)
	}
	var text json.RawMessage
	if k.method.Output != "" {
		call.Output = &text
	}
	if err := k.client.Do(ctx, call); err != nil {
		return k.failed(ctx, err)
	}
	line.stop()
	if k.method.Output == "" {
		return nil
	}
	if err := k.answer(text, to); err != nil {
		return err
	}
	k.warn("output", k.checkOutput(text))
	return nil
}

// body returns the input, nil if there is none. JSON is read as a whole and validated;
// all else is sent as it is read.
func (k *calling) body(stdin io.Reader) (*xrpc.Body, error) {
	switch {
	case k.input == "":
		return nil, nil //nolint:nilnil // there is none
	case isJSONBody(k.method.Input):
		return k.jsonBody(stdin)
	case k.input == stdinName:
		return &xrpc.Body{Reader: stdin, Type: k.contentType}, nil
	}
	file, err := os.Open(k.input)
	if err != nil {
		return nil, &exitError{statusProblem, err}
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = errors.New("a folder, not a file")
	}
	if err != nil {
		_ = file.Close() // which nothing was read of
		return nil, problemWith(k.input, err)
	}
	body := &xrpc.Body{Reader: file, Type: k.contentType}
	if info.Mode().IsRegular() {
		body.Length = info.Size()
	}
	return body, nil
}

func (k *calling) jsonBody(stdin io.Reader) (*xrpc.Body, error) {
	path, content, err := contentOf(stdin, k.input)
	if err != nil {
		return nil, problemWith(path, errors.New(reasonOf(err)))
	}
	report := &diag.Report{}
	validate.ReportBody(path, content, k.endpoint.Input, report)
	list := report.Diagnostics()
	if err := k.printDiagnostics(list); err != nil {
		return nil, err
	}
	if report.HasErrors() {
		return nil, &exitError{statusProblem, fmt.Errorf("%s; nothing was sent", tally(list))}
	}
	return &xrpc.Body{Reader: strings.NewReader(string(content)), Type: k.contentType, Length: int64(len(content))}, nil
}

// download writes an answer that is no JSON, as it comes.
func (k *calling) download(ctx context.Context, call *xrpc.Call, to *sink, line *progress) error {
	var body xrpc.Body
	call.Output = &body
	err := k.client.Do(ctx, call, xrpc.WithProgress(func(n int64) {
		if n >= watchEvery {
			line.step(fmt.Sprintf("%d MiB", n/watchEvery))
		}
	}))
	if err != nil {
		return k.failed(ctx, err)
	}
	defer body.Close() //nolint:errcheck // what was read is judged, not the end of it
	n, err := io.Copy(to, &body)
	switch {
	case to.failed != nil:
		return unwritable(to.failed)
	case err != nil:
		return k.failed(ctx, fmt.Errorf("%s: the answer breaks off after %d bytes: %w", k.method.NSID, n, err))
	}
	return nil
}

// answer prints JSON: for people on a terminal, and else as it came.
func (k *calling) answer(text json.RawMessage, to *sink) error {
	if to.file != nil {
		_, err := to.Write(append(text, '\n'))
		return unwritable(err)
	}
	if k.world.isTerminal(k.stdout) {
		shown, err := indented(text)
		if err != nil {
			return &exitError{statusInternal, err}
		}
		text = visible.JSON(shown[:len(shown)-1])
	}
	return k.printText(text)
}

// printText prints JSON as one text.
func (k *calling) printText(text []byte) error {
	if k.world.inActions() { // see withoutCommands; here it is part of a string
		text = []byte(strings.ReplaceAll(string(text), "##[", `##\u005b`))
	}
	return k.print(string(text) + "\n")
}

// checkOutput holds an answer against its schema.
func (k *calling) checkOutput(text []byte) error {
	var v any
	if err := lex.DecodeJSON(text, &v); err != nil || k.endpoint.Output == nil {
		return err
	}
	return lex.ValidateData(k.endpoint.Output, v)
}

// mostWarnings is how many violations of one answer or message are told.
const mostWarnings = 10

// warn says what is wrong with something that the service has sent.
func (k *calling) warn(what string, err error) {
	if broken, ok := errors.AsType[*lex.Error](err); ok {
		tellLinef(k.stderr, "warning: %s: %s: %s", what, broken.Path, broken.Reason)
		return
	}
	violations, ok := errors.AsType[*lex.Violations](err)
	if !ok {
		return
	}
	for i, v := range violations.List {
		if i == mostWarnings {
			tellLinef(k.stderr, "warning: %s: %d more violations", what, len(violations.List)-i)
			break
		}
		tellLinef(k.stderr, "warning: %s: %s (%s)", what, v, v.Rule)
	}
}

// sink is where the answer goes: a new file or, if that is nil, standard output.
type sink struct {
	io.Writer

	file   *os.File
	failed error // of the first write that did
}

func (k *calling) openSink() (*sink, error) {
	if k.output == "" {
		return &sink{Writer: k.stdout}, nil
	}
	file, err := os.OpenFile(k.output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // as other programs write what is asked for
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, problemWith(k.output, errors.New("exists already"))
	case err != nil:
		return nil, unwritable(err)
	}
	return &sink{Writer: file, file: file}, nil
}

// Write writes, and notes a failure.
func (s *sink) Write(b []byte) (int, error) {
	n, err := s.Writer.Write(b)
	if err != nil && s.failed == nil {
		s.failed = err
	}
	return n, err
}

// close ends what was written. A file does not stay if the run failed, with err.
func (s *sink) close(err error) error {
	if s.file == nil {
		return err
	}
	if closed := s.file.Close(); err == nil {
		err = unwritable(closed)
	}
	if err != nil {
		_ = os.Remove(s.file.Name()) // best effort: the first error counts
	}
	return err
}
