package route

import (
	"github.com/danielgtaylor/huma/v2"
)

// tidy makes the document say what we send: lists are never null. huma takes Go's
// nil slices for possible; its switch for that is a global variable.
func tidy(doc *huma.OpenAPI) {
	for _, s := range doc.Components.Schemas.Map() {
		solid(s)
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete, item.Head} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				solid(p.Schema)
			}
			if op.RequestBody != nil {
				solidContent(op.RequestBody.Content)
			}
			for _, resp := range op.Responses {
				solidContent(resp.Content)
			}
		}
	}
}

func solidContent(content map[string]*huma.MediaType) {
	for _, m := range content {
		solid(m.Schema)
	}
}

func solid(s *huma.Schema) {
	if s == nil {
		return
	}
	if s.Type == huma.TypeArray {
		s.Nullable = false
	}
	solid(s.Items)
	if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
		solid(more)
	}
	for _, p := range s.Properties {
		solid(p)
	}
	for _, group := range [][]*huma.Schema{s.OneOf, s.AnyOf, s.AllOf} {
		for _, p := range group {
			solid(p)
		}
	}
}

// Query describes a query parameter of a plain route.
func Query(name, about string, s *huma.Schema) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: about, Schema: s}
}

// InPath describes a path parameter of a plain route.
func InPath(name, about string) *huma.Param {
	return &huma.Param{Name: name, In: "path", Required: true, Description: about, Schema: Text()}
}

// Required marks a parameter as one that must be there.
func Required(p *huma.Param) *huma.Param {
	p.Required = true
	return p
}

// Text, Instant, Whole and Switch are the schemas of parameters of plain routes.
func Text() *huma.Schema { return &huma.Schema{Type: huma.TypeString} }

// Instant is RFC 3339.
func Instant() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "date-time"} }

// Whole is an integer.
func Whole() *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }

// Switch is 0 or 1.
func Switch() *huma.Schema { return &huma.Schema{Type: huma.TypeInteger, Enum: []any{0, 1}} }

// Word is one of a few.
func Word(words ...string) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, w := range words {
		s.Enum = append(s.Enum, w)
	}
	return s
}

// Answers describes the answer of a plain route that is no JSON.
func Answers(status, about, contentType string, headers ...string) map[string]*huma.Response {
	resp := &huma.Response{Description: about}
	if contentType != "" {
		resp.Content = map[string]*huma.MediaType{contentType: {
			Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"},
		}}
	}
	for _, h := range headers {
		if resp.Headers == nil {
			resp.Headers = map[string]*huma.Header{}
		}
		resp.Headers[h] = &huma.Header{Schema: Text()}
	}
	return map[string]*huma.Response{status: resp}
}
