package diag_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser/diag"
)

func TestNearest(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name       string
		candidates []string
		want       []string
	}{
		{"maxlength", []string{"minLength", "maxLength", "maxlengths"}, []string{"maxLength", "maxlengths", "minLength"}},
		{"foramt", []string{"format", "form", "enum"}, []string{"format"}},
		{"autor", []string{"author", "main", "authors"}, []string{"author", "authors"}},
		{"main", []string{"main"}, nil},
		{"a", []string{"b", "A"}, []string{"A"}},
		{"", []string{"a", ""}, nil},
		{"x", nil, nil},
		{"twin", []string{"twins", "twins", "Twin"}, []string{"Twin", "twins"}},
		{"com.example.foo", []string{"com.example.bar", "com.example.fop", "org.example.foo"}, []string{"com.example.fop"}},
		{"com.exmaple.feed.post", []string{"com.example.feed.post"}, []string{"com.example.feed.post"}},
		{"com.example.defs.author", []string{"com.example.defs#author"}, []string{"com.example.defs#author"}},
		{"langage", []string{"lan", "language", "languages"}, []string{"language", "languages"}},
		{"grüsse", []string{"grüße", "Grüsse"}, []string{"Grüsse", "grüße"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := diag.Nearest(test.name, test.candidates, 3)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("names differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestNearestReturnsAtMostMax(t *testing.T) {
	t.Parallel()
	candidates := []string{"post1", "post2", "post3", "post4"}
	if diff := cmp.Diff([]string{"post1", "post2"}, diag.Nearest("post", candidates, 2)); diff != "" {
		t.Errorf("names differ (-want +got):\n%s", diff)
	}
	if got := diag.Nearest("post", candidates, 0); len(got) != 0 {
		t.Errorf("got %q for none", got)
	}
}

func BenchmarkNearest(b *testing.B) {
	candidates := make([]string, 5000)
	for i := range candidates {
		candidates[i] = fmt.Sprintf("com.example.%d.some.namespace.getThing%d", i%7, i)
	}
	b.ReportAllocs()
	for b.Loop() {
		diag.Nearest("com.example.3.some.namespace.getThign99", candidates, 3)
	}
}
