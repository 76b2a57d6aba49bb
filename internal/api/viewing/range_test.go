package viewing_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/route"
	"watchroom/internal/api/viewing"
	"watchroom/internal/archive"
	"watchroom/internal/clock"
	"watchroom/internal/disclosure"
	"watchroom/internal/event"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/secret"
	"watchroom/internal/still"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/people"
	"watchroom/internal/testkit/shelf"
)

// noon is when the footage of the room begins: 20 s, ten seconds of nothing, 10 s.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// room is a server with real footage and one guard, who has stated a reason.
type room struct {
	t         *testing.T
	catalogue *archive.Catalogue
	stills    *still.Maker
	clip      *footage.Clip
	camera    string
	viewing   string
	guard     access.Actor
	handler   http.Handler
	viewings  *disclosure.Viewings
}

func (r *room) BySession(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{Actor: r.guard}, nil
}

func (r *room) ByToken(context.Context, secret.Text) (account.Identity, error) {
	return account.Identity{}, account.ErrNotSignedIn
}

func (r *room) Renew(context.Context, access.Actor) (account.Identity, error) {
	return account.Identity{Actor: r.guard}, nil
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{t: t, catalogue: shelf.Open(t), stills: &still.Maker{}, clip: footage.Make(t, footage.Spec{Seconds: 4})}
	d := r.catalogue.DB
	r.guard, r.camera = people.Add(t, d, "guard", access.Operator), people.Camera(t, d, "gate")
	r.put(0, 20)
	r.put(30, 10)
	bus := &event.Bus{}
	now := clock.Clock(func() time.Time { return noon.Add(time.Hour) })
	running := &route.Running{Bus: bus, Clock: now}
	if err := running.Start(context.WithoutCancel(t.Context())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(running.Close)
	viewings := &disclosure.Viewings{DB: d, Bus: bus, Clock: now}
	r.viewings = viewings
	v, err := viewings.Open(t.Context(), r.guard, []string{r.camera}, noon.AddDate(0, -2, 0).UnixMicro(), noon.AddDate(0, 0, 10).UnixMicro(), disclosure.Incident, "what happened")
	if err != nil {
		t.Fatal(err)
	}
	r.viewing = v.ID
	router := route.New(route.Options{Gate: r, Title: "Test"})
	(&viewing.Routes{
		Viewings: viewings, Footage: viewing.FromLibrary(&playback.Library{Catalogue: r.catalogue, Stills: r.stills}),
		Timeline: r.catalogue, Running: running, Gate: r, Log: slog.New(slog.DiscardHandler),
	}).Register(router)
	r.handler = router.Mux()
	return r
}

// put adds footage, in seconds from noon.
func (r *room) put(from, seconds int) {
	r.t.Helper()
	shelf.Put(r.t, r.catalogue, shelf.Segment{Camera: r.camera, Clip: r.clip, Run: fmt.Sprint("run", from),
		Start: noon.UnixMicro() + int64(from)*1e6, Length: int64(seconds) * 1e6})
}

func at(seconds int) string {
	return noon.Add(time.Duration(seconds) * time.Second).Format(time.RFC3339)
}

// ask sends one request; where is such as video.mp4.
func (r *room) ask(method, where string, q url.Values, header ...string) *httptest.ResponseRecorder {
	r.t.Helper()
	req := httptest.NewRequest(method, "/api/v1/viewings/"+r.viewing+"/cameras/"+r.camera+"/"+where+"?"+q.Encode(), nil)
	req.AddCookie(&http.Cookie{Name: route.Cookie, Value: "guard"})
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, req)
	return w
}

func between(from, to int) url.Values { return url.Values{"from": {at(from)}, "to": {at(to)}} }

func code(w *httptest.ResponseRecorder) string {
	var p route.Problem
	if json.Unmarshal(w.Body.Bytes(), &p) != nil {
		return ""
	}
	return p.Code
}

func TestRanges(t *testing.T) {
	r := newRoom(t)
	all := r.ask("GET", "video.mp4", between(0, 40))
	whole := all.Body.Bytes()
	size, tag := len(whole), all.Header().Get("ETag")
	if all.Code != 200 || all.Header().Get("Accept-Ranges") != "bytes" || all.Header().Get("Content-Length") != fmt.Sprint(size) || tag == "" || !bytes.Contains(whole, []byte("moov")) {
		t.Fatalf("%d, %d bytes, %v", all.Code, size, all.Header())
	}
	if w := r.ask("HEAD", "video.mp4", between(0, 40)); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Content-Length") != fmt.Sprint(size) || w.Header().Get("Watchroom-Start") == "" {
		t.Errorf("HEAD: %d, %d bytes, %v", w.Code, w.Body.Len(), w.Header())
	}
	for _, c := range []struct {
		asked    string
		from, to int // -1 for refused
		header   []string
	}{
		{"bytes=0-0", 0, 1, nil},
		{"bytes=100-199", 100, 200, nil},
		{"bytes=70000-", 70000, size, nil},
		{"bytes=-500", size - 500, size, nil},
		{fmt.Sprintf("bytes=-%d", size*2), 0, size, nil},
		{fmt.Sprintf("bytes=%d-%d", size-10, size+10), size - 10, size, nil},
		{fmt.Sprintf("bytes=%d-", size), -1, 0, nil},
		{"bytes=9-3", -1, 0, nil},
		{"bytes=a-b", -1, 0, nil},
		{"bytes=", -1, 0, nil},
		{"bytes=1", -1, 0, nil},
		{"bytes=-0", -1, 0, nil},
		{"bytes=99999999999999999999-", -1, 0, nil},
		{"bytes=100-99999999999999999999", 100, size, nil},
		{"bytes=-99999999999999999999", 0, size, nil},
		{"seconds=1-2", 0, size, []string{"X-None", "a unit that nobody knows is ignored"}},
		{"bytes=9-3", 0, size, []string{"If-Range", `"another"`}},
		{"bytes=100-199", 100, 200, []string{"If-Range", tag}},
		{"bytes=100-199", 0, size, []string{"If-Range", `"another"`}},
		{"bytes=100-199", 0, size, []string{"If-Range", "Sun, 01 Mar 2026 12:00:00 GMT"}},
	} {
		w := r.ask("GET", "video.mp4", between(0, 40), append([]string{"Range", c.asked}, c.header...)...)
		switch {
		case c.from < 0:
			if w.Code != http.StatusRequestedRangeNotSatisfiable || bytes.Contains(w.Body.Bytes(), []byte("moof")) {
				t.Errorf("%s: %d", c.asked, w.Code)
			}
			if w.Header().Get("Content-Range") != fmt.Sprintf("bytes */%d", size) || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("ETag") != "" || !bytes.Contains(w.Body.Bytes(), []byte("range_not_satisfiable")) {
				t.Errorf("%s: %v %s", c.asked, w.Header(), w.Body)
			}
		case len(c.header) > 0 && c.to == size:
			if w.Code != 200 || !bytes.Equal(w.Body.Bytes(), whole) {
				t.Errorf("%s, %v: %d", c.asked, c.header, w.Code)
			}
		default:
			if w.Code != 206 || !bytes.Equal(w.Body.Bytes(), whole[c.from:c.to]) || w.Header().Get("Content-Range") != fmt.Sprintf("bytes %d-%d/%d", c.from, c.to-1, size) {
				t.Errorf("%s: %d, %d bytes, %v", c.asked, w.Code, w.Body.Len(), w.Header())
			}
		}
	}
	several(t, r.ask("GET", "video.mp4", between(0, 40), "Range", "bytes=0-9,5000-5099,-20"), whole[:10], whole[5000:5100], whole[size-20:])
	if w := r.ask("GET", "video.mp4", between(0, 40), "Range", "bytes=0-"+strings.Repeat(",0-", 50)); w.Code != 200 || w.Body.Len() != size {
		t.Errorf("the whole fifty times over: %d, %d bytes", w.Code, w.Body.Len())
	}
	if w := r.ask("GET", "video.mp4", between(0, 40), "If-None-Match", tag); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("known already: %d", w.Code)
	}
}

// several checks an answer of many ranges.
func several(t *testing.T, w *httptest.ResponseRecorder, want ...[]byte) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Type"))
	if err != nil || w.Code != 206 || kind != "multipart/byteranges" {
		t.Fatalf("%d %s %v", w.Code, kind, err)
	}
	m := multipart.NewReader(w.Body, params["boundary"])
	for i := range want {
		part, err := m.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(part); err != nil || !bytes.Equal(got, want[i]) || part.Header.Get("Content-Type") != "video/mp4" {
			t.Errorf("range %d: %d bytes, %v", i, len(got), err)
		}
	}
	if _, err := m.NextPart(); err != io.EOF {
		t.Errorf("more than was asked for: %v", err)
	}
}

// TestAnIntervalThatGrows: a player that goes on with ranges of a longer file would
// put together what does not fit.
func TestAnIntervalThatGrows(t *testing.T) {
	r := newRoom(t)
	before := r.ask("GET", "video.mp4", between(0, 60))
	tag := before.Header().Get("ETag")
	if again := r.ask("HEAD", "video.mp4", between(0, 60)).Header().Get("ETag"); again != tag {
		t.Errorf("the same footage is tagged %s and %s", tag, again)
	}
	r.put(40, 10)
	w := r.ask("GET", "video.mp4", between(0, 60), "Range", "bytes=1000-1999", "If-Range", tag)
	if w.Code != 200 || w.Body.Len() <= before.Body.Len() || w.Header().Get("ETag") == tag {
		t.Errorf("%d, %d bytes after %d", w.Code, w.Body.Len(), before.Body.Len())
	}
	if w := r.ask("GET", "video.mp4", between(0, 60), "If-Match", tag); w.Code != http.StatusPreconditionFailed {
		t.Errorf("the file that is no more: %d", w.Code)
	}
}

func TestIntervalsWithoutAnAnswer(t *testing.T) {
	r := newRoom(t)
	const day = 24 * 3600
	for _, c := range []struct {
		name          string
		from, to      int
		video, stream int
		code          string
	}{
		{"wholly in a gap", 22, 28, 404, 204, "no_footage"},
		{"in the future", 9 * day, 9*day + 60, 404, 204, "no_footage"},
		{"before the first", -day, -day + 60, 404, 204, "no_footage"},
		{"of no length", 5, 5, 422, 422, "interval_empty"},
		{"backwards", 10, 5, 422, 422, "interval_empty"},
		{"longer than a file may be", -day, 3601, 422, 200, "interval_too_long"},
		{"of sixty days", -59 * day, 60, 422, 422, "interval_too_long"},
		{"outside what was stated", 9 * day, 10*day + 1, 403, 403, ""},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			v := r.ask(method, "video.mp4", between(c.from, c.to), "Range", "bytes=0-99")
			if v.Code != c.video || v.Header().Get("ETag") != "" || v.Header().Get("Content-Range") != "" || method == "GET" && c.code != "" && code(v) != c.code {
				t.Errorf("%s: %s video: %d %s", c.name, method, v.Code, v.Body)
			}
			s := r.ask(method, "stream.mp4", between(c.from, c.to))
			if s.Code != c.stream || s.Code != 200 && bytes.Contains(s.Body.Bytes(), []byte("moof")) {
				t.Errorf("%s: %s stream: %d", c.name, method, s.Code)
			}
		}
	}
	for name, q := range map[string]url.Values{"no end": {"from": {at(0)}}, "no instants": {"from": {"noon"}, "to": {"one"}}, "nothing": {}} {
		for _, where := range []string{"video.mp4", "stream.mp4"} {
			if w := r.ask("GET", where, q); w.Code != 422 || code(w) != "invalid_input" {
				t.Errorf("%s of %s: %d %s", where, name, w.Code, w.Body)
			}
		}
	}
}

// TestStreamGoesOn follows an interval with a gap in it as a player does.
func TestStreamGoesOn(t *testing.T) {
	r := newRoom(t)
	w := r.ask("GET", "stream.mp4", between(5, 40))
	h := w.Header()
	if w.Code != 200 || h.Get("Watchroom-Start") != at(4) || h.Get("Watchroom-End") != at(20) || h.Get("Watchroom-Base") != at(4) || h.Get("Watchroom-Next") != at(30) {
		t.Errorf("%d %v", w.Code, h)
	}
	w = r.ask("GET", "stream.mp4", between(30, 40))
	if h := w.Header(); w.Code != 200 || h.Get("Watchroom-Start") != at(30) || h.Get("Watchroom-Next") != "" || !strings.HasPrefix(h.Get("Content-Type"), `video/mp4; codecs="avc1.`) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := r.ask("HEAD", "stream.mp4", between(30, 40)); w.Code != 200 || w.Body.Len() != 0 || w.Header().Get("Watchroom-Start") != at(30) {
		t.Errorf("HEAD: %d %v", w.Code, w.Header())
	}
}

// TestDerivedSoundIsSaid where the sound is sent as something else than was recorded.
func TestDerivedSoundIsSaid(t *testing.T) {
	r := newRoom(t)
	r.clip = footage.Make(t, footage.Spec{Seconds: 4, Audio: media.PCMU})
	r.put(60, 8)
	heard := between(60, 68)
	if h := r.ask("GET", "stream.mp4", heard).Header(); h.Get("Watchroom-Derived-Audio") != "flac; from=pcmu" || !strings.HasSuffix(h.Get("Content-Type"), `,flac"`) {
		t.Errorf("with sound: %v", h)
	}
	for name, h := range map[string]http.Header{
		"a recording without sound": r.ask("GET", "stream.mp4", between(0, 8)).Header(),
		"the file":                  r.ask("HEAD", "video.mp4", heard).Header(),
	} {
		if _, said := h["Watchroom-Derived-Audio"]; said {
			t.Errorf("%s: %v", name, h)
		}
	}
	heard.Set("audio", "0")
	if h := r.ask("GET", "stream.mp4", heard).Header(); h.Get("Watchroom-Derived-Audio") != "" || strings.Contains(h.Get("Content-Type"), "flac") {
		t.Errorf("without sound: %v", h)
	}
}

func TestThumbnails(t *testing.T) {
	r := newRoom(t)
	picture := func(seconds int) *httptest.ResponseRecorder {
		return r.ask("GET", "thumbnail.jpg", url.Values{"at": {at(seconds)}, "width": {"160"}})
	}
	w := picture(5)
	if w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Watchroom-At") != at(4) || !bytes.HasPrefix(w.Body.Bytes(), []byte{0xff, 0xd8}) {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	for name, c := range map[string]struct {
		seconds, status int
		code            string
	}{
		"in the gap":              {25, 404, "no_picture"},
		"in the future":           {9 * 24 * 3600, 404, "no_picture"},
		"before the first":        {-60, 404, "no_picture"},
		"outside what was stated": {11 * 24 * 3600, 403, "outside_viewing"},
	} {
		if w := picture(c.seconds); w.Code != c.status || code(w) != c.code {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	if w := r.ask("GET", "thumbnail.jpg", url.Values{"at": {at(5)}, "width": {"9"}}); w.Code != 422 {
		t.Errorf("of nine pixels: %d", w.Code)
	}
	known := r.camera
	r.camera = "0000000000000"
	if w := picture(5); w.Code != 403 || code(w) != "outside_viewing" {
		t.Errorf("of another camera: %d %s", w.Code, w.Body)
	}
	r.camera = known
	*r.stills = still.Maker{FFmpeg: "/nonexistent/ffmpeg"} // as after a start without it
	if w := picture(5); w.Code != 200 {
		t.Errorf("one that was made before: %d %s", w.Code, w.Body)
	}
	if w := picture(15); w.Code != 503 || code(w) != "ffmpeg_missing" || strings.Contains(w.Body.String(), "nonexistent") {
		t.Errorf("without ffmpeg: %d %s", w.Code, w.Body)
	}
}
