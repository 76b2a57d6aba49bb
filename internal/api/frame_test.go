package api

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

func framed(log io.Writer, h http.Handler) http.Handler {
	logger := slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return wrap(h, label(nil), record(logger, nil, func(string, string, int, time.Duration) {}), survive(logger), guardBrowser, readable, sameSite)
}

func TestHeadersTellBrowsersWhatNotToDo(t *testing.T) {
	w := httptest.NewRecorder()
	framed(io.Discard, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	for header, want := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
	} {
		if !strings.Contains(w.Header().Get(header), want) {
			t.Errorf("%s: %q", header, w.Header().Get(header))
		}
	}
	if len(w.Header().Get("X-Request-Id")) != 13 {
		t.Errorf("request id %q", w.Header().Get("X-Request-Id"))
	}
	if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe-eval") || strings.Contains(csp, "script-src 'self' 'unsafe") {
		t.Error(csp)
	}
}

func TestTheLogKeepsQueriesAndCookiesToItself(t *testing.T) {
	var log bytes.Buffer
	r := httptest.NewRequest("POST", "/api/v1/cameras?secret=hunter2", strings.NewReader("hunter3"))
	r.Header.Set("Authorization", "Bearer wr_hunter4")
	framed(&log, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		route.RequestOf(r.Context()).Person = "0l3k9vqf5r2ta"
		w.WriteHeader(http.StatusCreated)
		_, _ = w.Write([]byte("12345"))
	})).ServeHTTP(httptest.NewRecorder(), r)
	if strings.Contains(log.String(), "hunter") {
		t.Error(log.String())
	}
	for _, want := range []string{"method=POST", "path=/api/v1/cameras", "status=201", "bytes=5", "person=0l3k9vqf5r2ta", "remote=192.0.2.1", "level=INFO"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s: %s", want, &log)
		}
	}
}

func TestAPanicBecomesAnInternalError(t *testing.T) {
	var log bytes.Buffer
	w := httptest.NewRecorder()
	framed(&log, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("cable 17 is loose") })).
		ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "cable") || !strings.Contains(w.Body.String(), `"internal_error"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "cable 17 is loose") || !strings.Contains(log.String(), "frame_test.go") {
		t.Error(log.String())
	}
}

func TestAPanicInTheMiddleCutsTheConnection(t *testing.T) {
	server := httptest.NewServer(framed(io.Discard, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		_ = http.NewResponseController(w).Flush()
		panic("late")
	})))
	defer server.Close()
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("half an answer looks whole: %q", body)
	}
}

func TestTheConnectionIsReachedThroughEveryWrapper(t *testing.T) {
	server := httptest.NewServer(framed(io.Discard, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		switch r.URL.Path {
		case "/hijack":
			if _, ok := w.(http.Hijacker); !ok {
				t.Error("no Hijacker for libraries that ask for one")
			}
			conn, _, err := control.Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmine"))
			_ = conn.Close()
		case "/flush":
			if _, ok := w.(http.Flusher); !ok {
				t.Error("no Flusher for libraries that ask for one")
			}
			if err := errors.Join(control.SetWriteDeadline(time.Now().Add(time.Minute)), control.SetReadDeadline(time.Now().Add(time.Minute))); err != nil {
				t.Error(err)
			}
			_, _ = w.Write([]byte("first"))
			if err := control.Flush(); err != nil {
				t.Error(err)
			}
			<-r.Context().Done() // the client reads the first part and leaves
		}
	})))
	defer server.Close()
	resp, err := http.Get(server.URL + "/hijack")
	if err != nil {
		t.Fatal(err)
	}
	if body, _ := io.ReadAll(resp.Body); string(body) != "mine" {
		t.Errorf("%q", body)
	}
	resp.Body.Close()
	resp, err = http.Get(server.URL + "/flush")
	if err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
		t.Errorf("%q %v", first, err)
	}
	resp.Body.Close()
}

func TestOtherSitesAreRefused(t *testing.T) {
	reached := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	cases := []struct {
		name   string
		method string
		header map[string]string
		status int
	}{
		{"own page", "POST", map[string]string{"Origin": "http://example.com", "Sec-Fetch-Site": "same-origin"}, 204},
		{"program", "POST", nil, 204},
		{"another site", "POST", map[string]string{"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}, 403},
		{"another site in an old browser", "DELETE", map[string]string{"Origin": "http://evil.example"}, 403},
		{"a sibling host", "PUT", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"a link from another site", "GET", map[string]string{"Sec-Fetch-Site": "cross-site"}, 204},
		{"a token brings its own right", "POST", map[string]string{"Origin": "http://dashboard.example", "Authorization": "Bearer wr_x"}, 204},
		{"a socket of another site", "GET", map[string]string{"Upgrade": "websocket", "Origin": "http://evil.example"}, 403},
		{"a socket of no site", "GET", map[string]string{"Upgrade": "websocket", "Origin": "null"}, 403},
		{"own socket", "GET", map[string]string{"Upgrade": "websocket", "Origin": "http://example.com"}, 204},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://example.com/api/v1/x", nil)
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			framed(io.Discard, reached).ServeHTTP(w, r)
			if w.Code != c.status || w.Code == 403 && !strings.Contains(w.Body.String(), "cross_origin_refused") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

func TestAddressesThatAreNoText(t *testing.T) {
	w := httptest.NewRecorder()
	framed(io.Discard, http.NotFoundHandler()).ServeHTTP(w, httptest.NewRequest("GET", "/api/v1/cameras/%00", nil))
	if w.Code != 422 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestCompress(t *testing.T) {
	long := strings.Repeat("watchroom ", 500)
	packer := &compress{}
	serve := func(kind, body string, status int, header map[string]string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/", nil)
		for k, v := range header {
			r.Header.Set(k, v)
		}
		w := httptest.NewRecorder()
		packer.frame(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			if body != "" {
				_, _ = io.WriteString(w, body)
			}
		})).ServeHTTP(w, r)
		return w
	}
	gz := map[string]string{"Accept-Encoding": "br, gzip;q=0.8"}
	for range 2 { // the second takes its writer from the pool
		w := serve("application/problem+json", long, 409, gz)
		z, err := gzip.NewReader(w.Body)
		if err != nil || w.Code != 409 || w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Vary") != "Accept-Encoding" {
			t.Fatalf("%v %d %v", err, w.Code, w.Header())
		}
		if body, err := io.ReadAll(z); err != nil || string(body) != long {
			t.Fatal("not what was written", err)
		}
	}
	for name, w := range map[string]*httptest.ResponseRecorder{
		"not asked for": serve("application/json", long, 200, nil),
		"forbidden":     serve("application/json", long, 200, map[string]string{"Accept-Encoding": "gzip;q=0"}),
		"short":         serve("application/json", "{}", 200, gz),
		"video":         serve("video/mp4", long, 200, gz),
		"empty":         serve("application/json", "", 204, gz),
	} {
		if w.Header().Get("Content-Encoding") != "" || w.Code/100 != 2 || w.Code == 200 && w.Body.Len() < 2 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	if w := serve("application/json", "", 204, gz); w.Code != 204 {
		t.Errorf("a status without a body became %d", w.Code)
	}
}

func TestSite(t *testing.T) {
	app, err := newSite(fstest.MapFS{
		"index.html":            {Data: []byte("<!doctype html>")},
		"favicon.svg":           {Data: []byte("<svg/>")},
		"assets/app-4f3a.js":    {Data: []byte("let x = 1")},
		"assets/app-4f3a.js.gz": {Data: []byte("gzipped")},
		"assets/font.woff2":     {Data: []byte("font")},
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		method, path string
		header       map[string]string
		status       int
		body, kind   string
		cache        string
	}{
		{"GET", "/", nil, 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		{"GET", "/playback/0l3k9vqf5r2ta", nil, 200, "<!doctype html>", "text/html; charset=utf-8", "no-cache"},
		{"GET", "/favicon.svg", nil, 200, "<svg/>", "image/svg+xml", "no-cache"},
		{"GET", "/assets/app-4f3a.js", nil, 200, "let x = 1", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", "/assets/app-4f3a.js", map[string]string{"Accept-Encoding": "gzip"}, 200, "gzipped", "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"GET", "/assets/font.woff2", map[string]string{"Accept-Encoding": "gzip"}, 200, "font", "font/woff2", "public, max-age=31536000, immutable"},
		{"HEAD", "/assets/app-4f3a.js", nil, 200, "", "text/javascript; charset=utf-8", ""},
		{"GET", "/assets/app-0000.js", nil, 404, `"not_found"`, "application/problem+json", "no-store"},
		{"GET", "/robots.txt", nil, 404, `"not_found"`, "application/problem+json", "no-store"},
		{"GET", "/assets/app-4f3a.js.gz", nil, 404, `"not_found"`, "application/problem+json", ""},
		{"GET", "/../../etc/passwd", nil, 200, "<!doctype html>", "", ""},
		{"POST", "/", nil, 405, `"method_not_allowed"`, "application/problem+json", ""},
	}
	for _, c := range cases {
		t.Run(c.method+" "+c.path, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.path, nil)
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			app.ServeHTTP(w, r)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.body) ||
				c.kind != "" && w.Header().Get("Content-Type") != c.kind || c.cache != "" && w.Header().Get("Cache-Control") != c.cache {
				t.Errorf("%d %s %v", w.Code, w.Body, w.Header())
			}
		})
	}
	r := httptest.NewRequest("GET", "/", nil)
	w := httptest.NewRecorder()
	app.ServeHTTP(w, r)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	w = httptest.NewRecorder()
	app.ServeHTTP(w, r)
	if w.Code != 304 {
		t.Errorf("an unchanged page was sent again: %d", w.Code)
	}
}

func TestWithoutAnApplication(t *testing.T) {
	app, err := newSite(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	app.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 404 {
		t.Errorf("%d", w.Code)
	}
}

func TestAProblemOfNothingIsInternal(t *testing.T) {
	if p := route.Of(problem.Of(nil)); p.Status != 500 || p.Code != "internal_error" {
		t.Errorf("%+v", p)
	}
}
