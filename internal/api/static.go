package api

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

// site serves the browser application: every address that is no file is the
// application's own and gets its page.
type site struct {
	files map[string]asset // by path without a leading slash
}

type asset struct {
	fsys    fs.FS
	name    string
	kind    string // content type
	tag     string // ETag
	gzipped string // name of the compressed sister, "" if none
	forever bool   // the name holds a hash of the content
}

// types are ours and not the machine's: what a browser gets must not depend on
// which packages are installed.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".webp":
		return "image/webp"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	case ".wasm":
		return "application/wasm"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return "application/octet-stream"
}

// newSite reads the list of files once; a nil file system is an empty one.
func newSite(fsys fs.FS) (*site, error) {
	s := &site{files: map[string]asset{}}
	if fsys == nil {
		return s, nil
	}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, ".gz") {
			return err
		}
		f, err := fsys.Open(name)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // only read
		sum := sha256.New()
		if _, err := io.Copy(sum, f); err != nil {
			return err
		}
		a := asset{
			fsys: fsys, name: name, kind: typeOf(name),
			tag:     `"` + hex.EncodeToString(sum.Sum(nil)[:12]) + `"`,
			forever: strings.HasPrefix(name, "assets/"),
		}
		if _, err := fs.Stat(fsys, name+".gz"); err == nil {
			a.gzipped = name + ".gz"
		}
		s.files[name] = a
		return nil
	})
	return s, err
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		route.Refuse(w, r, nil, methodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean(r.URL.Path), "/")
	a, ok := s.files[name]
	if !ok && path.Ext(name) == "" && !strings.HasPrefix(name, "assets/") {
		a, ok = s.files["index.html"]
	}
	if !ok {
		route.Refuse(w, r, nil, problem.New(problem.NotFound, "not_found", "There is nothing at this address."))
		return
	}
	a.send(w, r)
}

func (a asset) send(w http.ResponseWriter, r *http.Request) {
	h, name, tag := w.Header(), a.name, a.tag
	h.Set("Content-Type", a.kind)
	h.Set("Cache-Control", "no-cache")
	if a.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if a.gzipped != "" {
		h.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r) && r.Header.Get("Range") == "" {
			h.Set("Content-Encoding", "gzip")
			name, tag = a.gzipped, strings.TrimSuffix(tag, `"`)+`-gz"`
		}
	}
	h.Set("ETag", tag)
	f, err := a.fsys.Open(name)
	if err != nil {
		h.Del("Content-Encoding")
		route.Refuse(w, r, nil, err)
		return
	}
	defer func() { _ = f.Close() }() // only read
	seeker, ok := f.(io.ReadSeeker)
	if !ok {
		_, _ = io.Copy(w, f) // the client has gone; nobody to tell
		return
	}
	http.ServeContent(w, r, "", time.Time{}, seeker)
}
