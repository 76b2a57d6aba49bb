package archive

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/damage"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/spans"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/lives"
)

// maxBatch bounds the records of one transaction.
const maxBatch = 500

// roots are the volumes that can be read at present, recording.folder first.
func (c *Catalogue) roots() []Volume {
	return slices.DeleteFunc(c.answering(), func(v Volume) bool {
		if !c.guard(v.Name).Stands() {
			return false
		}
		c.omitted.Store(true)
		return true
	})
}

// answering are the volumes that are not known to be away.
func (c *Catalogue) answering() []Volume {
	all := append([]Volume{{"", c.Root}}, c.Volumes...)
	if c.Away == nil {
		return all
	}
	return slices.DeleteFunc(all, func(v Volume) bool { return c.Away(v.Name) })
}

// shelf is a camera's folder on a volume.
type shelf struct {
	volume, dir string
	days        []string // those that there is a folder of, in order
}

func (c *Catalogue) shelves(ctx context.Context, camera string) (list []shelf, err error) {
	for _, v := range c.roots() {
		s := shelf{volume: v.Name, dir: filepath.Join(v.Root, camera)}
		entries, err := read(ctx, c, v.Name, func() ([]os.DirEntry, error) { return os.ReadDir(s.dir) })
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if _, err := time.Parse(time.DateOnly, e.Name()); err == nil && e.IsDir() {
				s.days = append(s.days, e.Name())
			}
		}
		list = append(list, s)
	}
	return list, nil
}

func (s *shelf) journal(day string) string { return filepath.Join(s.dir, day, journal.FileName) }

// takeIn takes in what a camera's journals hold beyond the rows. The first time it
// compares rows with files as well: of a long past only the newest days, unless all are
// asked for. A volume that stands still is left out.
func (c *Catalogue) takeIn(ctx context.Context, camera string, all bool) (changed bool, err error) {
	c.omitted.Store(false)
	return c.without(func() (bool, error) { return c.takeInAll(ctx, camera, all) })
}

func (c *Catalogue) takeInAll(ctx context.Context, camera string, all bool) (changed bool, err error) {
	shelves, err := c.shelves(ctx, camera)
	if err != nil || len(shelves) == 0 {
		return false, err
	}
	_, lost := c.anew.LoadAndDelete(camera)
	if c.checked[camera] && !lost {
		return c.takeInLines(ctx, camera, shelves)
	}
	cursors, err := c.cursors(ctx, camera)
	if err != nil {
		return false, err
	}
	near := lately(shelves, cursors)
	if near == nil || all {
		near, all = shelves, true
	}
	if c.glanced[camera] && !all && !lost {
		return c.takeInLines(ctx, camera, near)
	}
	if !lost {
		if lost, err = c.lostCursors(ctx, camera, shelves, cursors); err != nil {
			return false, err
		}
	}
	if !lost {
		if changed, err = c.takeInLines(ctx, camera, near); err != nil {
			return changed, err
		}
		if !all {
			lost, err = c.lostLately(ctx, camera, near)
		}
		if err == nil && (all || lost) {
			lost, err = c.lostRows(ctx, camera, shelves)
		}
		if err != nil {
			return changed, err
		}
	}
	if lost {
		c.Log.Warn("rows of the catalogue are missing; they are made again from the files", "camera", camera)
		if err := c.forget(ctx, camera); err != nil {
			return changed, err
		}
		if c.OnStale != nil {
			c.OnStale(camera)
		}
		if _, err := c.takeInLines(ctx, camera, shelves); err != nil {
			return true, err
		}
		changed, all = true, true
	}
	if !c.omitted.Load() { // else not everything was compared
		c.glanced[camera], c.checked[camera] = true, all
	}
	return changed, nil
}

func (c *Catalogue) cursors(ctx context.Context, camera string) (map[JournalOf]int64, error) {
	return Taken(ctx, c.DB.Read(), camera)
}

// taken is a record on its way into the rows.
type taken struct {
	journal.Record
	volume string // whose journal it stands in
	// late: another volume's journal has told of later times before. It explains what
	// was, and says nothing of the present.
	late bool
	// instead is what was told of its segment before and is untrue.
	instead *lines.First
	// doubt: that its run has written the segment that it tells of.
	doubt lives.Doubt
}

// stream reads a volume's journals of a camera, day after day, behind the cursors.
// Old days are looked at, too: a clock that was set may have lines written there.
type stream struct {
	*shelf
	c       *Catalogue
	cursors map[JournalOf]int64
	day     int // index of the one that is read
	lines   []journal.Line
	next    int64 // offset behind lines, torn ones included
	key     int64 // the latest instant told of so far, µs
	moved   map[string]int64
}

// head is the next record, nil where there is none.
func (s *stream) head(ctx context.Context) (*journal.Line, error) {
	for len(s.lines) == 0 && s.day < len(s.days) {
		day := s.days[s.day]
		at, path := s.at(day), s.journal(day)
		got, err := read(ctx, s.c, s.volume, func() (l some, err error) {
			st, err := os.Lstat(path)
			if err == nil && st.Mode().IsRegular() && st.Size() > at {
				l.list, l.next, l.torn, err = journal.ReadLines(path, at, maxBatch)
			}
			return l, err
		})
		if got.torn > 0 {
			s.c.Log.Warn("torn lines in a journal were passed over", "file", path, "lines", got.torn)
		}
		if got.list != nil || got.next > 0 {
			s.lines, s.next = got.list, got.next
		}
		if journal.Unreadable(err) { // what stands before that counts, and the other days
			s.c.passed(s.journal(day), err)
			err = nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		if len(s.lines) == 0 {
			if s.next > at { // within a line that is too long
				s.moved[day] = s.next
				continue
			}
			s.day++
			s.next = 0
		}
	}
	if len(s.lines) == 0 {
		return nil, nil
	}
	return &s.lines[0], nil
}

// passed tells, once, of a journal that cannot be read.
func (c *Catalogue) passed(file string, err error) {
	if c.unread == nil {
		c.unread = map[string]bool{}
	}
	if !c.unread[file] {
		c.unread[file] = true
		c.Log.Error("a journal cannot be read; what it tells is not taken in", "file", file, "err", err)
	}
}

func (s *stream) at(day string) int64 {
	if at, ok := s.moved[day]; ok {
		return at
	}
	return s.cursors[JournalOf{s.volume, day}]
}

// order is where the head stands among the records of all volumes: never before what
// stands above it in its own journal.
func (s *stream) order() int64 { return max(s.key, s.lines[0].At) }

// take removes the head.
func (s *stream) take() journal.Record {
	r := s.lines[0]
	if coverage.Counts(r.Kind) {
		s.key = max(s.key, r.At)
	}
	if s.lines = s.lines[1:]; len(s.lines) > 0 {
		s.moved[s.days[s.day]] = r.Next
	} else {
		s.moved[s.days[s.day]] = s.next
	}
	return r.Record
}

// takeInLines takes in what the journals of all volumes hold beyond the cursors,
// merged in order of time.
func (c *Catalogue) takeInLines(ctx context.Context, camera string, shelves []shelf) (changed bool, err error) {
	cursors, err := c.cursors(ctx, camera)
	if err != nil {
		return false, err
	}
	anew := len(cursors) == 0 // nothing of the camera was taken in before
	if err := c.knowRuns(ctx, camera, shelves, cursors); err != nil {
		return false, err
	}
	defer func() {
		if err != nil { // what was read and did not come into the rows is read again
			delete(c.runs, camera)
		}
	}()
	streams := make([]*stream, len(shelves))
	for i := range shelves {
		streams[i] = &stream{shelf: &shelves[i], c: c, cursors: cursors, moved: map[string]int64{}, key: math.MinInt64}
	}
	for {
		batch, err := c.batch(ctx, camera, streams)
		if err != nil {
			return changed, err
		}
		moved := map[JournalOf]int64{}
		for _, s := range streams {
			for day, next := range s.moved {
				if p := (JournalOf{s.volume, day}); cursors[p] != next {
					moved[p], cursors[p] = next, next
				}
			}
		}
		if len(moved) == 0 {
			return changed, nil
		}
		stale := false
		err = c.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
			if anew && slices.ContainsFunc(batch, func(r taken) bool { return r.Segment != nil }) {
				if err := frozen.Set(ctx, tx, c.Clock.Micro(), frozen.Rebuilt, camera); err != nil {
					return err
				}
			}
			stale, err = apply(ctx, tx, camera, moved, batch, c.Clock.Micro())
			return err
		})
		if err != nil {
			return changed, problem.Wrap(err, "take a journal in")
		}
		if stale && c.OnStale != nil {
			c.OnStale(camera)
		}
		changed = changed || len(batch) > 0
	}
}

// batch merges the next records of the streams.
func (c *Catalogue) batch(ctx context.Context, camera string, streams []*stream) (batch []taken, err error) {
	for n := 0; n < maxBatch; n++ {
		var first *stream
		for _, s := range streams {
			head, err := s.head(ctx)
			if err != nil {
				return nil, err
			}
			if head != nil && (first == nil || s.order() < first.order()) {
				first = s
			}
		}
		if first == nil {
			break
		}
		r := taken{Record: first.take(), volume: first.volume}
		r.late = len(c.Volumes) > 0 && c.isLate(camera, &r, first.key)
		if why := lines.Strange(camera, &r.Record); why != lines.Fine {
			c.strange(camera, &r, why)
			continue
		}
		c.back(camera, &r)
		r.doubt = c.doubt(camera, &r)
		batch = append(batch, r)
	}
	return c.asTold(ctx, camera, batch)
}

// isLate tells whether another volume has told of later times, and notes this one's.
func (c *Catalogue) isLate(camera string, r *taken, key int64) (late bool) {
	if !coverage.Counts(r.Kind) {
		return false
	}
	if c.told == nil {
		c.told = map[string]map[string]int64{}
	}
	if c.told[camera] == nil {
		c.told[camera] = map[string]int64{}
	}
	for volume, at := range c.told[camera] {
		late = late || volume != r.volume && at > key
	}
	c.told[camera][r.volume] = max(c.told[camera][r.volume], key)
	return late
}

// accountFor reads the spans that a batch of records may change: those from before
// its earliest segment on, which may be late, and the newest.
func accountFor(ctx context.Context, tx bun.Tx, camera string, batch []taken) (*coverage.Account, error) {
	from := int64(math.MaxInt64)
	for i := range batch {
		switch r := &batch[i]; {
		case r.Segment != nil:
			from = min(from, r.Start-coverage.Tolerance-1)
		case r.late:
			from = min(from, r.At-coverage.Tolerance-1)
		case r.Kind == journal.KindGap, r.Kind == journal.KindStop, r.Kind == journal.KindStart:
			from = min(from, r.At) // earlier than the newest where the clock was set back
		}
	}
	return spans.Since(ctx, tx, camera, from)
}

// apply writes the rows of a batch of records and the cursors behind it. It tells
// whether days were kept that these rows change.
func apply(ctx context.Context, tx bun.Tx, camera string, cursors map[JournalOf]int64, batch []taken, now int64) (stale bool, err error) {
	for len(batch) > 0 { // in order: what was recorded, what was removed
		removal := batch[0].Kind == journal.KindTombstone
		n := slices.IndexFunc(batch, func(r taken) bool { return (r.Kind == journal.KindTombstone) != removal })
		if n < 0 {
			n = len(batch)
		}
		part := batch[:n]
		batch = batch[n:]
		var changed bool
		if removal {
			changed, err = buryAll(ctx, tx, camera, part)
		} else {
			changed, err = record(ctx, tx, camera, part, now)
		}
		if err != nil {
			return false, err
		}
		stale = stale || changed
	}
	rows := make([]cursorRow, 0, len(cursors))
	for _, p := range slices.SortedFunc(maps.Keys(cursors), func(a, b JournalOf) int { return cmp.Or(cmp.Compare(a.Volume, b.Volume), cmp.Compare(a.Day, b.Day)) }) {
		rows = append(rows, cursorRow{Camera: camera, Volume: p.Volume, Day: p.Day, Next: cursors[p]})
	}
	_, err = tx.NewInsert().Model(&rows).On("CONFLICT (camera, volume, day) DO UPDATE").Set("next = EXCLUDED.next").Exec(ctx)
	return stale, err
}

// buryAll takes in what a batch tells of removals.
func buryAll(ctx context.Context, tx bun.Tx, camera string, batch []taken) (stale bool, err error) {
	var dead []Tombstone
	for i := range batch {
		if batch[i].Segment != nil {
			dead = append(dead, tombstoneOf(camera, &batch[i].Record))
		}
	}
	return bury(ctx, tx, camera, dead)
}

// record writes the rows of what was recorded, and why there was nothing.
func record(ctx context.Context, tx bun.Tx, camera string, batch []taken, now int64) (stale bool, err error) {
	acc, err := accountFor(ctx, tx, camera, batch)
	if err != nil {
		return false, err
	}
	steps, err := stepped.Of(ctx, tx, camera)
	if err != nil {
		return false, err
	}
	var segments []Segment
	var clocks []clockRow
	var moves []*taken
	var damaged []damage.Damage // found when what a dead process left was made whole
	var whole []string          // of that, what is as it should be
	var untrue []string         // files whose rows tell what was not so
	noted := int64(0)
	for i := range batch {
		r := &batch[i]
		if r.instead != nil {
			if err := spans.Retract(ctx, tx, camera, acc, r.Segment, r.instead.EndAt); err != nil {
				return false, err
			}
		}
		if r.late {
			acc.Explain(&r.Record)
		} else {
			acc.Apply(&r.Record)
		}
		steps.Follow(&r.Record)
		switch {
		case r.Kind == journal.KindSegment && r.Segment != nil:
			segments = append(segments, SegmentOf(camera, r.volume, &r.Record))
			if r.instead != nil {
				segments[len(segments)-1].Volume = r.instead.Volume
				untrue = append(untrue, r.File)
			}
			if d := damage.Told(camera, &r.Record, r.doubt); d != nil {
				damaged, noted = append(damaged, *d), max(noted, r.At)
			} else if r.Recovered {
				whole, noted = append(whole, r.File), max(noted, r.At)
				damaged = slices.DeleteFunc(damaged, func(d damage.Damage) bool { return d.File == r.File && d.Kind == damage.Missing })
			}
		case r.Kind == journal.KindLost && r.Sealed != nil:
			damaged, noted = append(damaged, *damage.Told(camera, &r.Record, lives.None)), max(noted, r.At)
		case r.Kind == journal.KindMove && r.Segment != nil && r.To != nil:
			moves = append(moves, r)
		case r.Kind == journal.KindClock && r.Offset != nil:
			clocks = append(clocks, clockRow{Camera: camera, At: r.At, OffsetUS: *r.Offset, Source: r.Source})
		}
	}
	if stale, err = spans.Write(ctx, tx, camera, acc); err != nil {
		return false, err
	}
	for i := range segments {
		segments[i].AgedAt = steps.Aged(segments[i].EndAt)
	}
	if len(untrue) > 0 {
		if _, err := tx.NewDelete().Model((*Segment)(nil)).Where("camera = ?", camera).Where("file IN (?)", bun.List(untrue)).Exec(ctx); err != nil {
			return false, err
		}
	}
	if len(segments) > 0 {
		rows := slices.Clone(segments) // an insert reads back what it did, and so empties the list
		if _, err := tx.NewInsert().Model(&rows).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return false, err
		}
	}
	if err := steps.Write(ctx, tx); err != nil {
		return false, err
	}
	for _, r := range moves {
		_, err := tx.NewUpdate().Model((*Segment)(nil)).Set("volume = ?", *r.To).
			Where("camera = ?", camera).Where("start_at = ?", r.Start).Where("file = ?", r.File).Exec(ctx)
		if err != nil {
			return false, err
		}
	}
	if len(clocks) > 0 {
		if _, err := tx.NewInsert().Model(&clocks).On("CONFLICT DO NOTHING").Exec(ctx); err != nil {
			return false, err
		}
	}
	if err := damage.Back(ctx, tx, now, noted, whole...); err != nil {
		return false, err
	}
	if err := damage.NoteOf(ctx, tx, now, noted, damaged...); err != nil {
		return false, err
	}
	changed, err := buried(ctx, tx, camera, segments)
	return stale || changed, err
}
