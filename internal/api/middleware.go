package api

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
)

// A frame wraps a handler.
type frame func(http.Handler) http.Handler

// wrap puts frames around h; the first is the outermost.
func wrap(h http.Handler, frames ...frame) http.Handler {
	for i := len(frames) - 1; i >= 0; i-- {
		h = frames[i](h)
	}
	return h
}

// answer watches what a handler answers. Unwrap lets http.ResponseController
// reach the connection, for flushing, deadlines and hijacking.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= http.StatusOK || status == http.StatusSwitchingProtocols {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}

// ReadFrom keeps the kernel's way of sending files open.
func (a *answer) ReadFrom(r io.Reader) (int64, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := io.Copy(a.ResponseWriter, r)
	a.bytes += n
	return n, err
}

// FlushError and Hijack are found by libraries that look for the methods
// themselves and not through Unwrap.
func (a *answer) FlushError() error {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return http.NewResponseController(a.ResponseWriter).Flush()
}

// Flush is FlushError for http.Flusher.
func (a *answer) Flush() { _ = a.FlushError() }

// Hijack gives the connection away.
func (a *answer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	c, rw, err := http.NewResponseController(a.ResponseWriter).Hijack()
	if err == nil && a.status == 0 {
		a.status = http.StatusSwitchingProtocols
	}
	return c, rw, err
}

// label gives the request its id and finds out who is at the other end.
func label(proxies route.Proxies) frame {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			req := proxies.Read(r)
			req.ID = rand.Text()[:13]
			w.Header().Set("X-Request-Id", req.ID)
			next.ServeHTTP(w, r.WithContext(route.WithRequest(r.Context(), &req)))
		})
	}
}

// record writes the access log: paths without their query, which may say more
// than a log should.
func record(log *slog.Logger, now clock.Clock, observe func(pattern, method string, status int, took time.Duration)) frame {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			began := now.Now()
			a := &answer{ResponseWriter: w}
			defer func() {
				took := now.Now().Sub(began)
				req := route.RequestOf(r.Context())
				if a.status == 0 {
					a.status = http.StatusOK
				}
				observe(req.Pattern, r.Method, a.status, took)
				level := slog.LevelDebug
				switch {
				case a.status >= http.StatusInternalServerError && a.status != http.StatusServiceUnavailable:
					level = slog.LevelError
				case r.Method != http.MethodGet && r.Method != http.MethodHead, a.status == http.StatusForbidden, a.status == http.StatusUnauthorized:
					level = slog.LevelInfo
				}
				log.LogAttrs(r.Context(), level, "request",
					slog.String("request", req.ID), slog.String("method", r.Method),
					slog.String("path", r.URL.Path), slog.String("route", req.Pattern),
					slog.Int("status", a.status), slog.Int64("bytes", a.bytes),
					slog.Duration("took", took), slog.String("remote", req.Remote.String()),
					slog.String("person", req.Person))
			}()
			next.ServeHTTP(a, r)
		})
	}
}

// survive turns a panic into an internal error, or cuts the connection where the
// answer has begun, so that nobody takes half an answer for a whole one.
func survive(log *slog.Logger) frame {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			a := &answer{ResponseWriter: w}
			defer func() {
				v := recover()
				if v == nil {
					return
				}
				if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(http.ErrAbortHandler)
				}
				log.ErrorContext(r.Context(), "request panicked", "request", route.RequestID(r.Context()),
					"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				if a.status != 0 {
					panic(http.ErrAbortHandler)
				}
				route.Refuse(a, r, nil, problem.Of(nil))
			}()
			next.ServeHTTP(a, r)
		})
	}
}

// contentPolicy allows what the application needs and no more: its own scripts,
// styles that its components write themselves, pictures and video that it builds
// in memory.
const contentPolicy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self' data:; " +
	"worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// guardBrowser sets the headers that tell a browser what not to do.
func guardBrowser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		// RFC 6797: only over TLS, or somebody on the way could set it. No subdomains: they are
		// not ours.
		if route.RequestOf(r.Context()).Secure {
			h.Set("Strict-Transport-Security", "max-age=15552000")
		}
		next.ServeHTTP(w, r)
	})
}

// readable refuses paths and queries that are no text, before anything reads them.
func readable(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !route.Wellformed(r) {
			route.Refuse(w, r, nil, problem.New(problem.Invalid, "invalid_input", "The address holds bytes that are no text."))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// sameSite refuses what another site makes a signed-in browser send. Requests
// without a cookie carry their own right and need no such guard.
func sameSite(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse := func() {
			route.Refuse(w, r, nil, problem.New(problem.Forbidden, "cross_origin_refused", "Another site may not make this request."))
		}
		if r.Header.Get("Authorization") != "" {
			next.ServeHTTP(w, r)
			return
		}
		if err := cross.Check(r); err != nil {
			refuse()
			return
		}
		// A WebSocket opens with GET, which the check above lets pass.
		if r.Header.Get("Upgrade") != "" && !sameOrigin(r) {
			refuse()
			return
		}
		next.ServeHTTP(w, r)
	})
}
