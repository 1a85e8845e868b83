package parser_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// codes parses a schema and returns the codes of its diagnostics in order.
func codes(t *testing.T, schema string) []diag.Code {
	t.Helper()
	var r diag.Report
	parser.Parse(diag.NewFile("test.json", []byte(schema)), &r)
	var list []diag.Code
	for _, d := range r.Diagnostics() {
		list = append(list, d.Code)
	}
	return list
}

// verdicts checks schemas against the codes that they should get.
func verdicts(t *testing.T, cases map[string][]diag.Code) {
	t.Helper()
	for schema, want := range cases {
		if diff := cmp.Diff(want, codes(t, schema)); diff != "" {
			t.Errorf("%s\ngets other diagnostics (-want +got):\n%s", schema, diff)
		}
	}
}

// file is a lexicon with these defs.
func file(defs string) string {
	return fmt.Sprintf(`{"lexicon":1,"id":"com.example.test","defs":{%s}}`, defs)
}

// property is a lexicon with an object that has one property.
func property(schema string) string {
	return file(`"main":{"type":"object","properties":{"p":` + schema + `}}`)
}

func only(c diag.Code) []diag.Code { return []diag.Code{c} }

func TestFileShape_LX01(t *testing.T) {
	t.Parallel()
	const defs = `"defs":{"main":{"type":"token"}}`
	verdicts(t, map[string][]diag.Code{
		`{"lexicon":1,"id":"com.example.test","description":"d",` + defs + `}`: nil,
		`{"lexicon":2,"id":"com.example.test",` + defs + `}`:                   only(diag.CodeLexiconVersion),
		`{"lexicon":"1","id":"com.example.test",` + defs + `}`:                 only(diag.CodeLexiconVersion),
		`{"id":"com.example.test",` + defs + `}`:                               only(diag.CodeNotALexicon),
		`{"lexicon":1,` + defs + `}`:                                           only(diag.CodeMissingID),
		`{"lexicon":1,"id":"example",` + defs + `}`:                            only(diag.CodeInvalidNSID),
		`{"lexicon":1,"id":"com.example.test","defs":{}}`:                      only(diag.CodeMissingDefs),
		`{"lexicon":1,"id":"com.example.test"}`:                                only(diag.CodeMissingDefs),
	})
}

func TestEveryTypeIsKnown_LX02(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type":"boolean"}`, `{"type":"integer"}`, `{"type":"string"}`, `{"type":"bytes"}`, `{"type":"cid-link"}`, `{"type":"blob"}`,
		`{"type":"array","items":{"type":"string"}}`, `{"type":"ref","ref":"#main"}`, `{"type":"union","refs":["#main"]}`, `{"type":"unknown"}`,
	} {
		verdicts(t, map[string][]diag.Code{property(schema): nil})
	}
	verdicts(t, map[string][]diag.Code{property(`{"type":"float"}`): only(diag.CodeUnknownType)})
}

func TestPrimaryTypesAreMain_LX03(t *testing.T) {
	t.Parallel()
	record := `{"type":"record","key":"any","record":{"type":"object","properties":{}}}`
	verdicts(t, map[string][]diag.Code{
		file(`"main":` + record):                                                            nil,
		file(`"other":` + record):                                                           only(diag.CodeMisplacedPrimary),
		file(`"main":{"type":"query"},"other":{"type":"procedure"}`):                        only(diag.CodeMisplacedPrimary),
		file(`"other":{"type":"subscription"}`):                                             only(diag.CodeMisplacedPrimary),
		file(`"other":{"type":"permission-set","title":"t","detail":"d","permissions":[]}`): only(diag.CodeMisplacedPrimary),
	})
}

func TestSomeTypesAreNoDefinitions_LX04(t *testing.T) {
	t.Parallel()
	for _, schema := range []string{
		`{"type":"unknown"}`, `{"type":"ref","ref":"#a"}`, `{"type":"union","refs":["#a"]}`, `{"type":"params","properties":{}}`,
		`{"type":"permission","resource":"repo"}`,
	} {
		verdicts(t, map[string][]diag.Code{file(`"a":{"type":"token"},"b":` + schema): only(diag.CodeUnnameableDefinition)})
	}
}

func TestDefinitionsHaveATypeAndMayHaveMore_LX05(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		file(`"a":{"type":"token","description":"d"}`): nil,
		file(`"a":{"type":"token","x-other":1}`):       only(diag.CodeUnknownAttribute),
		file(`"a":{"description":"d"}`):                only(diag.CodeMissingType),
	})
}

func TestDefinitionNames_LX06(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		file(`"aB9":{"type":"token"}`):   nil,
		file(`"9a":{"type":"token"}`):    only(diag.CodeInvalidDefinitionName),
		file(`"a-b":{"type":"token"}`):   only(diag.CodeInvalidDefinitionName),
		file(`"#a":{"type":"token"}`):    only(diag.CodeInvalidDefinitionName),
		file(`"naïve":{"type":"token"}`): only(diag.CodeInvalidDefinitionName),
	})
}

func TestFormsOfReferences_LX07(t *testing.T) {
	t.Parallel()
	for ref, want := range map[string][]diag.Code{
		"com.example.test": nil, "com.example.test#main": nil, "#main": nil, "com.example.other#x": nil,
		"lex:com.example.test": only(diag.CodeMalformedReference), "#": only(diag.CodeMalformedReference), "": only(diag.CodeMalformedReference),
		"com.example.test#a#b": only(diag.CodeMalformedReference), "example": only(diag.CodeMalformedReference),
	} {
		verdicts(t, map[string][]diag.Code{property(`{"type":"ref","ref":"` + ref + `"}`): want})
	}
}

func TestRecords_LX08(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		file(`"main":{"type":"record","key":"tid","record":{"type":"object"}}`):                                       nil,
		file(`"main":{"type":"record","key":"literal:self","record":{"type":"object"}}`):                              nil,
		file(`"main":{"type":"record","record":{"type":"object"}}`):                                                   only(diag.CodeUnknownRecordKey),
		file(`"main":{"type":"record","key":"self","record":{"type":"object"}}`):                                      only(diag.CodeUnknownRecordKey),
		file(`"main":{"type":"record","key":"tid"}`):                                                                  only(diag.CodeInvalidShape),
		file(`"main":{"type":"record","key":"tid","record":{"properties":{}}}`):                                       only(diag.CodeMissingType),
		file(`"main":{"type":"record","key":"tid","record":{"type":"ref","ref":"#other"}},"other":{"type":"object"}`): only(diag.CodeUnknownType),
	})
}

func TestMethods_LX09(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		file(`"main":{"type":"query"}`): nil,
		file(`"main":{"type":"procedure","input":{"encoding":"application/json"},"output":{"encoding":"text/plain"},"errors":[{"name":"A"}]}`): nil,
		file(`"main":{"type":"query","errors":[{"name":"A"},{"name":"A"}]}`):                                                                   only(diag.CodeDuplicateError),
		file(`"main":{"type":"query","errors":[{"name":"A B"}]}`):                                                                              only(diag.CodeInvalidErrorName),
		file(`"main":{"type":"query","parameters":{"type":"object","properties":{}}}`):                                                         only(diag.CodeUnknownType),
		file(`"main":{"type":"query","input":{"encoding":"application/json"}}`):                                                                only(diag.CodeUnknownAttribute),
	})
}

func TestBodies_LX10(t *testing.T) {
	t.Parallel()
	body := func(encoding, schema string) string {
		return file(`"main":{"type":"query","output":{"encoding":"` + encoding + `","schema":` + schema + `}},"o":{"type":"object"}`)
	}
	verdicts(t, map[string][]diag.Code{
		body("application/json", `{"type":"object"}`):                  nil,
		body("application/json", `{"type":"ref","ref":"#o"}`):          nil,
		body("application/json", `{"type":"union","refs":["#o"]}`):     nil,
		body("application/json", `{"type":"string"}`):                  only(diag.CodeUnknownType),
		body("application/json, text/plain", `{"type":"object"}`):      only(diag.CodeInvalidEncoding),
		file(`"main":{"type":"procedure","input":{"encoding":"*/*"}}`): nil,
	})
}

func TestMessages_LX11(t *testing.T) {
	t.Parallel()
	message := func(schema string) string {
		return file(`"main":{"type":"subscription","message":{"schema":` + schema + `}},"o":{"type":"object"}`)
	}
	verdicts(t, map[string][]diag.Code{
		message(`{"type":"union","refs":["#o"]}`): nil,
		message(`{"type":"object"}`):              only(diag.CodeUnknownType),
		message(`{"type":"ref","ref":"#o"}`):      only(diag.CodeUnknownType),
	})
}

func TestParameters_LX12(t *testing.T) {
	t.Parallel()
	params := func(schema, more string) string {
		return file(`"main":{"type":"query","parameters":{"type":"params","properties":{"p":` + schema + `}` + more + `}}`)
	}
	verdicts(t, map[string][]diag.Code{
		params(`{"type":"boolean"}`, `,"required":["p"]`):         nil,
		params(`{"type":"array","items":{"type":"integer"}}`, ""): nil,
		params(`{"type":"object"}`, ""):                           only(diag.CodeUnknownType),
		params(`{"type":"array","items":{"type":"unknown"}}`, ""): only(diag.CodeUnknownType),
		params(`{"type":"string"}`, `,"nullable":["p"]`):          only(diag.CodeUnknownAttribute),
	})
}

func TestBooleansAndIntegers_LX13(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"boolean","default":true}`):                                   nil,
		property(`{"type":"integer","minimum":1,"maximum":3,"enum":[1,2],"default":1}`): nil,
		property(`{"type":"integer","maximum":9223372036854775808}`):                    only(diag.CodeInvalidInteger),
		property(`{"type":"integer","minimum":1.5}`):                                    only(diag.CodeInvalidInteger),
		property(`{"type":"boolean","default":true,"const":true}`):                      only(diag.CodeInvalidAttribute),
		property(`{"type":"boolean","default":"true"}`):                                 only(diag.CodeInvalidAttribute),
	})
}

func TestStrings_LX14(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"string","format":"did","minLength":1,"maxLength":9,"minGraphemes":1,"maxGraphemes":2}`): nil,
		property(`{"type":"string","knownValues":["a"],"enum":["a"],"default":"a"}`):                               nil,
		property(`{"type":"string","format":"email"}`):                                                             only(diag.CodeUnknownFormat),
		property(`{"type":"string","maxlength":3}`):                                                                only(diag.CodeUnknownAttribute),
		property(`{"type":"string","maxLength":"3"}`):                                                              only(diag.CodeInvalidAttribute),
	})
}

func TestContainers_LX15(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"bytes","minLength":1,"maxLength":2}`):                           nil,
		property(`{"type":"array","items":{"type":"string"},"minLength":1,"maxLength":2}`): nil,
		property(`{"type":"array"}`):                                                       only(diag.CodeInvalidShape),
		property(`{"type":"blob","accept":["image/*"],"maxSize":1}`):                       nil,
		file(`"main":{"type":"object","properties":[]}`):                                   only(diag.CodeInvalidAttribute),
	})
}

func TestNamesOfProperties_LX16(t *testing.T) {
	t.Parallel()
	object := func(more string) string {
		return file(`"main":{"type":"object","properties":{"p":{"type":"string"}},` + more + `}`)
	}
	verdicts(t, map[string][]diag.Code{
		object(`"required":["p"],"nullable":["p"]`): nil,
		object(`"required":["q"]`):                  only(diag.CodeRequiredUnknownProperty),
		object(`"nullable":["q"]`):                  only(diag.CodeNullableUnknownProperty),
	})
}

func TestAcceptedBlobs_LX17(t *testing.T) {
	t.Parallel()
	for accept, want := range map[string][]diag.Code{
		"image/png": nil, "image/*": nil, "*/*": nil,
		"text/ht*": only(diag.CodeInvalidAttribute), "*": only(diag.CodeInvalidAttribute),
	} {
		verdicts(t, map[string][]diag.Code{property(`{"type":"blob","accept":["` + accept + `"]}`): want})
	}
}

func TestUnions_LX18(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"union","refs":[]}`):                nil,
		property(`{"type":"union","refs":[],"closed":true}`):  only(diag.CodeEmptyClosedUnion),
		property(`{"type":"union","refs":["#main","#main"]}`): only(diag.CodeDuplicateReference),
	})
}

func TestTokensAreNamedInFull_LX21(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		property(`{"type":"string","knownValues":["com.example.test#tok"]}`): nil,
		property(`{"type":"string","knownValues":["#tok"]}`):                 only(diag.CodeLocalKnownValue),
		property(`{"type":"token"}`):                                         only(diag.CodeUnknownType),
	})
}

// set is a permission set with one permission.
func set(permission string) string {
	return file(`"main":{"type":"permission-set","title":"t","title:lang":{"de":"T"},"detail":"d","permissions":[` + permission + `]}`)
}

func TestPermissionSets_LX26(t *testing.T) {
	t.Parallel()
	verdicts(t, map[string][]diag.Code{
		set(`{"type":"permission","resource":"repo","collection":["com.example.test"],"action":["create"]}`):        nil,
		file(`"main":{"type":"permission-set","title":"t","detail":"d"}`):                                           only(diag.CodeInvalidPermission),
		file(`"main":{"type":"permission-set","title":"t","title:langs":{"de":"T"},"detail":"d","permissions":[]}`): only(diag.CodeUnknownAttribute),
	})
}

func TestPermissions_LX27(t *testing.T) {
	t.Parallel()
	for permission, want := range map[string][]diag.Code{
		`"resource":"rpc","lxm":["com.example.get"],"inheritAud":true`:          nil,
		`"resource":"rpc","lxm":["com.example.get"],"aud":"*"`:                  nil,
		`"resource":"rpc","lxm":["com.example.get"]`:                            only(diag.CodeInvalidPermission),
		`"resource":"rpc","lxm":["*"],"aud":"*"`:                                only(diag.CodeInvalidPermission),
		`"resource":"rpc","lxm":["com.example.get"],"aud":"did:web:x.example"`:  only(diag.CodeInvalidPermission),
		`"resource":"repo","collection":[]`:                                     only(diag.CodeInvalidPermission),
		`"resource":"repo","collection":["*"]`:                                  only(diag.CodeInvalidPermission),
		`"resource":"repo","collection":["com.example.test"],"action":["read"]`: only(diag.CodeInvalidPermission),
		`"resource":"blob","accept":["image/*"]`:                                only(diag.CodeInvalidPermission),
	} {
		verdicts(t, map[string][]diag.Code{set(`{"type":"permission",` + permission + `}`): want})
	}
}

func TestPermissionsFromTheFutureAreIgnoredWhole_LX28(t *testing.T) {
	t.Parallel()
	for _, permission := range []string{`"resource":"space"`, `"resource":"repo","collection":["com.example.test"],"only":"mine"`} {
		schema := set(`{"type":"permission",` + permission + `}`)
		verdicts(t, map[string][]diag.Code{schema: only(diag.CodeInvalidPermission)})
		doc := parser.Parse(diag.NewFile("test.json", []byte(schema)), &diag.Report{})
		permissions := doc.Main().Type.(*parser.PermissionSet).Permissions
		if len(permissions) != 1 || !permissions[0].Ignored {
			t.Errorf("%s: the permission is not ignored", permission)
		}
	}
}
