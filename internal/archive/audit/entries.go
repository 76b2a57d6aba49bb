package audit

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/audit/causes"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/insertion"
	"watchroom/internal/archive/audit/instants"
	"watchroom/internal/archive/audit/logged"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
	"watchroom/internal/ledger"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// together is how many entries or rows make one step.
const together = 1000

// earlier gives the phases that read the logs before this one.
func (a *Audit) earlier() (phases []phase) {
	for i := range a.Earlier {
		src := &a.Earlier[i]
		phases = append(phases, phase{Phase(fmt.Sprintf("%s %d", PhaseEarlier, src.Number)), func(ctx context.Context) error {
			size, root, err := src.Log.Head(ctx)
			if err != nil {
				return err
			}
			var all []Finding
			if src.Tree != nil && a.st.Next == 0 {
				if err := src.Tree(ctx, func(f Finding) { all = append(all, f) }); err != nil {
					return err
				}
			}
			err = a.step(ctx, func(t tx) ([]Finding, error) {
				if a.st.Next > 0 {
					return nil, nil
				}
				// Lines of journals are told anew in every log.
				return all, t.exec("DELETE FROM journals")
			})
			if err != nil {
				return err
			}
			err = a.through(ctx, src, size, root)
			if len(all) > 0 && err != nil && ctx.Err() == nil { // what is missing of it is named already
				return nil
			}
			return err
		}, false})
	}
	return phases
}

// entries reads the log through.
func (a *Audit) entries(ctx context.Context) error {
	if a.st.Next == 0 {
		if err := a.st.commit(ctx, func(t tx) error { return t.exec("DELETE FROM journals") }); err != nil {
			return err
		}
	}
	if err := a.through(ctx, &Source{Origin: a.Origin, Log: a.Log, Other: a.Other}, a.st.Size, a.st.Root); err != nil {
		return err
	}
	if err := a.sort(ctx); err != nil {
		return err
	}
	return a.copies(ctx)
}

// sort puts what the journals of several disks tell of one file in its order: the log
// follows each disk by itself, so that it may tell of the second move before the first,
// and of a removal before the segment.
func (a *Audit) sort(ctx context.Context) error {
	err := a.step(ctx, func(t tx) ([]Finding, error) { return logged.Settle(ctx, t.Tx, a.size(ctx)) })
	if err != nil {
		return err
	}
	type grave struct {
		Finding
		at   int64
		root []byte
	}
	var loose []grave
	err = a.st.each(ctx, func(r *sql.Rows) error {
		g := grave{Finding: Finding{Kind: finding.TombstoneUnknown}}
		err := r.Scan(&g.Log, &g.Leaf, &g.Volume, &g.File, &g.at, &g.root)
		g.Detail = fmt.Sprintf("root %x", g.root)
		loose = append(loose, g)
		return err
	}, "SELECT log, leaf, volume, file, at, root FROM loose ORDER BY log, leaf")
	if err != nil {
		return err
	}
	return a.step(ctx, func(t tx) (found []Finding, err error) {
		for _, g := range loose {
			n, err := affected(t.run(bury, g.Leaf, g.at, g.File, g.root))
			if err != nil {
				return nil, err
			}
			if n == 0 {
				found = append(found, g.Finding)
			}
		}
		for _, q := range []string{"DELETE FROM loose", "INSERT OR REPLACE INTO origins SELECT file, volume FROM segs WHERE file IN (SELECT file FROM moves)"} {
			if err := t.exec(q); err != nil {
				return nil, err
			}
		}
		return found, t.exec("UPDATE segs SET volume = (SELECT target FROM moves WHERE moves.file = segs.file) WHERE file IN (SELECT file FROM moves)")
	})
}

// through reads a log through: each entry by itself, the tree over all, and notes what they
// tell of footage and acts for the phases behind.
func (a *Audit) through(ctx context.Context, src *Source, size int64, root leaf.Hash) error {
	tree, ok := leaf.Thaw(a.st.Tree)
	if !ok || tree.Len() != uint64(a.st.Next) {
		return errors.New("the state of the run is damaged")
	}
	a.src, a.order, a.causes, a.instants = src, insertion.Order{}, causes.Order{}, instants.Order{Late: ledger.Late.Microseconds()}
	clear(a.last)
	heads := a.heads(src.Origin)
	for a.st.Next < size {
		from := a.st.Next
		to := min(from+together, size)
		var all [][]byte
		var differ []Finding
		for b, err := range src.Log.Entries(ctx, from, to) {
			if err != nil {
				return fmt.Errorf("entry %d: %w", from+int64(len(all)), err)
			}
			all = append(all, b)
			tree.Add(leaf.Part(b))
			for _, h := range heads[from+int64(len(all))] {
				if is := tree.Root(); h.Rooted && is != h.Root {
					differ = append(differ, Finding{Kind: finding.RootDiffers, Leaf: -1, Log: src.Number,
						Detail: fmt.Sprintf("the first %d entries have the root %x, %s has %x", h.Size, is[:], h.Who, h.Root[:])})
				}
			}
		}
		err := a.step(ctx, func(t tx) (found []Finding, err error) {
			a.st.Next, a.st.Tree = to, tree.Freeze()
			found = differ
			for i, b := range all {
				more, err := a.entry(t, from+int64(i), b)
				if err != nil {
					return nil, err
				}
				for j := range more {
					more[j].Log = src.Number
				}
				found = append(found, more...)
			}
			for j, offset := range a.last {
				if err := t.exec(addJournal, j.volume, j.camera, j.day, offset); err != nil {
					return nil, err
				}
			}
			return found, nil
		})
		if err != nil {
			return err
		}
		clear(a.last)
		a.progress(PhaseEntries, to, size)
	}
	if err := a.untimely(ctx, src.Number); err != nil {
		return err
	}
	return a.step(ctx, func(t tx) (found []Finding, err error) {
		if err := a.undecided(t, src); err != nil {
			return nil, err
		}
		if is := tree.Root(); is != root {
			found = append(found, Finding{Kind: finding.RootDiffers, Leaf: -1, Log: src.Number, Detail: fmt.Sprintf("the %d entries have the root %x, signed is %x", size, is[:], root[:])})
		}
		if src.Number > 0 {
			return found, nil // what is missing at its end the log behind it says itself
		}
		for _, h := range a.st.Heads {
			switch {
			case h.Origin == src.Origin && h.Size > size:
				found = append(found, Finding{Kind: finding.LogBehind, Leaf: -1, Detail: fmt.Sprintf("%s has %d entries, signed are %d", h.Who, h.Size, size)})
			case h.Origin != src.Origin && !a.knows(h.Origin):
				found = append(found, Finding{Kind: finding.LogUnknown, Leaf: -1, Detail: fmt.Sprintf("%s has %d entries of %s", h.Who, h.Size, h.Origin)})
			}
		}
		return found, nil
	})
}

// heads are the checkpoints of a log that others remember, by their sizes.
func (a *Audit) heads(origin string) map[int64][]Head {
	sizes := map[int64][]Head{}
	for _, h := range a.st.Heads {
		if h.Origin == origin {
			sizes[h.Size] = append(sizes[h.Size], h)
		}
	}
	return sizes
}

// knows tells whether a log is one of those that are here, or that one of those says it
// continues from.
func (a *Audit) knows(origin string) bool {
	return slices.Contains(a.Gone, origin) || slices.ContainsFunc(a.Earlier, func(s Source) bool { return s.Origin == origin })
}

func (a *Audit) count(e leaf.Entry) {
	if a.src.Number > 0 {
		a.st.Report.Before++
		return
	}
	a.st.Report.Entries.Add(e)
}

// entry takes in one entry.
func (a *Audit) entry(t tx, index int64, b []byte) (found []Finding, err error) {
	e, err := leaf.Decode(b)
	if err != nil {
		if a.src.Other == nil {
			found = append(found, Finding{Kind: finding.EntryMalformed, Leaf: index, Detail: err.Error()})
		} else if other := a.src.Other(index, b); other != nil {
			found = append(found, Finding{Kind: finding.EntryMalformed, Leaf: index, Detail: errors.Join(err, other).Error()})
		}
		a.count(nil)
		return found, nil
	}
	a.count(e)
	if p, ok := e.(leaf.Placed); ok {
		camera, at := p.From()
		again, err := a.line(t, camera, at)
		if err != nil {
			return nil, err
		}
		if again {
			return []Finding{{Kind: finding.EntryTwice, Leaf: index, Volume: at.Volume, File: journalFile(camera, at), Detail: fmt.Sprintf("the line at %d", at.Offset)}}, nil
		}
		var line *segment.Closed
		var strange lines.Why
		found = a.placed(index, camera, at, func(l *journal.Line) string {
			other := seal.Otherwise(b, camera, at, l)
			strange = lines.Strange(camera, &l.Record)
			if other == "" && l.Kind == journal.KindSegment {
				line = l.Segment
			}
			return other
		})
		if strange != lines.Fine {
			found = append(found, Finding{Kind: finding.LineStrange, Leaf: index, Volume: at.Volume, File: journalFile(camera, at), Detail: fmt.Sprintf("the line at %d: %s", at.Offset, strange)})
		}
		if s, ok := e.(*leaf.Segment); ok {
			a.told = rows.Told(s, line)
			a.causes.Told(at.Volume, camera, s.End)
		}
	}
	more, err := a.known(t, index, e, b)
	return append(found, more...), err
}

// known takes in an entry of a kind that there is.
func (a *Audit) known(t tx, index int64, e leaf.Entry, b []byte) (found []Finding, err error) {
	switch e := e.(type) {
	case *leaf.Segment:
		return a.segment(t, index, e)
	case *leaf.Tombstone:
		return a.tombstone(t, index, e)
	case *leaf.Move:
		if err := logged.Trip(t.ctx, t.Tx, a.src.Number, index, e); err != nil {
			return nil, err
		}
		return nil, t.exec(`INSERT INTO moves VALUES (?, ?, ?) ON CONFLICT (file) DO UPDATE SET at = excluded.at, target = excluded.target WHERE excluded.at >= moves.at`, e.File, e.At, e.To)
	case *leaf.Gap:
		a.causes.Gap(causes.Gap{Leaf: index, Volume: e.Place.Volume, Camera: e.Camera, Day: e.Place.Day, At: e.At})
	case *leaf.Seal:
		late := a.late(a.instants.Word(e.At))
		found, err := a.seal(t, index, e)
		return append(found, late...), err
	case *leaf.Time:
		a.order.Time(e)
		if e.Clock == "recorder" && e.Step != nil && *e.Step < 0 {
			a.instants.Back(e.At)
			a.causes.Back()
		}
	case *leaf.Abreast:
		return a.late(a.instants.Abreast(e.At)), nil
	case *leaf.Key:
		return a.late(a.instants.Word(e.At)), nil
	case *leaf.Clock:
		return a.late(a.instants.Word(e.At)), nil
	case *leaf.Act:
		a.instants.Act(instants.Act{Leaf: index, ID: e.ID, Action: e.Action, At: e.At})
		n, err := affected(t.run(addAct, e.ID, index, a.src.Number, e.At, e.Action, e.Commitment[:]))
		if err == nil && n == 0 {
			found = append(found, Finding{Kind: finding.EntryTwice, Leaf: index, Row: "acts " + e.ID})
		}
		return found, err
	case *leaf.Hold:
		n, err := affected(t.run("INSERT INTO holds VALUES (?, ?, ?, ?) ON CONFLICT (act) DO UPDATE SET leaf = EXCLUDED.leaf, log = EXCLUDED.log WHERE holds.log <> EXCLUDED.log AND holds.entry = EXCLUDED.entry", e.Act, index, a.src.Number, string(b)))
		if err == nil && n == 0 {
			found = append(found, Finding{Kind: finding.EntryTwice, Leaf: index, Row: "acts " + e.Act, Detail: "the hold of it"})
		}
		return found, err
	case *leaf.Summary:
		return a.summary(t, index, e)
	}
	return nil, nil
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func journalFile(camera string, at leaf.Place) string {
	return camera + "/" + at.Day + "/journal.jsonl"
}

// line notes the line of a journal. Lines of a journal come in their order, so that one
// that does not come behind the one before is in the log again.
func (a *Audit) line(t tx, camera string, at leaf.Place) (again bool, err error) {
	j := journalKey{at.Volume, camera, at.Day}
	last, known := a.last[j]
	if !known {
		err := t.one(findJournal, j.volume, j.camera, j.day).Scan(&last)
		if known = err == nil; err != nil && !errors.Is(err, sql.ErrNoRows) {
			return false, err
		}
	}
	if known && at.Offset <= last {
		return true, nil
	}
	a.last[j] = at.Offset
	return false, nil
}

func (a *Audit) segment(t tx, index int64, e *leaf.Segment) (found []Finding, err error) {
	at := Finding{Leaf: index, Volume: e.Place.Volume, File: e.File}
	if e.Short > 0 {
		at.Kind, at.Detail = finding.SegmentShort, fmt.Sprintf("%d parts that had been sealed were gone", e.Short)
		found = append(found, at)
	}
	if e.Altered {
		at.Kind, at.Detail = finding.SegmentAltered, "parts that had been sealed were others"
		found = append(found, at)
	}
	told := false // by a log before this one
	if len(a.Earlier) > 0 {
		var volume string
		err := t.one(findVolume, e.File).Scan(&volume)
		if told = err == nil; err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	if !told && e.End-e.Start > journal.SealedBy {
		var marks, watched int // seals of it, and of any before it: earlier versions sealed nothing
		if err := t.one("SELECT COUNT(*), (SELECT EXISTS (SELECT 1 FROM marks WHERE file > ? AND file < ?)) FROM marks WHERE file = ?", e.Camera+"/", e.Camera+"0", e.File).Scan(&marks, &watched); err != nil {
			return nil, err
		}
		if marks == 0 && watched != 0 {
			at.Kind, at.Detail = finding.SegmentUnsealed, fmt.Sprintf("none of its %d s had been sealed", (e.End-e.Start)/1e6)
			found = append(found, at)
		}
	}
	is := []any{e.File, index, a.src.Number, e.Place.Volume, e.Camera, e.Start, e.End, e.Run, e.Bytes, e.Parts, e.Frames, e.Root[:], e.Place.Day, e.Place.Offset, a.told}
	n, err := affected(t.run(addSegment, is...))
	if err == nil && n > 0 && !told {
		a.order.Closed(insertion.Segment{Leaf: index, Camera: e.Camera, File: e.File, Run: e.Run, Start: e.Start, End: e.End})
	}
	if err == nil && n == 0 { // told of twice in the journals: it must be the same
		var root []byte
		var from, to, size int64
		if err := t.one("SELECT root, start, stop, bytes FROM segs WHERE file = ?", e.File).Scan(&root, &from, &to, &size); err != nil {
			return nil, err
		}
		if string(root) != string(e.Root[:]) || from != e.Start || to != e.End || size != e.Bytes {
			return found, t.exec(logged.AddRival, is...)
		}
	}
	return found, err
}

func (a *Audit) tombstone(t tx, index int64, e *leaf.Tombstone) (found []Finding, err error) {
	if err := t.exec("INSERT OR REPLACE INTO graves VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", a.src.Number, index, e.File, e.Camera, e.Start, e.End, e.At, e.Ground, e.Rule); err != nil {
		return nil, err
	}
	n, err := affected(t.run(bury, index, e.At, e.File, e.Root[:]))
	if err == nil && n == 0 {
		err = t.exec("INSERT OR REPLACE INTO loose VALUES (?, ?, ?, ?, ?, ?)", a.src.Number, index, e.Place.Volume, e.File, e.At, e.Root[:])
	}
	return nil, err
}

func (a *Audit) seal(t tx, index int64, e *leaf.Seal) (found []Finding, err error) {
	members, err := a.seals.Of(e)
	a.order.Seal(e, members)
	latest := int64(0)
	for i := range members {
		a.causes.Told(members[i].Place.Volume, members[i].Camera, members[i].At)
		latest = max(latest, members[i].At)
	}
	found = backdated(a.causes.Word(e.At, latest+lines.Slack > e.At))
	if err != nil {
		return append(found, Finding{Kind: finding.MembersMissing, Leaf: index, File: "seals/" + leaf.DayOf(e.At), Detail: err.Error()}), nil //nolint:nilerr // it is a finding
	}
	for i := range members {
		m := &members[i]
		again, err := a.line(t, m.Camera, m.Place)
		if err != nil {
			return nil, err
		}
		if again {
			found = append(found, Finding{Kind: finding.EntryTwice, Leaf: index, Volume: m.Place.Volume, File: journalFile(m.Camera, m.Place), Detail: fmt.Sprintf("the line at %d", m.Place.Offset)})
			continue
		}
		found = append(found, a.placed(index, m.Camera, m.Place, func(l *journal.Line) string { return seal.Noted(l, m) })...)
		if err := t.exec(addMark, m.File, m.Parts, index, a.src.Number, m.Root[:]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// summary counts the entries of a day anew.
func (a *Audit) summary(t tx, index int64, e *leaf.Summary) (found []Finding, err error) {
	differs := func(detail string) []Finding {
		return []Finding{{Kind: finding.SummaryDiffers, Leaf: index, Detail: e.Day + ": " + detail}}
	}
	if e.From > e.To || e.To > index {
		return differs(fmt.Sprintf("entries %d to %d", e.From, e.To)), nil
	}
	var counts leaf.Counts
	var tree leaf.Tree
	for b, err := range a.src.Log.Entries(t.ctx, e.From, e.To) {
		if err != nil {
			return nil, err
		}
		one, err := leaf.Decode(b)
		if err != nil {
			one = nil
		}
		counts.Add(one)
		tree.Add(leaf.Part(b))
	}
	switch {
	case counts != e.Counts:
		return differs(fmt.Sprintf("counted are %+v, said is %+v", counts, e.Counts)), nil
	case tree.Root() != e.Root:
		return differs("another root"), nil
	}
	return nil, nil
}
