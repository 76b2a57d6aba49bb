package audit

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive/seal"
	"watchroom/internal/recording/journal"
)

// together is how many entries or rows make one step.
const together = 1000

// entries reads the log through: each entry by itself, the tree over all, and notes
// what they tell of footage and acts for the phases behind.
func (a *Audit) entries(ctx context.Context) error {
	tree, ok := leaf.Thaw(a.st.Tree)
	if !ok || tree.Len() != uint64(a.st.Next) {
		return errors.New("the state file is damaged: remove it to begin anew")
	}
	for a.st.Next < a.st.Size {
		from := a.st.Next
		to := min(from+together, a.st.Size)
		var all [][]byte
		for b, err := range a.Log.Entries(ctx, from, to) {
			if err != nil {
				return fmt.Errorf("entry %d: %w", from+int64(len(all)), err)
			}
			all = append(all, b)
			tree.Add(leaf.Part(b))
		}
		err := a.step(ctx, func(t tx) (found []Finding, err error) {
			a.st.Next, a.st.Tree = to, tree.Freeze()
			for i, b := range all {
				more, err := a.entry(t, from+int64(i), b)
				if err != nil {
					return nil, err
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
		a.progress(PhaseEntries, to, a.st.Size)
	}
	if root := tree.Root(); root != a.st.Root {
		return a.step(ctx, func(tx) ([]Finding, error) {
			return []Finding{{Kind: RootDiffers, Leaf: -1, Detail: fmt.Sprintf("the %d entries have the root %x, signed is %x", a.st.Size, root[:], a.st.Root[:])}}, nil
		})
	}
	return nil
}

// entry takes in one entry.
func (a *Audit) entry(t tx, index int64, b []byte) (found []Finding, err error) {
	e, err := leaf.Decode(b)
	if err != nil {
		if a.Other == nil {
			found = append(found, Finding{Kind: EntryMalformed, Leaf: index, Detail: err.Error()})
		} else if other := a.Other(index, b); other != nil {
			found = append(found, Finding{Kind: EntryMalformed, Leaf: index, Detail: errors.Join(err, other).Error()})
		}
		a.st.Report.Entries.Add(nil)
		return found, nil
	}
	a.st.Report.Entries.Add(e)
	if p, ok := e.(leaf.Placed); ok {
		camera, at := p.From()
		again, err := a.line(t, camera, at)
		if err != nil {
			return nil, err
		}
		if again {
			return []Finding{{Kind: EntryTwice, Leaf: index, Volume: at.Volume, File: journalFile(camera, at), Detail: fmt.Sprintf("the line at %d", at.Offset)}}, nil
		}
		found = a.placed(index, camera, at, func(l *journal.Line) bool { return bytes.Equal(seal.Entry(camera, at, l), b) })
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
		return nil, t.exec("UPDATE segs SET volume = ? WHERE file = ?", e.To, e.File)
	case *leaf.Seal:
		return a.seal(t, index, e)
	case *leaf.Act:
		n, err := affected(t.run(addAct, e.ID, index, e.At, e.Action, e.Commitment[:]))
		if err == nil && n == 0 {
			found = append(found, Finding{Kind: EntryTwice, Leaf: index, Row: "acts " + e.ID})
		}
		return found, err
	case *leaf.Hold:
		n, err := affected(t.run("INSERT INTO holds VALUES (?, ?, ?) ON CONFLICT DO NOTHING", e.Act, index, string(b)))
		if err == nil && n == 0 {
			found = append(found, Finding{Kind: EntryTwice, Leaf: index, Row: "acts " + e.Act, Detail: "the hold of it"})
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
		at.Kind, at.Detail = SegmentShort, fmt.Sprintf("%d parts that had been sealed were gone", e.Short)
		found = append(found, at)
	}
	if e.Altered {
		at.Kind, at.Detail = SegmentAltered, "parts that had been sealed were others"
		found = append(found, at)
	}
	if e.Recovered && e.End-e.Start > journal.SealedBy {
		var marks int
		if err := t.one("SELECT COUNT(*) FROM marks WHERE file = ?", e.File).Scan(&marks); err != nil {
			return nil, err
		}
		if marks == 0 {
			at.Kind, at.Detail = SegmentUnsealed, fmt.Sprintf("it was made whole after a crash, and none of its %d s had been sealed", (e.End-e.Start)/1e6)
			found = append(found, at)
		}
	}
	n, err := affected(t.run(addSegment,
		e.File, index, e.Place.Volume, e.Camera, e.Start, e.End, e.Run, e.Bytes, e.Parts, e.Frames, e.Root[:]))
	if err == nil && n == 0 { // told of twice in the journals: it must be the same
		var root []byte
		if err := t.one("SELECT root FROM segs WHERE file = ?", e.File).Scan(&root); err != nil {
			return nil, err
		}
		if string(root) != string(e.Root[:]) {
			at.Kind, at.Detail = EntryTwice, "with another root"
			found = append(found, at)
		}
	}
	return found, err
}

func (a *Audit) tombstone(t tx, index int64, e *leaf.Tombstone) (found []Finding, err error) {
	if err := t.exec("INSERT OR REPLACE INTO graves VALUES (?, ?, ?, ?, ?, ?, ?, ?)", index, e.File, e.Camera, e.Start, e.End, e.At, e.Ground, e.Rule); err != nil {
		return nil, err
	}
	n, err := affected(t.run(bury, index, e.At, e.File, e.Root[:]))
	if err == nil && n == 0 {
		found = append(found, Finding{Kind: TombstoneUnknown, Leaf: index, Volume: e.Place.Volume, File: e.File, Detail: fmt.Sprintf("root %x", e.Root[:])})
	}
	return found, err
}

func (a *Audit) seal(t tx, index int64, e *leaf.Seal) (found []Finding, err error) {
	members, err := a.seals.Of(e)
	if err != nil {
		return []Finding{{Kind: MembersMissing, Leaf: index, File: "seals/" + leaf.DayOf(e.At), Detail: err.Error()}}, nil //nolint:nilerr // it is a finding
	}
	for i := range members {
		m := &members[i]
		again, err := a.line(t, m.Camera, m.Place)
		if err != nil {
			return nil, err
		}
		if again {
			found = append(found, Finding{Kind: EntryTwice, Leaf: index, Volume: m.Place.Volume, File: journalFile(m.Camera, m.Place), Detail: fmt.Sprintf("the line at %d", m.Place.Offset)})
			continue
		}
		found = append(found, a.placed(index, m.Camera, m.Place, func(l *journal.Line) bool { return seal.Notes(l, m) })...)
		if err := t.exec(addMark, m.File, m.Parts, index, m.Root[:]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// summary counts the entries of a day anew.
func (a *Audit) summary(t tx, index int64, e *leaf.Summary) (found []Finding, err error) {
	differs := func(detail string) []Finding {
		return []Finding{{Kind: SummaryDiffers, Leaf: index, Detail: e.Day + ": " + detail}}
	}
	if e.From > e.To || e.To > index {
		return differs(fmt.Sprintf("entries %d to %d", e.From, e.To)), nil
	}
	var counts leaf.Counts
	var tree leaf.Tree
	for b, err := range a.Log.Entries(t.ctx, e.From, e.To) {
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
