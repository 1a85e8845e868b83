package lex

import "reflect"

// sourceOf finds out how to write v, a value as [AppendJSON] takes them, and
// the variable that holds it.
func sourceOf(v any) (codec, ptr, *Error) {
	switch v := v.(type) {
	case Extra:
		return mapCodec{}, addr(&v), nil
	case Blob:
		return blobValueCodec{}, addr(&v), nil
	case *Blob:
		return blobCodec{}, addr(&v), nil
	case *any:
		return variable(dataCodec{}, v)
	case *Extra:
		return variable(mapCodec{}, v)
	case *map[string]any:
		return variable(mapCodec{}, v)
	case *Object:
		return variable(unknownCodec{}, v)
	case *Link:
		return variable(linkCodec{}, v)
	case *Bytes:
		return variable(bytesCodec{}, v)
	case *UnknownObject:
		o := Object(v)
		return unknownCodec{}, addr(&o), nil
	case Struct:
		return structSource(v)
	case Body:
		return bodySource(v)
	case List:
		return listSource(v)
	}
	data := v // a variable of its own, so that v stays where it is in all other cases
	return dataCodec{}, addr(&data), nil
}

func variable[T any](c codec, v *T) (codec, ptr, *Error) {
	if v == nil {
		return nil, ptr{}, failf("%T must not be nil", v)
	}
	return c, addr(v), nil
}

func structSource(x Struct) (codec, ptr, *Error) {
	v := reflect.ValueOf(x)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, ptr{}, failf("%T must be a pointer to a struct, and not nil", x)
	}
	p, err := planOf(x, v)
	if err != nil {
		return nil, ptr{}, err
	}
	return p.plain, pointerOf(v), nil
}

func bodySource(x Body) (codec, ptr, *Error) {
	if v := reflect.ValueOf(x); v.Kind() == reflect.Pointer && v.IsNil() {
		return nil, ptr{}, failf("%T must not be nil", x)
	}
	o, u := x.LexUnion()
	return &unionCodec{u}, addr(o), nil
}

func listSource(x List) (codec, ptr, *Error) {
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Slice {
		return nil, ptr{}, failf("%T must be a slice, and not nil", x)
	}
	variable := reflect.New(v.Type())
	variable.Elem().Set(v)
	c, err := plainSliceCodecOf(v.Type())
	return c, pointerOf(variable), err
}

// targetOf finds out how to read into v, a pointer as [DecodeJSON] takes them,
// and empties what it points to.
func targetOf(v any) (codec, ptr, *Error) {
	if rv := reflect.ValueOf(v); rv.Kind() != reflect.Pointer || rv.IsNil() {
		return nil, ptr{}, failf("cannot decode into %T: it must be a pointer, and not nil", v)
	}
	switch v := v.(type) {
	case *any:
		return emptied(dataCodec{}, v)
	case *Extra:
		return emptied(mapCodec{}, v)
	case *map[string]any:
		return emptied(mapCodec{}, v)
	case *Object:
		return emptied(unknownCodec{}, v)
	case *Blob:
		return emptied(blobValueCodec{}, v)
	case *Link:
		return emptied(linkCodec{}, v)
	case *Bytes:
		return emptied(bytesCodec{}, v)
	case *UnknownObject:
		return emptied(unknownObjectCodec{}, v)
	case Struct:
		return structTarget(v)
	case Body:
		o, u := v.LexUnion()
		return emptied(&unionCodec{u}, o)
	case List:
		return listTarget(v)
	}
	return nil, ptr{}, failf("cannot decode into %T: it is not generated and no type of this package", v)
}

func emptied[T any](c codec, v *T) (codec, ptr, *Error) {
	var zero T
	*v = zero
	return c, addr(v), nil
}

func structTarget(x Struct) (codec, ptr, *Error) {
	v := reflect.ValueOf(x)
	p, err := planOf(x, v)
	if err != nil {
		return nil, ptr{}, err
	}
	v.Elem().SetZero()
	return p.plain, pointerOf(v), nil
}

func listTarget(x List) (codec, ptr, *Error) {
	v := reflect.ValueOf(x)
	if v.Elem().Kind() != reflect.Slice {
		return nil, ptr{}, failf("%T must be a pointer to a slice", x)
	}
	v.Elem().SetZero()
	c, err := plainSliceCodecOf(v.Elem().Type())
	return c, pointerOf(v), err
}

// objectTarget is targetOf for a value that has its $type.
func objectTarget(o Object) (codec, ptr, *Error) {
	if unknown, ok := o.(*UnknownObject); ok {
		return emptied(unknownObjectCodec{}, unknown)
	}
	v := reflect.ValueOf(o)
	p, err := planOf(o, v)
	if err != nil {
		return nil, ptr{}, err
	}
	v.Elem().SetZero()
	return p.named, pointerOf(v), nil
}
