package parser

import "github.com/lexgen/lexgen/parser/jsontree"

// permissionSetType lowers a permission set (LX-26).
func (l *lowering) permissionSetType(o *jsontree.Object, common Common) *PermissionSet {
	t := &PermissionSet{
		Common:     common,
		Title:      l.text(o, "title"),
		Detail:     l.text(o, "detail"),
		TitleLang:  l.translations(o, "title:lang"),
		DetailLang: l.translations(o, "detail:lang"),
	}
	for _, item := range l.items(o, "permissions") {
		if object, ok := item.(*jsontree.Object); ok {
			t.Permissions = append(t.Permissions, l.permission(object))
		}
	}
	return t
}

func (l *lowering) translations(o *jsontree.Object, name string) []Localized {
	object := l.object(o, name)
	if object == nil {
		return nil
	}
	list := make([]Localized, 0, len(object.Members))
	for _, m := range object.Members {
		if text := l.text(object, m.Key.Text); text.Present() {
			list = append(list, Localized{Lang: textOf(m.Key), Text: text})
		}
	}
	return list
}

// permission lowers one permission. One that was reported is ignored as a
// whole, so that it never grants a part (LX-28).
func (l *lowering) permission(o *jsontree.Object) *Permission {
	t := &Permission{
		Common:     l.common(o),
		Resource:   l.text(o, "resource"),
		Collection: l.texts(o, "collection"),
		Action:     l.texts(o, "action"),
		LXM:        l.texts(o, "lxm"),
		Aud:        l.text(o, "aud"),
		Ignored:    l.faults.ignored[o],
	}
	if inherit := l.boolean(o, "inheritAud"); inherit != nil {
		t.InheritAud = inherit.Value
	}
	return t
}
