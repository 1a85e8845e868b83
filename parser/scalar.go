package parser

import "github.com/lexgen/lexgen/parser/jsontree"

func (l *lowering) booleanType(o *jsontree.Object, common Common) *Boolean {
	t := &Boolean{Common: common, Default: l.boolean(o, "default"), Const: l.boolean(o, "const")}
	if t.Default != nil && t.Const != nil {
		l.defaultBesideConst(t.Default)
	}
	return t
}

func (l *lowering) integerType(o *jsontree.Object, common Common) *Integer {
	t := &Integer{
		Common:  common,
		Minimum: l.integer(o, "minimum"),
		Maximum: l.integer(o, "maximum"),
		Default: l.integer(o, "default"),
		Const:   l.integer(o, "const"),
	}
	for _, item := range l.items(o, "enum") {
		if n := intOf(item); n != nil {
			t.Enum = append(t.Enum, *n)
		}
	}
	l.integerConstraints(t)
	return t
}

func (l *lowering) stringType(o *jsontree.Object, common Common) *String {
	t := &String{
		Common:       common,
		Format:       l.text(o, "format"),
		MinLength:    l.integer(o, "minLength"),
		MaxLength:    l.integer(o, "maxLength"),
		MinGraphemes: l.integer(o, "minGraphemes"),
		MaxGraphemes: l.integer(o, "maxGraphemes"),
		KnownValues:  l.texts(o, "knownValues"),
		Enum:         l.texts(o, "enum"),
		Default:      l.optionalText(o, "default"),
		Const:        l.optionalText(o, "const"),
	}
	l.stringConstraints(t)
	return t
}

func (l *lowering) bytesType(o *jsontree.Object, common Common) *Bytes {
	t := &Bytes{Common: common, MinLength: l.integer(o, "minLength"), MaxLength: l.integer(o, "maxLength")}
	l.order("minLength", t.MinLength, "maxLength", t.MaxLength)
	return t
}

func (l *lowering) blobType(o *jsontree.Object, common Common) *Blob {
	return &Blob{Common: common, Accept: l.texts(o, "accept"), MaxSize: l.integer(o, "maxSize")}
}
