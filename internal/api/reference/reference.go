// Package reference serves the readable page of the API document: one page, one
// script and one style sheet of our own, so that it works without the internet
// and under a strict content policy.
package reference

import (
	"embed"
	"io/fs"
)

//go:embed page
var page embed.FS

// Files are index.html, reference.js and reference.css. The page reads the
// document from /api/openapi.json.
func Files() (fs.FS, error) { return fs.Sub(page, "page") }
