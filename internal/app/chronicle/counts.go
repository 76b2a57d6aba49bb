package chronicle

import (
	"context"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	evidence "watchroom/evidence/tlog"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
)

// Whoever deletes acts from the database deletes what forbids as well as what allows.
// The pump notices what is missing behind the last act that is marked. What stands
// before it is found by counting: every day of the log says in its summary how many acts
// it took in, and so many rows must be marked with entries of that day. The log is read
// at a few places only, a bundle of entries a day.

// countEvery is how often the acts on record are counted beside the start.
const countEvery = 24 * time.Hour

// recount is how long after a failure, or while another freeze stands in the place of
// what was found, it is tried again.
const recount = 5 * time.Second

// resting is how many times as long as it works the comparison rests, so that a start
// with years of acts is no burden.
const resting = 4

// namedDays and namedLogs bound the days and logs that a freeze names.
const namedDays, namedLogs = 4, 4

// stretch is a part of a log and how many acts it tells of.
type stretch struct {
	day            string // that the summary is of; empty behind the last one
	from, to, acts int64  // entries from, up to not including to
}

// counted is a log whose acts are counted.
type counted struct {
	origin  string
	size    int64
	entries func(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]
	proved  func(ctx context.Context, index int64) ([]byte, error)
}

// errChain says that the summaries of a log do not follow each other.
var errChain = fmt.Errorf("a summary does not begin where the one before it ended: %w", leaf.ErrEntry)

// stretches gives what stands behind the last summary, and then every summary, the
// newest first. rest is called between two reads and ends it with its error.
func (l *counted) stretches(ctx context.Context, rest func() error) iter.Seq2[stretch, error] {
	return func(yield func(stretch, error) bool) {
		s, tail, err := l.last(ctx, rest)
		if err != nil {
			yield(stretch{}, err)
			return
		}
		if !yield(tail, nil) {
			return
		}
		for s != nil {
			if !yield(stretch{s.Day, s.From, s.To, s.Acts}, nil) || s.From == 0 {
				return
			}
			end := s.From
			if s, err = l.summaryFrom(ctx, end, s.To); err == nil && (s == nil || s.To != end || s.From >= end) {
				err = errChain
			}
			if err == nil {
				err = rest()
			}
			if err != nil {
				yield(stretch{}, err)
				return
			}
		}
	}
}

// last finds the newest summary, nil where there is none, and counts what stands behind
// what it tells of: a day's entries at most.
func (l *counted) last(ctx context.Context, rest func() error) (*leaf.Summary, stretch, error) {
	tail := stretch{to: l.size}
	for n := (l.size - 1) / evidence.TileWidth; l.size > 0 && n >= 0; n-- {
		from := n * evidence.TileWidth
		acts, at := []int64{}, int64(-1) // indexes
		index := from
		for b, err := range l.entries(ctx, from, min(from+evidence.TileWidth, l.size)) {
			if err != nil {
				return nil, tail, err
			}
			if leaf.Is(b, "summary") {
				at = index
			}
			if leaf.Is(b, "act") {
				acts = append(acts, index)
			}
			index++
		}
		if at < 0 {
			tail.acts += int64(len(acts))
			if err := rest(); err != nil {
				return nil, tail, err
			}
			continue
		}
		s, err := l.summaryAt(ctx, at)
		if err != nil {
			return nil, tail, err
		}
		if s.To > at || s.To < 0 || s.From > s.To {
			return nil, tail, errChain
		}
		tail.from = s.To
		for _, i := range acts { // what came while it was made stands before it and is not in it
			if i >= s.To {
				tail.acts++
			}
		}
		if s.To < from {
			ids, err := l.acts(ctx, s.To, from)
			if err != nil {
				return nil, tail, err
			}
			tail.acts += int64(len(ids))
		}
		return s, tail, nil
	}
	return nil, tail, nil
}

// summaryFrom finds the first summary among the entries from, up to not including, to.
func (l *counted) summaryFrom(ctx context.Context, from, to int64) (*leaf.Summary, error) {
	index := from
	for b, err := range l.entries(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		if leaf.Is(b, "summary") {
			return l.summaryAt(ctx, index)
		}
		index++
	}
	return nil, nil
}

// summaryAt reads a summary that the tree was shown to hold.
func (l *counted) summaryAt(ctx context.Context, index int64) (*leaf.Summary, error) {
	b, err := l.proved(ctx, index)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", index, err)
	}
	e, err := leaf.Decode(b)
	if err != nil {
		return nil, fmt.Errorf("entry %d: %w", index, err)
	}
	s, ok := e.(*leaf.Summary)
	if !ok {
		return nil, fmt.Errorf("entry %d is no summary: %w", index, leaf.ErrEntry)
	}
	return s, nil
}

// acts gives the ids of the acts among some entries, each once.
func (l *counted) acts(ctx context.Context, from, to int64) (ids []string, err error) {
	seen := map[string]bool{}
	for b, err := range l.entries(ctx, from, to) {
		if err != nil {
			return nil, err
		}
		if !leaf.Is(b, "act") {
			continue
		}
		if e, err := leaf.Decode(b); err == nil {
			if a, ok := e.(*leaf.Act); ok && !seen[a.ID] {
				seen[a.ID] = true
				ids = append(ids, a.ID)
			}
		}
	}
	return ids, nil
}

// lacks tells how many of the acts of a stretch are not on record. Rows may be marked
// elsewhere, since a log that was continued had not all of them, so that they are looked
// for one by one.
func (l *counted) lacks(ctx context.Context, tx bun.IDB, s stretch) (lacking int64, err error) {
	ids, err := l.acts(ctx, s.from, s.to)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, 256) {
		n, err := ledger.Absent(ctx, tx, some)
		if err != nil {
			return 0, err
		}
		lacking += int64(n)
	}
	return lacking, nil
}

// allLogs gives this node's log and those before it, the newest first.
func (c *Chronicle) allLogs(before *Before) (all []*counted) {
	add := func(origin string, size int64, entries func(ctx context.Context, from, to int64) iter.Seq2[[]byte, error]) {
		all = append(all, &counted{origin: origin, size: size, entries: entries,
			proved: func(ctx context.Context, index int64) ([]byte, error) { return c.Proved(ctx, origin, index) }})
	}
	add(c.log.Key().Name(), c.log.Size(), entries{c.log}.Entries)
	for i := range slices.Backward(before.ended) {
		e := &before.ended[i]
		tiles := e.Tiles()
		add(e.Key.Name(), e.Size, func(_ context.Context, from, to int64) iter.Seq2[[]byte, error] { return tiles.Entries(from, to) })
	}
	return all
}

// count compares the acts on record with how many each day of the logs tells of, and
// freezes removal where some are gone that nobody has looked at. done is false while
// another freeze stands in the place of that.
func (c *Chronicle) count(ctx context.Context, d *db.DB) (done bool, err error) {
	before, err := c.before()
	if err != nil {
		return false, err
	}
	logs := c.allLogs(&before)
	began := time.Now()
	rest := func() error {
		timer := time.NewTimer(resting * time.Since(began))
		defer timer.Stop()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
			began = time.Now()
			return nil
		}
	}
	type part struct {
		log *counted
		stretch
	}
	var short []part
	sum, unread := int64(0), ""
	for i, l := range logs {
		for s, err := range l.stretches(ctx, rest) {
			if err != nil && !gone(err) {
				return false, err
			}
			if err != nil {
				c.Log.Error("the acts on record cannot be counted against a part of the transparency log", "log", l.origin, "err", err)
				if i == 0 { // of one that ended, what was lost was looked at when it did
					unread = "unread " + l.origin
				}
				break
			}
			n, err := ledger.CountIn(ctx, d.Read(), l.origin, s.from, s.to)
			if err != nil {
				return false, err
			}
			if n < s.acts {
				short, sum = append(short, part{l, s}), sum+s.acts-n
			}
		}
	}
	known, err := frozen.Most(ctx, d.Read(), frozen.Behind)
	if err != nil {
		return false, err
	}
	detail := ""
	if c.mu.Lock(); c.lacking > known { // behind what is marked, should it not be found again
		detail = fmt.Sprint(c.lacking)
	}
	c.mu.Unlock()
	if sum > known {
		total, days := int64(0), []string{}
		var lacking []part
		for _, p := range short {
			n, err := p.log.lacks(ctx, d.Read(), p.stretch)
			if err == nil {
				err = rest()
			}
			if err != nil {
				return false, err
			}
			if n == 0 {
				continue
			}
			if total += n; len(days) < namedDays && p.day != "" {
				days = append(days, p.day)
			}
			p.acts = n
			lacking = append(lacking, p)
		}
		if total > known {
			detail = strings.Join(append([]string{fmt.Sprint(total)}, days...), " ")
		}
		if detail != c.said { // it is counted again while another freeze stands
			for _, p := range lacking {
				c.Log.Error("acts that the transparency log holds are not on record", "log", p.log.origin, "day", p.day, "acts", p.acts)
			}
			c.said = detail
		}
	}
	done = true
	for _, f := range []frozen.Freeze{{Reason: frozen.Behind, Detail: detail}, {Reason: frozen.Behind, Detail: unread}, {Reason: frozen.Foreign, Detail: before.foreign()}} {
		if f.Detail == "" {
			continue
		}
		told, err := c.doubt(ctx, d, f.Reason, f.Detail)
		if err != nil {
			return false, err
		}
		done = done && told
	}
	return done, nil
}

// foreign names the logs that lie beside this one and that it does not come from; empty
// where there are none.
func (b *Before) foreign() string {
	var names []string
	for _, o := range b.others[:min(len(b.others), namedLogs)] {
		names = append(names, filepath.Base(o.Dir)+" "+o.Key.Name())
	}
	return strings.Join(names, ", ")
}

// doubt freezes removal. Another freeze of the reason has to be looked at first.
func (c *Chronicle) doubt(ctx context.Context, d *db.DB, reason frozen.Reason, what string) (told bool, err error) {
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if told, err = frozen.Told(ctx, tx, reason, what); err != nil || told {
			return err
		}
		if err := frozen.Set(ctx, tx, c.Clock.Micro(), reason, what); err != nil {
			return err
		}
		told, err = frozen.Told(ctx, tx, reason, what)
		return err
	})
	return told, err
}

// counting counts once the pump has looked behind the last act that is marked, and then
// once a day, until ctx ends.
func (c *Chronicle) counting(ctx context.Context, d *db.DB, p *ledger.Pump) {
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
		}
		if p.Compared() {
			tick.Stop()
			break
		}
	}
	for failed := false; ; {
		done, err := c.count(ctx, d)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !failed {
			c.Log.Error("the acts on record cannot be counted against the transparency log; it is tried again", "err", err)
		}
		failed = err != nil
		wait := countEvery
		if done {
			c.mu.Lock()
			c.counted = true
			c.mu.Unlock()
		} else {
			wait = recount
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
	}
}
