package route

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"watchroom/internal/problem"
)

func TestEveryKindHasItsStatus(t *testing.T) {
	want := map[problem.Kind]int{
		problem.Internal: 500, problem.Invalid: 422, problem.NotSignedIn: 401, problem.Forbidden: 403,
		problem.NotFound: 404, problem.Conflict: 409, problem.TooMany: 429, problem.Unavailable: 503,
		problem.Unacceptable: 406, "a kind to come": 500,
	}
	for kind, status := range want {
		p := Of(problem.New(kind, "some_code", "A sentence."))
		if p.Status != status || p.Code != "some_code" || p.Type != "/problems/some_code" || p.Title != http.StatusText(status) {
			t.Errorf("%s: %+v", kind, p)
		}
	}
}

func TestADatabaseThatIsAwayIsNamed(t *testing.T) {
	stopping := fmt.Errorf("read session: %w", &pgconn.PgError{Code: "57P01"})
	if p := Of(stopping); p.Status != 503 || p.Code != "database_unavailable" {
		t.Errorf("a server that stops: %+v", p)
	}
	closed := fmt.Errorf("open viewing: %w", &pgconn.PgError{Code: "25006"})
	if p := Of(closed); p.Status != 503 || p.Code != "database_read_only" {
		t.Errorf("a server that takes nothing: %+v", p)
	}
	for name, err := range map[string]error{
		"a broken query":       &pgconn.PgError{Code: "42P01"},
		"a time limit of ours": context.DeadlineExceeded, // a net.Error, too
	} {
		if p := Of(fmt.Errorf("read session: %w", err)); p.Status != 500 || p.Code != "internal_error" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestProblemCarriesWhatTheScreensNeed(t *testing.T) {
	err := problem.New(problem.TooMany, "too_many_attempts", "Wait a moment.").With("retryAfterSeconds", 7).On("password")
	w := httptest.NewRecorder()
	Refuse(w, httptest.NewRequest("POST", "/api/v1/session", nil), nil, fmt.Errorf("sign in: %w", err))
	if w.Code != 429 || w.Header().Get("Retry-After") != "7" || w.Header().Get("Content-Type") != "application/problem+json" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "/problems/too_many_attempts", "title": "Too Many Requests", "status": 429.0, "detail": "Wait a moment.",
		"code": "too_many_attempts", "params": map[string]any{"retryAfterSeconds": 7.0},
		"errors": []any{map[string]any{"location": "body.password", "message": "Wait a moment."}},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestCausesStayInTheLog(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	cause := errors.New("pq: relation people does not exist at 10.1.2.3")
	for name, err := range map[string]error{
		"plain":   cause,
		"wrapped": problem.Wrap(cause, "list people"),
		"problem": problem.New(problem.Internal, "internal_error", "Something went wrong.").Because(cause),
	} {
		log.Reset()
		w := httptest.NewRecorder()
		r := httptest.NewRequest("GET", "/", nil)
		r = r.WithContext(WithRequest(r.Context(), &Request{ID: "therequestid"}))
		Refuse(w, r, logger, err)
		if w.Code != 500 || strings.Contains(w.Body.String(), "pq") || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
		if !strings.Contains(log.String(), "10.1.2.3") || !strings.Contains(log.String(), "therequestid") {
			t.Errorf("%s: the log lacks the cause: %s", name, &log)
		}
	}
}

func TestAClientThatLeftIsNotLogged(t *testing.T) {
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest("GET", "/", nil).WithContext(ctx)
	Refuse(httptest.NewRecorder(), r, slog.New(slog.NewTextHandler(&log, nil)), problem.Wrap(ctx.Err(), "read"))
	if log.Len() > 0 {
		t.Error(log.String())
	}
}

func TestAProblemReplacesWhatWasPromised(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Length", "5")
	w.Header().Set("Content-Range", "bytes 0-4/5")
	Refuse(w, httptest.NewRequest("HEAD", "/", nil), nil, problem.New(problem.NotFound, "x", "y"))
	if w.Body.Len() > 0 || w.Header().Get("Content-Length") != "" || w.Header().Get("Content-Range") != "" {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
}

func TestHumaDetailsRepeatNoSecrets(t *testing.T) {
	p := fromHuma(&huma.ErrorModel{Status: 422, Errors: []*huma.ErrorDetail{
		{Message: "expected length >= 10", Location: "body.password", Value: "hunter2"},
		{Message: "expected number", Location: "body", Value: `{"password":"hunter2"}`},
		{Message: "expected number <= 500", Location: "query.limit", Value: float64(9000)},
		{Message: "invalid date/time", Location: "query.from", Value: "yesterday"},
		{Message: "too long", Location: "query.kind", Value: strings.Repeat("x", 101)},
		{Message: strings.Repeat("字", 300), Location: "body.name", Value: map[string]any{"a": "hunter2"}},
		nil,
	}})
	want := []Fault{
		{Location: "body.password", Message: "expected length >= 10"},
		{Location: "body", Message: "expected number"},
		{Location: "query.limit", Message: "expected number <= 500", Value: float64(9000)},
		{Location: "query.from", Message: "invalid date/time", Value: "yesterday"},
		{Location: "query.kind", Message: "too long"},
		{Location: "body.name", Message: strings.Repeat("字", 200) + "…"},
	}
	if d := cmp.Diff(want, p.Errors); d != "" {
		t.Error(d)
	}
}

func TestHumaStatusesHaveCodes(t *testing.T) {
	for status, code := range map[int]string{
		400: "invalid_input", 422: "invalid_input", 413: "body_too_large", 408: "request_timeout",
		415: "content_type_unsupported", 406: "not_acceptable", 500: "internal_error",
	} {
		m := &huma.ErrorModel{Status: status, Detail: "secret detail", Errors: []*huma.ErrorDetail{{Message: "inner"}}}
		p := fromHuma(m)
		if p.Code != code || p.Status != status || strings.Contains(p.Detail, "secret") {
			t.Errorf("%d: %+v", status, p)
		}
		if status == 500 && p.Errors != nil {
			t.Errorf("an internal error tells %v", p.Errors)
		}
	}
}
