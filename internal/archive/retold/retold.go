// Package retold makes the account of a camera's time anew from its journals, as the
// catalogue makes it line by line, for whoever compares the rows with what was written
// down when it happened. It knows no database and changes nothing.
package retold

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/lines"
	"watchroom/internal/media"
	"watchroom/internal/recording/journal"
)

// Account is what the journals of a camera come to.
type Account struct {
	Spans []coverage.Span // as rows of coverage
	// Mixed tells that nobody can know any more in which order the catalogue heard of the
	// lines: several disks have told of what happened, or the clock was set back. Causes may
	// then lie otherwise in the rows, see Heard.
	Mixed bool

	// Removed are the files that the journals tell the removal of, in their order.
	Removed []string

	// Clocks are the measurements of the camera's clock that the journals tell of, as told.
	Clocks []Clock

	heard []heard
	now   int64 // latest instant that was told of while the newest run was at work, µs; see ahead
}

// Clock is by how much a camera's clock differed from the recorder's, both in µs.
type Clock struct {
	At, Offset int64
	Source     string
}

// heard is a line that gives a cause, or from which one follows.
type heard struct {
	at    int64 // µs since 1970 UTC
	cause media.Cause
}

// near is how far from a stretch the line that gave it its cause may lie where the order is
// not known, µs: a cause lasts until the next is told.
const near = int64(time.Hour / time.Microsecond)

// Heard tells whether any line gives a cause that can be meant by a row of [from, to).
func (a *Account) Heard(cause media.Cause, from, to int64) bool {
	if cause == media.CauseUnknown { // what no line told of in time
		return true
	}
	last := int64(math.MinInt64)
	for _, h := range a.heard {
		if h.cause != cause {
			continue
		}
		if h.at >= from-near && h.at < to {
			return true
		}
		if h.at < from {
			last = max(last, h.at)
		}
	}
	if last == math.MinInt64 {
		return false
	}
	// Further back it must be the newest that was told before.
	return !slices.ContainsFunc(a.heard, func(h heard) bool { return h.at > last && h.at <= from && h.cause != cause })
}

// ErrGone says that lines which the rows were made of are not there any more, or cannot be
// read.
var ErrGone = errors.New("a journal is not there any more")

// Of reads the journals of a camera below the roots, each as far as upto says; of one that
// it does not name, nothing.
func Of(ctx context.Context, camera string, roots []archive.Volume, upto map[archive.JournalOf]int64) (*Account, error) {
	var all []*stream
	named := map[string][]string{}
	for j := range upto {
		named[j.Volume] = append(named[j.Volume], j.Day)
	}
	for volume, days := range named {
		i := slices.IndexFunc(roots, func(v archive.Volume) bool { return v.Name == volume })
		if i < 0 {
			return nil, fmt.Errorf("%w: volume %q is not here", ErrGone, volume)
		}
		slices.Sort(days)
		all = append(all, &stream{volume: volume, dir: filepath.Join(roots[i].Root, camera), days: days, upto: upto, key: math.MinInt64})
	}
	// In the order of their names, as the catalogue has its volumes: recording.folder first.
	order := func(s *stream) int {
		return slices.IndexFunc(roots, func(v archive.Volume) bool { return v.Name == s.volume })
	}
	slices.SortFunc(all, func(a, b *stream) int { return order(a) - order(b) })

	rivals, err := rivalsOf(ctx, camera, roots, all)
	if err != nil {
		return nil, err
	}
	t := teller{camera: camera, dead: map[string]archive.Tombstone{}, living: map[int64][]alive{}}
	tellers := map[string]bool{}
	latest, run, newest, now := int64(math.MinInt64), "", "", int64(math.MaxInt64)
	for n := 0; ; n++ {
		if n%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		var first *stream
		for _, s := range all {
			if err := s.fill(); err != nil {
				return nil, err
			}
			if len(s.lines) > 0 && (first == nil || s.order() < first.order()) {
				first = s
			}
		}
		if first == nil {
			break
		}
		r := first.take()
		if lines.Strange(camera, &r) != lines.Fine || rivals.none(&r) || t.otherwise(&r) {
			continue // the catalogue passes it over, too
		}
		if accounts(r.Kind) {
			tellers[first.volume] = true
			t.mixed = t.mixed || r.At+coverage.Tolerance < latest && r.Kind != journal.KindSegment
			latest = max(latest, r.At)
		}
		if r.Kind == journal.KindRun { // ids grow whatever the clock says
			t.mixed = t.mixed || later(run, r.Run)
			run = r.Run
			if later(run, newest) {
				newest, now = run, r.At
			}
		}
		if run == newest && accounts(r.Kind) {
			now = max(now, r.At)
		}
		t.tell(&r)
	}
	return &Account{Spans: t.rows, Mixed: t.mixed || len(tellers) > 1, Removed: slices.Sorted(maps.Keys(t.dead)), Clocks: t.clocks, heard: t.heard, now: now}, nil
}

// later tells whether a run began after another, by their ids.
func later(run, other string) bool {
	return len(run) > len(other) || len(run) == len(other) && run > other
}

// accounts tells whether records of a kind are what the account is made of.
func accounts(kind string) bool {
	switch kind {
	case journal.KindStart, journal.KindStop, journal.KindRun, journal.KindSegment, journal.KindGap:
		return true
	}
	return false
}

// stream reads a volume's journals of a camera, day after day.
type stream struct {
	volume, dir string
	days        []string
	upto        map[archive.JournalOf]int64
	at          int64 // offset in the first of days
	lines       []journal.Line
	key         int64 // the latest instant told of so far, µs
}

const together = 1000

// fill reads on where nothing waits.
func (s *stream) fill() error {
	for len(s.lines) == 0 && len(s.days) > 0 {
		until := s.upto[archive.JournalOf{Volume: s.volume, Day: s.days[0]}]
		if s.at < until {
			path := filepath.Join(s.dir, s.days[0], journal.FileName)
			lines, next, _, err := journal.ReadLines(path, s.at, together)
			if errors.Is(err, os.ErrNotExist) || journal.Unreadable(err) || err == nil && next <= s.at || s.at == 0 && journal.Whole(path) != nil {
				return fmt.Errorf("%w: %s", ErrGone, path)
			}
			if err != nil {
				return err
			}
			if n := slices.IndexFunc(lines, func(l journal.Line) bool { return l.Offset >= until }); n >= 0 {
				lines = lines[:n]
			}
			s.lines, s.at = lines, next
			continue
		}
		s.days, s.at = s.days[1:], 0
	}
	return nil
}

// order is where the head stands among the records of all volumes: never before what
// stands above it in its own journal.
func (s *stream) order() int64 { return max(s.key, s.lines[0].At) }

func (s *stream) take() journal.Record {
	r := s.lines[0].Record
	if accounts(r.Kind) {
		s.key = max(s.key, r.At)
	}
	s.lines = s.lines[1:]
	return r
}

// teller takes in line after line.
type teller struct {
	camera string
	rows   []coverage.Span
	dead   map[string]archive.Tombstone // by file
	living map[int64][]alive            // by the day of their beginning, since 1970
	heard  []heard
	clocks []Clock
	mixed  bool
}

type alive struct {
	file string
	coverage.Interval
	bytes int64
	root  string
}

const day = int64(24 * time.Hour / time.Microsecond)

// otherwise tells whether a line tells of a segment otherwise than the one that told of it
// first.
func (t *teller) otherwise(r *journal.Record) bool {
	if r.Segment == nil {
		return false
	}
	if g, dead := t.dead[r.File]; dead {
		return g.EndAt != r.End
	}
	return slices.ContainsFunc(t.living[r.Start/day], func(l alive) bool {
		return l.file == r.File && (l.End != r.End || r.Kind != journal.KindTombstone && (l.bytes != r.Bytes || l.root != r.Root))
	})
}

func (t *teller) tell(r *journal.Record) {
	switch r.Kind {
	case journal.KindGap, journal.KindStop:
		t.heard = append(t.heard, heard{r.At, r.Cause})
	case journal.KindStart:
		t.heard = append(t.heard, heard{max(r.Alive, 0), media.CauseDied}, heard{r.At, media.CauseDied}, heard{r.At, media.CauseConnecting})
	}
	if r.Kind == journal.KindClock && r.Offset != nil {
		t.clocks = append(t.clocks, Clock{r.At, *r.Offset, r.Source})
	}
	if r.Kind == journal.KindTombstone {
		if r.Segment == nil {
			return
		}
		g := archive.Tombstone{File: r.File, Camera: t.camera, StartAt: r.Start, EndAt: r.End, Bytes: r.Bytes, Root: r.Root, Ground: r.Ground, Authority: r.Authority, At: r.At}
		if _, twice := t.dead[r.File]; !twice {
			t.dead[r.File] = g
		}
		t.bury(&g)
		return
	}
	from := int64(math.MaxInt64)
	switch {
	case r.Segment != nil:
		from = r.Start - coverage.Tolerance - 1
	case r.Kind == journal.KindGap, r.Kind == journal.KindStop, r.Kind == journal.KindStart:
		from = r.At
	}
	i, _ := slices.BinarySearchFunc(t.rows, from, func(s coverage.Span, at int64) int {
		if s.Start <= at {
			return -1
		}
		return 1
	})
	i = max(i-2, 0)
	a := coverage.New(slices.Clone(t.rows[i:])...)
	a.Apply(r)
	t.rows = append(t.rows[:i], a.Spans()...)
	if r.Kind != journal.KindSegment || r.Segment == nil {
		return
	}
	d := r.Start / day
	if !slices.ContainsFunc(t.living[d], func(l alive) bool { return l.file == r.File }) {
		t.living[d] = append(t.living[d], alive{r.File, coverage.Interval{Start: r.Start, End: r.End}, r.Bytes, r.Root})
	}
	if g, ok := t.dead[r.File]; ok { // told of after its removal
		t.bury(&g)
	}
}

// bury makes the time of a removed segment a gap.
func (t *teller) bury(g *archive.Tombstone) {
	t.living[g.StartAt/day] = slices.DeleteFunc(t.living[g.StartAt/day], func(l alive) bool { return l.file == g.File })
	var left []coverage.Interval
	for d := (g.StartAt - lines.MaxSegment) / day; d <= g.EndAt/day; d++ {
		for _, l := range t.living[d] {
			if l.Start < g.EndAt && l.End > g.StartAt {
				left = append(left, l.Interval)
			}
		}
	}
	i, _ := slices.BinarySearchFunc(t.rows, g.StartAt, func(s coverage.Span, at int64) int {
		if s.Start < at {
			return -1
		}
		return 1
	})
	i = max(i-1, 0)
	j := i
	for j < len(t.rows) && t.rows[j].Start <= g.EndAt {
		j++
	}
	a := coverage.New(slices.Clone(t.rows[i:j])...)
	a.Erase(coverage.Interval{Start: g.StartAt, End: g.EndAt}, g.Cause(), g.Detail(), left)
	t.rows = slices.Replace(t.rows, i, j, a.Spans()...)
}
