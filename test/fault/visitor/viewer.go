package visitor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"

	"watchroom/evidence/fmp4"
	"watchroom/internal/source/sim"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// viewer looks at a camera live, as the page does: where the connection ends it waits
// half a second, asks what there is to see, and connects anew.
type viewer struct {
	at     *station.Server
	who    *http.Client
	camera string

	mu    sync.Mutex // guards all below
	seen  map[uint64]bool
	last  time.Time // a picture came
	dark  []float64 // s without a new one, of every time it lost the connection
	waits bool      // since it lost the connection none has come
}

// again is how long the page waits before its first attempt, at most (web/src/player/live.ts).
const again = 500 * time.Millisecond

// run watches until ctx ends.
func (w *viewer) run(ctx context.Context) error {
	for {
		err := w.watch(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end was asked for
		}
		var refused *refusedError
		if errors.As(err, &refused) {
			return err
		}
		w.mu.Lock()
		w.waits = true
		w.mu.Unlock()
		if program.Wait(ctx, again) != nil {
			return nil //nolint:nilerr // likewise
		}
	}
}

// refusedError is an answer that makes no sense to be asked for again.
type refusedError struct{ status string }

// Error implements error.
func (r *refusedError) Error() string { return "a live viewer was refused: " + r.status }

func (w *viewer) watch(ctx context.Context) error {
	if err := w.at.Call(ctx, w.who, http.MethodGet, "/api/v1/live/"+w.camera+"/options?stream=main", nil, nil); err != nil {
		return err
	}
	u, err := url.Parse(w.at.URL)
	if err != nil {
		return err
	}
	var cookies []string
	for _, k := range w.who.Jar.Cookies(u) {
		cookies = append(cookies, k.Name+"="+k.Value)
	}
	conn, answer, err := websocket.Dial(ctx, w.at.URL+"/api/v1/live/"+w.camera+"/mse?stream=main", //nolint:bodyclose // the library reads and closes it
		&websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {strings.Join(cookies, "; ")}, "Origin": {w.at.URL}}})
	if answer != nil && answer.StatusCode >= 400 && answer.StatusCode < 500 {
		return &refusedError{answer.Status}
	}
	if err != nil {
		return err
	}
	defer conn.CloseNow()
	conn.SetReadLimit(64 << 20)
	for {
		kind, data, err := conn.Read(ctx)
		if err != nil {
			return err
		}
		if kind == websocket.MessageText {
			var m struct{ Type string }
			if err := json.Unmarshal(data, &m); err != nil {
				return err
			}
			continue
		}
		if err := w.show(data); err != nil {
			return err
		}
	}
}

// show takes note of the pictures of a fragment.
func (w *viewer) show(data []byte) error {
	if _, _, err := fmp4.ReadInit(data); err == nil {
		return nil
	}
	p, err := fmp4.ParsePart(data)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range p.Tracks {
		for _, s := range t.Samples {
			n, _, ok := sim.ParseCounter(s.Data)
			if !ok || w.seen[n] {
				continue // sound, or what leads up to the present
			}
			now := time.Now()
			if w.waits {
				w.waits = false
				w.dark = append(w.dark, now.Sub(w.last).Seconds())
			}
			w.seen[n], w.last = true, now
		}
	}
	return nil
}

// missed counts the pictures that were sent between the first and the last that it saw,
// and did not come.
func (w *viewer) missed() (missed, of uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		return 0, 0
	}
	first, last := ^uint64(0), uint64(0)
	for n := range w.seen {
		first, last = min(first, n), max(last, n)
	}
	of = last - first + 1
	return of - uint64(len(w.seen)), of
}

// Viewers look at cameras until End is called.
type Viewers struct {
	all   []*viewer
	stop  context.CancelFunc
	ended chan error
}

// Watch begins a viewer of each camera, all of them signed in as a new operator.
func Watch(ctx context.Context, at *station.Server, cameras []string) (*Viewers, error) {
	if err := at.Operator(ctx, "guard"); err != nil {
		return nil, err
	}
	guard, err := at.SignIn(ctx, "guard")
	if err != nil {
		return nil, err
	}
	v := &Viewers{ended: make(chan error)}
	ctx, v.stop = context.WithCancel(ctx)
	for _, id := range cameras {
		w := &viewer{at: at, who: guard, camera: id, seen: map[uint64]bool{}, last: time.Now()}
		v.all = append(v.all, w)
		go func() { v.ended <- w.run(ctx) }()
	}
	return v, nil
}

// End waits for them.
func (v *Viewers) End() (failed error) {
	v.stop()
	for range v.all {
		failed = errors.Join(failed, <-v.ended)
	}
	return failed
}

// Await waits until every viewer has lost its pictures and seen some again, so many times.
func (v *Viewers) Await(ctx context.Context, times int) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for slices.ContainsFunc(v.all, func(w *viewer) bool { return !w.back(times) }) {
		if program.Wait(ctx, 20*time.Millisecond) != nil {
			return // Missed says who has not
		}
	}
}

func (w *viewer) back(times int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.waits && len(w.dark) >= times
}

// Missed says for how long (s) viewers were without pictures each time, and how many of
// those that were sent did not come. The error names who was left without.
func (v *Viewers) Missed(times int) (dark []float64, missed, sent uint64, failed error) {
	for _, w := range v.all {
		m, n := w.missed()
		missed, sent = missed+m, sent+n
		dark = append(dark, w.dark...)
		if !w.back(times) {
			failed = errors.Join(failed, fmt.Errorf("the viewer of camera %s saw pictures again %d times of %d", w.camera, len(w.dark), times))
		}
	}
	return dark, missed, sent, failed
}
