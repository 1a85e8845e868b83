package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lexgen/lexgen/resolver"
	"github.com/lexgen/lexgen/runtime/syntax"
	"github.com/lexgen/lexgen/templates"
)

// kind is a kind of lexicon that new writes.
type kind struct {
	name, short     string
	sample, example string
	define          func(s *scaffold, c *cobra.Command) // declares the flags of the kind; nil for none
	complete        func(l *templates.Lexicon) error    // checks them and fills in the rest; nil if there is nothing to
	describe        func(l templates.Lexicon) string    // says what it is for
}

const kindPermissionSet = "permission-set"

// kinds is in the order of templates.Kinds.
var kinds = []kind{
	{
		name: "record", short: "Write the first version of a record",
		sample: "com.example.feed.post",
		example: `  lexgen new record com.example.feed.post
  lexgen new record com.example.feed.like --subject record
  lexgen new record com.example.profile --key literal:self`,
		define:   defineRecord,
		complete: completeRecord,
		describe: describeRecord,
	},
	{
		name: "query", short: "Write the first version of a query",
		sample: "com.example.feed.listPosts",
		example: `  lexgen new query com.example.feed.getPost --view 'com.example.feed.defs#recordView'
  lexgen new query com.example.feed.searchPosts`,
		define:   defineQuery,
		complete: completeQuery,
		describe: func(l templates.Lexicon) string {
			if l.Paged {
				return fmt.Sprintf("Answers with %s, page by page.", phrase(l.ID, 1))
			}
			return fmt.Sprintf("Answers with one %s.", phrase(l.ID, 1))
		},
	},
	{
		name: "procedure", short: "Write the first version of a procedure",
		sample: "com.example.feed.createPost",
		example: `  lexgen new procedure com.example.feed.createPost
  lexgen new procedure com.example.feed.deletePost`,
		complete: func(l *templates.Lexicon) error {
			l.Delete = nameWords(l.ID)[0] == "delete"
			return nil
		},
		describe: func(l templates.Lexicon) string { return sentence(phrase(l.ID, 0)) },
	},
	{
		name: "subscription", short: "Write the first version of a subscription",
		sample:   "com.example.feed.subscribePosts",
		example:  "  lexgen new subscription com.example.feed.subscribePosts",
		describe: func(l templates.Lexicon) string { return fmt.Sprintf("A stream of %s.", phrase(l.ID, 1)) },
	},
	{
		name: kindPermissionSet, short: "Write the first version of a permission set",
		sample: "com.example.authBasic",
		example: `  lexgen new permission-set com.example.authBasic --collection com.example.feed.post \
      --method com.example.feed.listPosts`,
		define: definePermissionSet,
		complete: func(l *templates.Lexicon) error {
			if l.Title == "" {
				l.Title = strings.TrimSuffix(sentence(phrase(l.ID, 1)), ".")
			}
			return checkNSIDs(slices.Concat(l.Collections, l.Methods))
		},
		describe: func(l templates.Lexicon) string {
			return fmt.Sprintf("Lets an app work with your data of %s.", syntax.NSID(l.ID).Authority())
		},
	},
	{
		name: "defs", short: "Write the first version of definitions that lexicons share",
		sample:  "com.example.feed.defs",
		example: "  lexgen new defs com.example.feed.defs",
		complete: func(l *templates.Lexicon) error {
			l.View = "recordView"
			return nil
		},
		describe: func(l templates.Lexicon) string {
			return fmt.Sprintf("Definitions that the lexicons of %s share.", authorityPrefix(l.ID))
		},
	},
}

func defineRecord(s *scaffold, c *cobra.Command) {
	c.Flags().StringVar(&s.lexicon.Key, "key", "tid", "the `KIND` of record key: tid, nsid, any or literal:KEY")
	c.Flags().StringVar(&s.lexicon.Subject, "subject", "", "make it a record about another `THING`: record or account")
	complete(c, "key", "tid", "nsid", "any", "literal:self")
	complete(c, "subject", "record", "account")
}

func completeRecord(l *templates.Lexicon) error {
	if _, err := syntax.ParseRecordKeyType(l.Key); err != nil {
		return misuse("--key: %w", err)
	}
	if !slices.Contains([]string{"", "record", "account"}, l.Subject) {
		return misuse("--subject %q: want record or account", l.Subject)
	}
	return nil
}

func describeRecord(l templates.Lexicon) string {
	if l.Subject != "" {
		return sentence(fmt.Sprintf("%s, about one %s", phrase(l.ID, 0), l.Subject))
	}
	return sentence(phrase(l.ID, 0) + ", as its author wrote it")
}

func defineQuery(s *scaffold, c *cobra.Command) {
	c.Flags().BoolVar(&s.lexicon.Paged, "paged", false, "answer with pages; so do queries whose names begin with list or search")
	c.Flags().StringVar(&s.lexicon.ViewRef, "view", "", "answer with what `REF` defines, instead of a definition of the query's own")
}

// completeQuery reads from the name what the query is to do: its first word is
// a verb, and the others say with what it answers.
func completeQuery(l *templates.Lexicon) error {
	words := nameWords(l.ID)
	l.Search = words[0] == "search"
	l.Paged = l.Paged || l.Search || words[0] == "list"
	nouns := words[1:]
	if len(nouns) == 0 {
		nouns = []string{"records"}
	}
	last := len(nouns) - 1
	l.Result = camelCase(nouns)
	if l.ViewRef == "" {
		l.View = camelCase(append(slices.Clone(nouns[:last]), singular(nouns[last]), "view"))
		l.ViewRef = "#" + l.View
		return nil
	}
	if _, err := resolver.ParsePattern(l.ViewRef); err != nil || strings.Contains(l.ViewRef, "*") {
		return misuse("--view %q: want the definition of another lexicon, as NSID or NSID#NAME", l.ViewRef)
	}
	return nil
}

func definePermissionSet(s *scaffold, c *cobra.Command) {
	c.Flags().StringArrayVar(&s.lexicon.Collections, "collection", nil, "permit to write the records of `NSID` (repeatable)")
	c.Flags().StringArrayVar(&s.lexicon.Methods, "method", nil, "permit to call the method `NSID` (repeatable)")
	c.Flags().StringVar(&s.lexicon.Title, "title", "", "what a person reads first, in few `WORDS`")
}

// grant permits what an NSID names. Methods are told by their verbs.
func (s *scaffold) grant(id string) {
	verbs := []string{"get", "list", "search", "query", "create", "update", "delete", "upsert", "put", "subscribe"}
	if words := nameWords(id); len(words) > 1 && slices.Contains(verbs, words[0]) {
		s.lexicon.Methods = append(s.lexicon.Methods, id)
		return
	}
	s.lexicon.Collections = append(s.lexicon.Collections, id)
}

// checkNSIDs refuses the first that is none.
func checkNSIDs(ids []string) error {
	for _, id := range ids {
		if err := checkNSID(id); err != nil {
			return &exitError{statusUsage, err}
		}
	}
	return nil
}

// nameWords returns the words of an NSID's name, at least one.
func nameWords(id string) []string { return wordsOf(syntax.NSID(id).Name()) }

// phrase joins the words of a name from the nth on, or all if there are no more.
func phrase(id string, n int) string {
	words := nameWords(id)
	if n >= len(words) {
		n = 0
	}
	return strings.Join(words[n:], " ")
}

// sentence begins with a capital letter and ends with a full stop.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// authorityPrefix is an NSID without its name.
func authorityPrefix(id string) string {
	return strings.TrimSuffix(id, "."+syntax.NSID(id).Name())
}
