package api

import (
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// smallest body that is worth compressing, in bytes.
const smallest = 1024

// level makes JSON as small as the default, 6, does, in a quarter of the time.
const level = 4

// compress sends text compressed to those who take it. It stands around JSON
// operations and static files only, never around media or event streams.
type compress struct {
	writers sync.Pool // of *gzip.Writer
}

func (c *compress) frame(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead || !acceptsGzip(r) {
			next.ServeHTTP(w, r)
			return
		}
		cw := &compressed{ResponseWriter: w, pool: &c.writers}
		defer cw.close()
		next.ServeHTTP(cw, r)
	})
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, params, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			q := strings.ReplaceAll(params, " ", "")
			return q != "q=0" && q != "q=0.0"
		}
	}
	return false
}

func sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}

// compressed decides at the first write: the status and the type are known by
// then, and JSON bodies come in one piece.
type compressed struct {
	http.ResponseWriter
	pool    *sync.Pool
	status  int
	decided bool
	gz      *gzip.Writer // nil when the answer goes out as it is
}

func (c *compressed) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressed) WriteHeader(status int) {
	if status < http.StatusOK { // informational
		c.ResponseWriter.WriteHeader(status)
		return
	}
	if c.status == 0 {
		c.status = status
	}
}

func (c *compressed) Write(p []byte) (int, error) {
	c.decide(len(p))
	if c.gz != nil {
		return c.gz.Write(p)
	}
	return c.ResponseWriter.Write(p)
}

func (c *compressed) decide(size int) {
	if c.decided {
		return
	}
	c.decided = true
	if c.status == 0 {
		c.status = http.StatusOK
	}
	h := c.Header()
	if compressible(h.Get("Content-Type")) {
		h.Add("Vary", "Accept-Encoding")
		if size >= smallest && h.Get("Content-Encoding") == "" && h.Get("Content-Range") == "" {
			h.Set("Content-Encoding", "gzip")
			h.Del("Content-Length")
			if z, ok := c.pool.Get().(*gzip.Writer); ok {
				z.Reset(c.ResponseWriter)
				c.gz = z
			} else {
				c.gz, _ = gzip.NewWriterLevel(c.ResponseWriter, level) // fails for a level that there is not
			}
		}
	}
	c.ResponseWriter.WriteHeader(c.status)
}

// FlushError sends what was written so far.
func (c *compressed) FlushError() error {
	c.decide(0)
	if c.gz != nil {
		if err := c.gz.Flush(); err != nil {
			return err
		}
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

func (c *compressed) close() {
	if !c.decided && c.status != 0 {
		c.decided = true
		c.ResponseWriter.WriteHeader(c.status)
	}
	if c.gz != nil {
		_ = c.gz.Close() // the client has gone; nobody to tell
		c.gz.Reset(io.Discard)
		c.pool.Put(c.gz)
	}
}

func compressible(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch t {
	case "application/json", "application/problem+json", "application/openapi+json", "application/manifest+json",
		"text/html", "text/css", "text/javascript", "text/plain", "image/svg+xml", "application/wasm":
		return true
	}
	return false
}
