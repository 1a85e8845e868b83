package plc

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/lexgen/lexgen/runtime/identity/plc"
	"github.com/lexgen/lexgen/services/plc/store"
)

// export sends a page of all operations, one a line: after a number in their
// sequence, or, in the older form, after a time (ID-37).
func (s *Server) export(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	count, err := countOf(query)
	if err != nil {
		return err
	}
	var records []store.Record
	form := legacyLine
	after := query.Get("after")
	if after != "" && strings.Trim(after, "0123456789") == "" {
		seq, failed := strconv.ParseInt(after, 10, 64)
		if failed != nil {
			return errAfter
		}
		form = sequencedLine
		records, err = s.opts.Store.After(r.Context(), seq, count)
	} else {
		since, failed := timeOf(after)
		if failed != nil {
			return failed
		}
		records, err = s.opts.Store.Since(r.Context(), since, count)
	}
	if err != nil {
		return err
	}
	lines, err := texts(records, form)
	if err != nil {
		return err
	}
	return send(w, typeLines, bytes.Join(lines, []byte("\n")))
}

func sequencedLine(r *store.Record) ([]byte, error) { return r.Sequenced().MarshalJSON() }

func legacyLine(r *store.Record) ([]byte, error) { return r.MarshalJSON() }

func countOf(query url.Values) (int, error) {
	text := query.Get("count")
	if text == "" {
		return plc.ExportPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, refusal(http.StatusBadRequest, "Invalid count parameter")
	}
	return min(n, plc.ExportPage), nil
}

var errAfter = refusal(http.StatusBadRequest, "Invalid after parameter")

// timeOf reads a time, which is long ago if there is none.
func timeOf(text string) (time.Time, error) {
	if text == "" {
		return time.UnixMilli(-1), nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errAfter
}
