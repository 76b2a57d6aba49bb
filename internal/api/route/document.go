package route

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Document is the description of all operations, OpenAPI 3.1, as indented JSON.
func (r *Router) Document() ([]byte, error) {
	doc := r.api.OpenAPI()
	tidy(doc)
	raw, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("write the API document: %w", err)
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, fmt.Errorf("write the API document: %w", err)
	}
	out, err := json.MarshalIndent(tree, "", "  ")
	return append(out, '\n'), err
}

// API gives tests the schemas.
func (r *Router) API() huma.API { return r.api }

// Forget drops what only the document tells: how answers look. What is left checks the
// requests. There is no document and no route more after it; it spares megabytes.
func (r *Router) Forget() {
	doc := r.api.OpenAPI()
	schemas := doc.Components.Schemas.Map()
	kept := map[string]bool{}
	var keep func(s *huma.Schema)
	all := func(list []*huma.Schema) {
		for _, s := range list {
			keep(s)
		}
	}
	keep = func(s *huma.Schema) {
		if s == nil {
			return
		}
		if name := strings.TrimPrefix(s.Ref, refs); s.Ref != "" && !kept[name] {
			kept[name] = true
			keep(schemas[name])
		}
		for _, p := range s.Properties {
			keep(p)
		}
		if more, ok := s.AdditionalProperties.(*huma.Schema); ok {
			keep(more)
		}
		all([]*huma.Schema{s.Items, s.Not})
		all(s.OneOf)
		all(s.AnyOf)
		all(s.AllOf)
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Put, item.Post, item.Delete, item.Patch, item.Head, item.Options, item.Trace} {
			if op == nil {
				continue
			}
			for _, p := range op.Parameters {
				keep(p.Schema)
			}
			if op.RequestBody != nil {
				for _, m := range op.RequestBody.Content {
					keep(m.Schema)
				}
			}
			op.Responses = nil
		}
	}
	for name := range schemas {
		if !kept[name] {
			delete(schemas, name)
		}
	}
	doc.Paths, doc.Tags, doc.Info = nil, nil, nil
}
