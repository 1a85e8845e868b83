// Command notes shows what an application does with the code that lexgen
// generated from its schemas: it makes records, writes them as JSON, and reads
// them back without losing what it does not know.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"time"

	"github.com/lexgen/lexgen/api/comatproto"
	"github.com/lexgen/lexgen/examples/notes/notes"
	"github.com/lexgen/lexgen/runtime/cid"
	"github.com/lexgen/lexgen/runtime/lex"
	"github.com/lexgen/lexgen/runtime/syntax"
)

//go:generate go tool lexgen gen

func main() {
	if err := run(os.Stdout, time.Date(2026, 7, 4, 12, 0, 0, 0, time.UTC)); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, now time.Time) error {
	text, err := json.MarshalIndent(newNote(now), "", "  ")
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "A note as JSON:\n%s\n\n", text)

	var note notes.Note
	if err := json.Unmarshal(text, &note); err != nil {
		return err
	}
	return describe(w, &note)
}

// newNote makes a record: optional values are wrapped, a union takes any of its
// members.
func newNote(now time.Time) *notes.Note {
	picture := []byte("stands for the bytes of a picture")
	return &notes.Note{
		Text:       "Tables for the views, straight-line code for the records.",
		Title:      lex.String("On generated code"),
		Visibility: lex.String(notes.DefsEveryone),
		Langs:      []syntax.Language{"en"},
		About: &comatproto.RepoStrongRef{
			URI: "at://did:web:example.com/com.example.notes.note/3lbvgbxqj2s2a",
			CID: syntax.CID(cid.Sum(cid.DagCBOR, []byte("stands for a record")).String()),
		},
		Attachments: []lex.Object{
			&notes.DefsLink{URL: "https://example.com/paper"},
			&notes.DefsPicture{
				Image: &lex.Blob{
					Ref:      lex.Link{CID: cid.Sum(cid.Raw, picture)},
					MimeType: "image/png",
					Size:     int64(len(picture)),
				},
				Alt: "Two columns of numbers.",
			},
			// Somebody else's kind of attachment: an open union keeps it.
			&lex.UnknownObject{Type: "com.example.maps.place", Fields: lex.Extra{"name": "Library", "floor": int64(2)}},
		},
		CreatedAt: syntax.DatetimeOf(now),
	}
}

// describe says what was read.
func describe(w io.Writer, note *notes.Note) error {
	fmt.Fprintf(w, "Read back: %q, pinned: %t\n", note.Title.Or("untitled"), note.Pinned.Or(false))
	for _, attachment := range note.Attachments {
		switch a := attachment.(type) {
		case *notes.DefsLink:
			fmt.Fprintf(w, "- a link to %s\n", a.URL)
		case *notes.DefsPicture:
			fmt.Fprintf(w, "- a picture of %d bytes: %s\n", a.Image.Size, a.Alt)
		case *lex.UnknownObject:
			fmt.Fprintf(w, "- something of type %s that this program keeps but does not know\n", a.Type)
		}
	}
	again, err := lex.MarshalJSON(note)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Written again: %d bytes of canonical JSON\n", len(again))
	return nil
}
