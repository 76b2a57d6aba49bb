package api

import (
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"sync/atomic"

	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

var errStarting = problem.New(problem.Unavailable, "server_starting", "The server is starting; it may be waiting for its database.")

// Starting answers while the records are not open: the browser application, which
// puts problems into words, health, and a problem that says what is wrong for
// everything else. Whatever is wrong, nobody is let in.
type Starting struct {
	Web     fs.FS
	Proxies route.Proxies
	Storage func() string // the state of the recordings' volume, as in Readiness

	why     atomic.Pointer[problem.Error]
	handler http.Handler
}

// Start reads the browser application.
func (s *Starting) Start() error {
	app, err := newSite(s.Web)
	if err != nil {
		return err
	}
	packer := &compress{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"status":"ok"}`) // the client has gone; nobody to tell
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusServiceUnavailable)
		_ = json.NewEncoder(w).Encode(Readiness{Database: "unavailable", Storage: s.Storage()}) // likewise
	})
	for _, path := range []string{"/api/", "/metrics", "/healthz", "/readyz"} {
		mux.HandleFunc(path, s.refuse)
	}
	mux.Handle("/", packer.frame(app))
	s.handler = wrap(mux, label(s.Proxies), guardBrowser, readable)
	return nil
}

// Because names what keeps the server from starting.
func (s *Starting) Because(why *problem.Error) { s.why.Store(why) }

func (s *Starting) refuse(w http.ResponseWriter, r *http.Request) {
	why := s.why.Load()
	if why == nil {
		why = errStarting
	}
	route.Refuse(w, r, nil, why.With("retryAfterSeconds", 2))
}

// ServeHTTP implements http.Handler.
func (s *Starting) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }
