package lint

import (
	"fmt"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// mediaTypeAliases are names that are in use and not registered.
var mediaTypeAliases = map[string]string{
	"application/csv":    "text/csv",
	"application/x-json": "application/json",
	"application/x-zip":  "application/zip",
	"audio/m4a":          "audio/mp4",
	"audio/mp3":          "audio/mpeg",
	"image/jpg":          "image/jpeg",
	"image/svg":          "image/svg+xml",
	"image/tif":          "image/tiff",
	"text/json":          "application/json",
	"text/x-markdown":    "text/markdown",
	"video/mov":          "video/quicktime",
	"video/mpg":          "video/mpeg",
}

// mediaTypeAlias finds media types that no software calls so: media types are
// compared as text.
var mediaTypeAlias = &Rule{Code: diag.CodeMediaTypeAlias, Level: Warning, typ: func(p *pass, at *site) {
	switch t := at.typ.(type) {
	case *parser.Blob:
		for _, accepted := range t.Accept {
			checkMediaType(p, accepted)
		}
	case *parser.Query:
		checkBody(p, t.Output)
	case *parser.Procedure:
		checkBody(p, t.Input)
		checkBody(p, t.Output)
	}
}}

func checkBody(p *pass, b *parser.Body) {
	if b != nil {
		checkMediaType(p, b.Encoding)
	}
}

func checkMediaType(p *pass, name parser.Text) {
	lower := strings.ToLower(name.Value)
	switch proper := mediaTypeAliases[lower]; {
	case proper != "":
		p.report(name, fmt.Sprintf("%q is no registered media type", name.Value), diag.Suggest(proper))
	case lower != name.Value:
		p.report(name, fmt.Sprintf("%q has capitals, and media types are compared as text", name.Value), diag.Suggest(lower))
	}
}
