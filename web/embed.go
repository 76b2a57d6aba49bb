// Package web holds the browser application as files inside the binary.
//
// The folder dist is made by `npm run build`; before that it holds nothing but a
// placeholder, so that the Go program always builds.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Files is the built application: index.html at the root, everything below
// assets/ named by its content and therefore cacheable for ever. Before the first
// build it has no index.html.
func Files() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // cannot happen: the directive above names the folder
	}
	return sub
}
