// Package api is the HTTP face of Watchroom: the frame around every request, the
// browser application, the document of the interface, health and figures. What
// the operations do stands in the packages below it, one a chapter.
package api

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"watchroom/internal/access"
	"watchroom/internal/access/console"
	"watchroom/internal/api/reference"
	"watchroom/internal/api/route"
	"watchroom/internal/problem"
)

var (
	methodNotAllowed = &route.Problem{
		Type: "/problems/method_not_allowed", Title: http.StatusText(http.StatusMethodNotAllowed),
		Status: http.StatusMethodNotAllowed, Code: "method_not_allowed",
		Detail: "This address does not take this method.",
	}
	errNoAddress = problem.New(problem.NotFound, "not_found", "There is nothing at this address.")
)

// New makes the handler of everything that the server answers.
func New(d Deps) (http.Handler, error) {
	r, h, err := d.build()
	if err == nil {
		r.Forget()
	}
	return h, err
}

func (d *Deps) build() (*route.Router, http.Handler, error) {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	if d.Pace == nil {
		d.Pace = route.NewPace(d.Clock)
	}
	packer := &compress{}
	r := route.New(route.Options{Gate: &console.Gate{Control: d.Access, Consoles: d.Consoles}, Log: d.Log, Pack: packer.frame, Tell: d.Refusals, Pace: d.Pace, Title: title, About: about, Tags: tags()})
	c := d.chapters()
	c.register(r)
	d.operations(r)
	document, err := r.Document()
	if err != nil {
		return nil, nil, err
	}
	if err := describe(r, packer, document); err != nil {
		return nil, nil, err
	}
	metrics, err := d.metrics(r)
	if err != nil {
		return nil, nil, err
	}
	app, err := newSite(d.Web)
	if err != nil {
		return nil, nil, fmt.Errorf("read the browser application: %w", err)
	}
	mux := r.Mux()
	mux.Handle("/api/", unknown(r))
	mux.Handle("/", packer.frame(app))
	return r, wrap(mux,
		label(d.Proxies), record(d.Log, d.Clock, metrics), survive(d.Log), guardBrowser, readable, sameSite), nil
}

// unknown answers for addresses below /api/ that no route takes.
func unknown(r *route.Router) http.Handler {
	methods := map[string][]string{}
	for _, t := range r.Routes() {
		methods[t.Path] = append(methods[t.Path], t.Method)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		// Another method may be taken at this address.
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
			probe := req.Clone(req.Context())
			probe.Method = method
			if _, pattern := r.Mux().Handler(probe); strings.HasPrefix(pattern, method+" ") {
				allowed := slices.Clone(methods[strings.TrimPrefix(pattern, method+" ")])
				if slices.Contains(allowed, http.MethodGet) {
					allowed = append(allowed, http.MethodHead)
				}
				slices.Sort(allowed)
				w.Header().Set("Allow", strings.Join(allowed, ", "))
				route.Refuse(w, req, nil, methodNotAllowed)
				return
			}
		}
		route.Refuse(w, req, nil, errNoAddress)
	})
}

// describe adds the document and its readable page.
func describe(r *route.Router, packer *compress, document []byte) error {
	pages, err := reference.Files()
	if err != nil {
		return err
	}
	site, err := newSite(pages)
	if err != nil {
		return err
	}
	packed := func(h http.HandlerFunc) func(http.ResponseWriter, *http.Request) error {
		framed := packer.frame(h)
		return func(w http.ResponseWriter, req *http.Request) error {
			framed.ServeHTTP(w, req)
			return nil
		}
	}
	// Hundreds of kilobytes that are hardly ever asked for are kept small.
	var small bytes.Buffer
	z, err := gzip.NewWriterLevel(&small, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := z.Write(document); err != nil {
		return err
	}
	if err := z.Close(); err != nil {
		return err
	}
	r.Hidden(http.MethodGet, "/api/openapi.json", route.Open(), packed(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-cache")
		if whole, err := gzip.NewReader(bytes.NewReader(small.Bytes())); err == nil {
			_, _ = io.Copy(w, whole) // the client has gone; nobody to tell
		}
	}))
	for path, name := range map[string]string{
		"/api/docs": "index.html", "/api/docs/reference.js": "reference.js", "/api/docs/reference.css": "reference.css",
	} {
		file, ok := site.files[name]
		if !ok {
			return fmt.Errorf("the page of the API document has no %s: %w", name, fs.ErrNotExist)
		}
		r.Hidden(http.MethodGet, path, route.Open(), packed(file.send))
	}
	return nil
}

// metrics serves and feeds the figures. Without a registry there are none.
func (d *Deps) metrics(r *route.Router) (func(pattern, method string, status int, took time.Duration), error) {
	if d.Metrics == nil {
		return func(string, string, int, time.Duration) {}, nil
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "watchroom_http_requests_total", Help: "Answered requests by route, method and status.",
	}, []string{"route", "method", "status"})
	durations := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "watchroom_http_request_seconds", Help: "Time from a request to the end of its answer by route; media and event streams last as long as they are watched.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
	}, []string{"route"})
	running := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "watchroom_http_running_answers", Help: "Media, live pictures and event streams that are going on.",
	}, func() float64 { return float64(d.Running.Count()) })
	for _, c := range []prometheus.Collector{requests, durations, running} {
		if err := d.Metrics.Register(c); err != nil {
			return nil, fmt.Errorf("register the figures of the web server: %w", err)
		}
	}
	page := promhttp.HandlerFor(d.Metrics, promhttp.HandlerOpts{ErrorLog: slog.NewLogLogger(d.Log.Handler(), slog.LevelError)})
	r.Hidden(http.MethodGet, "/metrics", route.LoopbackOr(access.MetricsRead), func(w http.ResponseWriter, req *http.Request) error {
		page.ServeHTTP(w, req)
		return nil
	})
	return func(pattern, method string, status int, took time.Duration) {
		// Addresses that are none would make a series each.
		if pattern == "" {
			pattern = "other"
		}
		if !slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, method) {
			method = "other"
		}
		requests.WithLabelValues(pattern, method, fmt.Sprint(status)).Inc()
		durations.WithLabelValues(pattern).Observe(took.Seconds())
	}, nil
}

// Health says that the process answers.
type Health struct {
	Status string `json:"status" enum:"ok"`
}

// Readiness says whether the parts do that every request may need.
type Readiness struct {
	Ready    bool   `json:"ready"`
	Database string `json:"database" enum:"ok,unavailable"`
	Storage  string `json:"storage" enum:"ok,low,full,failing"`
}

type readinessOutput struct {
	Status int
	Body   Readiness
}

func (d *Deps) operations(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getHealth", Method: http.MethodGet, Path: "/healthz", Tag: "Operation", Demand: route.Open(),
		Summary: "Tell that the process answers",
	}, func(context.Context, *struct{}) (*route.Answer[Health], error) {
		return route.Reply(Health{Status: "ok"}), nil
	})
	route.Do(r, route.Operation{
		ID: "getReadiness", Method: http.MethodGet, Path: "/readyz", Tag: "Operation", Demand: route.Open(),
		Summary: "Tell whether database and storage work",
		About:   "503 when they do not; recording may go on all the same.",
	}, func(ctx context.Context, _ *struct{}) (*readinessOutput, error) {
		out := &readinessOutput{Status: http.StatusOK, Body: Readiness{Ready: true, Database: "ok", Storage: d.System.Storage().State}}
		if d.DB.Healthy(ctx) != nil {
			out.Body.Database = "unavailable"
		}
		if out.Body.Database != "ok" || out.Body.Storage == "failing" || out.Body.Storage == "full" {
			out.Status, out.Body.Ready = http.StatusServiceUnavailable, false
		}
		return out, nil
	})
}
