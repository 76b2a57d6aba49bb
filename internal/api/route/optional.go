package route

import (
	"encoding/json"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Nullable is a member of a PATCH body that may be left out, null or a value:
// three different wishes.
type Nullable[T any] struct {
	Given bool // the member was in the body
	Null  bool // and it was null
	Value T
}

// UnmarshalJSON is only called for members that are there.
func (n *Nullable[T]) UnmarshalJSON(b []byte) error {
	n.Given = true
	if string(b) == "null" {
		n.Null = true
		return nil
	}
	return json.Unmarshal(b, &n.Value)
}

// Schema is that of T, or null.
func (n Nullable[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}
