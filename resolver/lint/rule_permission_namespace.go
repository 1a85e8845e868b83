package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lexgen/lexgen/parser"
	"github.com/lexgen/lexgen/parser/diag"
)

// permissionNamespace finds permissions that a set may not grant, because they
// are about another namespace than its own (OA-73).
var permissionNamespace = &Rule{Code: diag.CodePermissionNamespace, Level: Warning, typ: func(p *pass, at *site) {
	set, ok := at.typ.(*parser.PermissionSet)
	if !ok {
		return
	}
	name := at.def.Lexicon.ID
	for _, permission := range set.Permissions {
		for _, id := range slices.Concat(permission.Collection, permission.LXM) {
			if reason := NotGranted(name, id.Value); !permission.Ignored && reason != "" {
				p.report(id, reason, diag.Help("put the set into the namespace that all its permissions have in common"))
			}
		}
	}
}}

// NotGranted says why a permission set, by its NSID, cannot permit what another
// NSID names; nothing if it can (OA-73).
func NotGranted(set, id string) string {
	namespace := parentOfID(set)
	if strings.HasPrefix(id, namespace) {
		return ""
	}
	return fmt.Sprintf("%q is outside of %s*, the namespace of the set, and is not granted", id, namespace)
}
