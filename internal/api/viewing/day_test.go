package viewing_test

import (
	"bytes"
	"net/url"
	"slices"
	"testing"
	"time"

	"watchroom/evidence/fmp4"
	"watchroom/internal/disclosure"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/shelf"
)

// TestADayWhoseClockIsSet: a day of the site's zone comes out as one file and plays from
// its first second to its last, whether it has 23 hours or 25, without a second of the
// days beside it, and both hours of the same name are there.
func TestADayWhoseClockIsSet(t *testing.T) {
	clause.Covers(t, "C076")
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		begin time.Time
		hours int
		twos  []string // what begins at two o'clock, with the zone of then
	}{
		{"the clock goes ahead", time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), 23, nil},
		{"the clock goes back", time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), 25, []string{"02:00 CEST", "02:00 CET"}},
		{"an ordinary day", time.Date(2026, 7, 1, 0, 0, 0, 0, berlin), 24, []string{"02:00 CEST"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRoom(t)
			end := c.begin.AddDate(0, 0, 1)
			if got := end.Sub(c.begin); got != time.Duration(c.hours)*time.Hour {
				t.Fatalf("the day has %v", got)
			}
			var want []string // when footage begins, by the site's clock
			put := func(at time.Time) (pictures int) {
				return shelf.Put(t, r.catalogue, shelf.Segment{Camera: r.camera, Clip: r.clip, Run: at.UTC().Format("run150405"), Start: at.UnixMicro(), Length: 10e6})[0]
			}
			put(c.begin.Add(-10 * time.Second)) // to the last moment of the day before
			pictures := 0
			for h := range c.hours {
				at := c.begin.Add(time.Duration(h) * time.Hour)
				pictures += put(at)
				want = append(want, at.Format("15:04 MST"))
			}
			last := end.Add(-10 * time.Second)
			pictures += put(last)
			want = append(want, last.Format("15:04 MST"))
			put(end)
			v, err := r.viewings.Open(t.Context(), r.guard, []string{r.camera}, c.begin.UnixMicro(), end.UnixMicro(), disclosure.Incident, "what happened")
			if err != nil {
				t.Fatal(err)
			}
			r.viewing = v.ID
			stamp := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }

			w := r.ask("GET", "video.mp4", url.Values{"from": {stamp(c.begin)}, "to": {stamp(end)}})
			if h := w.Header(); w.Code != 200 || h.Get("Watchroom-Start") != stamp(c.begin) || h.Get("Watchroom-End") != stamp(end) {
				t.Fatalf("the file: %d %v %s", w.Code, h, code(w))
			}
			first, until, n := span(t, w.Body.Bytes())
			if first != 0 || until != end.Sub(c.begin) || n != pictures {
				t.Errorf("the file holds %d pictures of %d from %v to %v", n, pictures, first, until)
			}

			var played []string
			n = 0
			for at := stamp(c.begin); at != ""; {
				w := r.ask("GET", "stream.mp4", url.Values{"from": {at}, "to": {stamp(end)}})
				h := w.Header()
				from, err := time.Parse(time.RFC3339, h.Get("Watchroom-Start"))
				if w.Code != 200 || err != nil {
					t.Fatalf("playing from %s: %d %v, %v", at, w.Code, h, err)
				}
				_, _, more := span(t, w.Body.Bytes())
				n += more
				played = append(played, from.In(berlin).Format("15:04 MST"))
				at = h.Get("Watchroom-Next")
			}
			if !slices.Equal(played, want) || n != pictures {
				t.Errorf("played %d pictures of %d, %q, want %q", n, pictures, played, want)
			}
			twos := slices.DeleteFunc(played, func(s string) bool { return s[:5] != "02:00" })
			if !slices.Equal(twos, c.twos) {
				t.Errorf("at two o'clock %q, want %q", twos, c.twos)
			}
		})
	}
}

// span reads the pictures of an MP4: when the first begins and the last ends, by its own
// times, and how many there are.
func span(t *testing.T, b []byte) (first, end time.Duration, pictures int) {
	t.Helper()
	tracks, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	first = -1
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		f := p.Track(tracks[0].ID)
		if f == nil {
			return nil
		}
		at, scale := int64(f.BaseTime), int64(tracks[0].Timescale)
		if first < 0 {
			first = time.Duration(at * 1e9 / scale)
		}
		for _, s := range f.Samples {
			at += int64(s.Duration)
			pictures++
		}
		end = time.Duration(at * 1e6 / scale * 1e3)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return first, end, pictures
}
