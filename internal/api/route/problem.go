package route

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
)

// Problem is the body of every refusal and failure, RFC 9457. It is the safe face
// of a problem.Error: causes stay in the log.
type Problem struct {
	Type   string         `json:"type" doc:"Stable reference of the kind of problem: /problems/ and the code." example:"/problems/camera_name_taken"`
	Title  string         `json:"title" doc:"The HTTP status in words." example:"Conflict"`
	Status int            `json:"status" doc:"The HTTP status." example:"409"`
	Detail string         `json:"detail" doc:"One English sentence that may be shown." example:"Another camera has this name."`
	Code   string         `json:"code" doc:"Stable word for programs and for translated texts." example:"camera_name_taken"`
	Params map[string]any `json:"params,omitempty" doc:"Values for the translated text."`
	Errors []Fault        `json:"errors,omitempty" doc:"The inputs that were wrong, one by one." nullable:"false"`

	header http.Header
}

// Fault is one wrong input.
type Fault struct {
	Location string `json:"location" doc:"Where, such as body.name or query.from." example:"body.name"`
	Message  string `json:"message" doc:"What is wrong with it." example:"expected length >= 1"`
	Value    any    `json:"value,omitempty" doc:"What was sent, where repeating it gives nothing away."`
}

// statusOf is the one table from what went wrong to the HTTP status.
func statusOf(kind problem.Kind) int {
	switch kind {
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.NotSignedIn:
		return http.StatusUnauthorized
	case problem.Forbidden:
		return http.StatusForbidden
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusConflict
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.Unavailable:
		return http.StatusServiceUnavailable
	case problem.Unacceptable:
		return http.StatusNotAcceptable
	case problem.Unsatisfiable:
		return http.StatusRequestedRangeNotSatisfiable
	case problem.Internal:
	}
	return http.StatusInternalServerError
}

// Of shows err to a client. A database that cannot be reached or used is named as
// that. Whatever else is not a problem.Error becomes an internal error that says
// nothing of its cause.
func Of(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	e := problem.Of(err)
	if e.Kind == problem.Internal {
		if found := db.Trouble(err); found != nil {
			e = found
		}
	}
	p = plain(statusOf(e.Kind), e.Code, e.Detail)
	p.Params = e.Params
	if e.Field != "" {
		p.Errors = []Fault{{Location: locate(e.Field), Message: e.Detail}}
	}
	if after, ok := whole(e.Params["retryAfterSeconds"]); ok {
		p.header = http.Header{"Retry-After": {after}}
	}
	if size, ok := whole(e.Params["size"]); ok && e.Kind == problem.Unsatisfiable {
		p.header = http.Header{"Content-Range": {"bytes */" + size}} // RFC 9110 15.5.17
	}
	return p
}

// discreet leaves the camera out of a refusal by right, unless the request named it: whoever
// reads the hold of a camera elsewhere is not told which camera that is, nor of which grade.
func (p *Problem) discreet(asked string) *Problem {
	camera, ok := p.Params["camera"].(string)
	if !ok || p.Params["action"] == nil || p.Status != http.StatusForbidden || strings.Contains(asked, camera) {
		return p
	}
	c := *p
	c.Params = maps.Clone(p.Params)
	delete(c.Params, "camera")
	delete(c.Params, "grade")
	return &c
}

// WithHeader returns a copy that is sent with one header more.
func (p *Problem) WithHeader(name, value string) *Problem {
	c := *p
	c.header = http.Header{}
	maps.Copy(c.header, p.header)
	c.header[http.CanonicalHeaderKey(name)] = []string{value}
	return &c
}

// locate says which part of the request a field is in: the body, unless it says so.
func locate(field string) string {
	for _, part := range []string{"body", "query", "path"} {
		if field == part || strings.HasPrefix(field, part+".") {
			return field
		}
	}
	return "body." + field
}

func whole(v any) (string, bool) {
	switch n := v.(type) {
	case int:
		return strconv.Itoa(n), true
	case int64:
		return strconv.FormatInt(n, 10), true
	}
	return "", false
}

func plain(status int, code, detail string) *Problem {
	return &Problem{
		Type: "/problems/" + code, Title: http.StatusText(status), Status: status,
		Code: code, Detail: detail,
	}
}

// Refuse answers with err as a problem, and logs it where it is our own fault.
func Refuse(w http.ResponseWriter, r *http.Request, log *slog.Logger, err error) {
	if left(r.Context(), err) {
		w.WriteHeader(statusClientLeft)
		return
	}
	p := Of(err).discreet(r.URL.String())
	note(r.Context(), log, p, err)
	h := w.Header()
	// What an earlier part of the handler promised does not hold for a problem.
	for _, k := range []string{"Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified", "Content-Disposition"} {
		h.Del(k)
	}
	for k, v := range p.header {
		h[k] = v
	}
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	if r.Method == http.MethodHead {
		return
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(p) // the client has gone; nobody to tell
}

// left tells whether err only says that the client of a request has gone.
func left(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() != nil
}

// statusClientLeft stands in the access log where the client went before it was
// answered. Nobody receives it.
const statusClientLeft = 499

func note(ctx context.Context, log *slog.Logger, p *Problem, err error) {
	if p.Status != http.StatusInternalServerError && !errors.Is(err, ledger.ErrNotRecorded) || log == nil {
		return
	}
	log.ErrorContext(ctx, "request failed", "request", RequestID(ctx), "error", err)
}

// Error makes a Problem travel as an error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus makes huma send it with its status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders makes huma send its headers, such as Retry-After.
func (p *Problem) GetHeaders() http.Header { return p.header }

// ContentType makes huma send it as RFC 9457 wants.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// fromHuma turns what huma itself refuses into the same shape. Its details may
// repeat input; only what cannot be a secret is passed on.
func fromHuma(m *huma.ErrorModel) *Problem {
	code, detail := "invalid_input", "The request breaks the rules of this operation."
	switch m.Status {
	case http.StatusBadRequest:
		detail = "The request body cannot be read as JSON, or is missing."
	case http.StatusRequestEntityTooLarge:
		code, detail = "body_too_large", "The request body is larger than this operation takes."
	case http.StatusRequestTimeout:
		code, detail = "request_timeout", "The request body did not arrive in time."
	case http.StatusUnsupportedMediaType:
		code, detail = "content_type_unsupported", "The request body must be application/json."
	case http.StatusNotAcceptable:
		code, detail = "not_acceptable", "The answer can only be sent as application/json."
	case http.StatusInternalServerError:
		code, detail = "internal_error", "Something went wrong on the server; the log has the details."
	}
	p := plain(m.Status, code, detail)
	if m.Status >= http.StatusInternalServerError {
		return p
	}
	for _, d := range m.Errors {
		if d == nil {
			continue
		}
		p.Errors = append(p.Errors, Fault{
			Location: d.Location, Message: trim(d.Message), Value: echo(d.Location, d.Value),
		})
	}
	return p
}

// echo decides which input may be repeated: numbers and booleans always, text
// only from path and query, since bodies carry passwords and addresses with them.
func echo(location string, v any) any {
	switch v := v.(type) {
	case bool, float64, int, int64:
		return v
	case string:
		if len(v) <= 100 && (strings.HasPrefix(location, "query.") || strings.HasPrefix(location, "path.")) {
			return v
		}
	}
	return nil
}

func trim(s string) string {
	if r := []rune(s); len(r) > 200 {
		return string(r[:200]) + "…"
	}
	return s
}

// Status shows err with another HTTP status than its kind has, for the few
// refusals that HTTP has a status of its own for.
func Status(status int, err error) *Problem {
	p := *Of(err)
	p.Status, p.Title = status, http.StatusText(status)
	return &p
}
