package timeline

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/clock"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// desk is a server with a catalogue that says what the test wants, and somebody at it.
type desk struct {
	lanes      []archive.Lane
	err        error
	who        access.Actor
	asked      []string
	from, to   int64
	resolution time.Duration
}

func (d *desk) Timeline(_ context.Context, cameras []string, from, to int64, resolution time.Duration) ([]archive.Lane, error) {
	d.asked, d.from, d.to, d.resolution = cameras, from, to, resolution
	return d.lanes, d.err
}

// retired knows the gate and the yard, and a shed that is no more.
func (d *desk) retired(_ context.Context, camera string) (int64, error) {
	switch camera {
	case "gate", "yard":
		return 0, nil
	case "shed":
		return time.Date(2026, 3, 1, 12, 20, 0, 0, time.UTC).UnixMicro(), nil
	}
	return 0, problem.New(problem.NotFound, "camera_unknown", "There is no such camera.")
}

func (d *desk) BySession(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{Actor: d.who}, nil
}

func (d *desk) ByToken(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{}, account.ErrNotSignedIn
}

func (d *desk) Renew(context.Context, access.Actor) (account.Identity, error) {
	return account.Identity{Actor: d.who}, nil
}

func (d *desk) ask(t *testing.T, query string) *httptest.ResponseRecorder {
	t.Helper()
	r := route.New(route.Options{Gate: d, Title: "Test"})
	(&Routes{Source: d, Retired: d.retired, Clock: clock.Clock(func() time.Time { return time.Unix(2_000_000_000, 123_456_789).UTC() })}).Register(r)
	req := httptest.NewRequest(http.MethodGet, "/api/v1/timeline?"+query, nil)
	req.AddCookie(&http.Cookie{Name: route.Cookie, Value: "x"})
	w := httptest.NewRecorder()
	r.Mux().ServeHTTP(w, req)
	return w
}

const hour = "&from=2026-03-01T12:00:00Z&to=2026-03-01T13:00:00Z"

func TestAnswer(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	us := func(minutes int) int64 { return noon.Add(time.Duration(minutes) * time.Minute).UnixMicro() }
	d := &desk{who: access.ActorOf("guard", access.Operator), lanes: []archive.Lane{
		{Camera: "gate", Spans: []coverage.Span{
			{Start: us(0), End: us(10), Kind: coverage.None},
			{Start: us(10), End: us(50) + 1, Kind: coverage.Recorded},
			{Start: us(50) + 1, End: us(60), Kind: coverage.Gap, Cause: "refused", Detail: "401 “nein”", Open: true},
		}},
		{Camera: "yard"},
	}}
	w := d.ask(t, "camera=gate&camera=yard&resolution=1500&from=2026-03-01T13:00:00%2B01:00&to=2026-03-01T13:00:00Z")
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if d.from != us(0) || d.to != us(60) || d.resolution != 1500*time.Millisecond || !cmp.Equal(d.asked, []string{"gate", "yard"}) {
		t.Errorf("asked for %+v", d)
	}
	var got Timeline
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	want := Timeline{From: at(0), To: at(60), Now: time.Unix(2_000_000_000, 123_456_000).UTC(), Cameras: []Lane{
		{Camera: "gate", Spans: []Span{
			{Start: at(0), End: at(10), Kind: "none"},
			{Start: at(10), End: at(50).Add(time.Microsecond), Kind: "recorded"},
			{Start: at(50).Add(time.Microsecond), End: at(60), Kind: "gap", Cause: "refused", Detail: "401 “nein”", Open: true},
		}},
		{Camera: "yard", Spans: []Span{}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestARetiredCameraHasNoGap: whoever had switched it off before is not named for the time in
// which nothing was demanded of it any more.
func TestARetiredCameraHasNoGap(t *testing.T) {
	us := func(minutes int) int64 {
		return time.Date(2026, 3, 1, 12, minutes, 0, 0, time.UTC).UnixMicro()
	}
	d := &desk{who: access.ActorOf("guard", access.Operator), lanes: []archive.Lane{{Camera: "shed", Spans: []coverage.Span{
		{Start: us(0), End: us(10), Kind: coverage.Recorded},
		{Start: us(10), End: us(50), Kind: coverage.Gap, Cause: "switched_off", Detail: "somebody", Open: true},
		{Start: us(50), End: us(60), Kind: coverage.None},
	}}}}
	w := d.ask(t, "camera=shed"+hour)
	var got Timeline
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	at := func(minutes int) time.Time { return time.UnixMicro(us(minutes)).UTC() }
	want := []Span{
		{Start: at(0), End: at(10), Kind: "recorded"},
		{Start: at(10), End: at(20), Kind: "gap", Cause: "switched_off", Detail: "somebody"},
		{Start: at(20), End: at(60), Kind: "none"},
	}
	if diff := cmp.Diff(want, got.Cameras[0].Spans); diff != "" {
		t.Error(diff)
	}
}

// TestNothingRecordedIsNotNoSuchCamera: ids joined by a comma are one id that nobody has.
func TestNothingRecordedIsNotNoSuchCamera(t *testing.T) {
	for camera, status := range map[string]int{"gate": 200, "0000000000000": 404, "gate,yard": 404} {
		d := &desk{who: access.ActorOf("guard", access.Operator), lanes: []archive.Lane{{Camera: camera, Spans: []coverage.Span{{Kind: coverage.None}}}}}
		if w := d.ask(t, "camera="+camera+hour); w.Code != status {
			t.Errorf("%s: %d %s", camera, w.Code, w.Body)
		}
	}
}

func TestRefusals(t *testing.T) {
	operator := access.ActorOf("guard", access.Operator)
	for name, c := range map[string]struct {
		who    access.Actor
		query  string
		err    error
		status int
		code   string
	}{
		"no right":       {access.Actor{}, "camera=gate" + hour, nil, 403, "right_missing"},
		"no camera":      {operator, hour[1:], nil, 422, "invalid_input"},
		"twice":          {operator, "camera=gate&camera=gate" + hour, nil, 422, "camera_twice"},
		"no end":         {operator, "camera=gate&from=2026-03-01T12:00:00Z", nil, 422, "invalid_input"},
		"of no length":   {operator, "camera=gate&from=2026-03-01T12:00:00Z&to=2026-03-01T12:00:00Z", nil, 422, "interval_empty"},
		"of two years":   {operator, "camera=gate&from=2025-03-01T12:00:00Z&to=2027-03-01T12:00:00Z", nil, 422, "interval_too_long"},
		"negative":       {operator, "camera=gate&resolution=-1" + hour, nil, 422, "invalid_input"},
		"database away":  {operator, "camera=gate" + hour, problem.New(problem.Unavailable, "database_unavailable", "Away."), 503, "database_unavailable"},
		"our own fault":  {operator, "camera=gate" + hour, context.DeadlineExceeded, 500, "internal_error"},
		"antique camera": {operator, "camera=gate&from=0001-01-01T00:00:00Z&to=0001-01-02T00:00:00Z", nil, 422, "time_out_of_range"},
	} {
		d := &desk{who: c.who, err: c.err}
		w := d.ask(t, c.query)
		var p route.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != c.status || p.Code != c.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
