package audit

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"watchroom/evidence/leaf"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit/finding"
	"watchroom/internal/archive/audit/rows"
	"watchroom/internal/ledger"
)

// rows compares the catalogue with the log, both ways.
func (a *Audit) rows(ctx context.Context) error {
	total, err := a.DB.Read().NewSelect().Model((*archive.Segment)(nil)).Count(ctx)
	if err != nil {
		return err
	}
	for {
		var page []archive.Segment
		err := a.DB.Read().NewSelect().Model(&page).Where("file > ?", a.st.Pos).OrderExpr("file").Limit(together).Scan(ctx)
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		a.st.Pos = page[len(page)-1].File
		a.st.Report.Rows += int64(len(page))
		err = a.step(ctx, func(t tx) (found []Finding, err error) {
			for i := range page {
				f, err := a.row(t, &page[i])
				if err != nil {
					return nil, err
				}
				found = append(found, f...)
			}
			return found, nil
		})
		if err != nil {
			return err
		}
		a.progress(PhaseRows, a.st.Report.Rows, total)
	}
	// What the log tells of and has no row.
	return a.st.commit(ctx, func(t tx) error {
		return t.exec(`INSERT OR REPLACE INTO doubts SELECT file, ?, stop, -1,
			json_object('kind', ?, 'leaf', leaf, 'log', log, 'volume', volume, 'file', file) FROM segs WHERE had_row = 0 AND gone IS NULL`,
			string(finding.RowMissing), string(finding.RowMissing))
	})
}

func (a *Audit) row(t tx, r *archive.Segment) (found []Finding, err error) {
	at := Finding{Leaf: -1, File: r.File, Row: fmt.Sprintf("segments %s %d %s", r.Camera, r.StartAt, r.Run)}
	var s struct {
		log                                     int
		leaf, start, stop, bytes, parts, frames int64
		camera, run, volume, told               string
		root                                    []byte
		gone                                    sql.NullInt64
		goneAt                                  int64
	}
	err = t.one(findSegment, r.File).
		Scan(&s.leaf, &s.log, &s.camera, &s.start, &s.stop, &s.run, &s.bytes, &s.parts, &s.frames, &s.root, &s.gone, &s.goneAt, &s.volume, &s.told)
	if errors.Is(err, sql.ErrNoRows) {
		at.Kind = finding.RowUnknown
		return nil, t.doubt(r.File, r.EndAt, at)
	}
	if err != nil {
		return nil, err
	}
	if err := t.exec(segmentSeen, r.File); err != nil {
		return nil, err
	}
	at.Leaf, at.Log = s.leaf, s.log
	if s.gone.Valid {
		at.Kind, at.Detail = finding.RowKept, fmt.Sprintf("entry %d says that it was removed", s.gone.Int64)
		return nil, t.doubt(r.File, s.goneAt, at)
	}
	var differs []string
	for _, c := range []struct {
		what      string
		row, leaf any
	}{
		{"camera", r.Camera, s.camera}, {"start", r.StartAt, s.start}, {"end", r.EndAt, s.stop}, {"run", leaf.Word(r.Run), s.run}, {"bytes", r.Bytes, s.bytes},
		{"parts", int64(r.Parts), s.parts}, {"frames", int64(r.Frames), s.frames}, {"root", r.Root, hex.EncodeToString(s.root)},
	} {
		if c.row != c.leaf {
			differs = append(differs, fmt.Sprintf("%s %v, by the log %v", c.what, c.row, c.leaf))
		}
	}
	more, unread := rows.Beside(r, s.told)
	differs = append(differs, more...)
	if len(unread) > 0 {
		at.Kind, at.Detail = finding.RowUnread, "made anew from its file; "+strings.Join(unread, "; ")
		found = append(found, at)
	}
	at.Kind = finding.RowDiffers
	if len(differs) > 0 {
		at.Detail = strings.Join(differs, "; ")
		found = append(found, at)
	}
	if r.Volume != s.volume { // the log may have yet to tell of a move
		at.Detail = fmt.Sprintf("volume %q, by the log %q", r.Volume, s.volume)
		return found, t.doubt(r.File, 0, at)
	}
	return found, nil
}

// acts compares the acts with the log, both ways.
func (a *Audit) acts(ctx context.Context) error {
	for {
		acts, damaged, err := ledger.ActsInOrder(ctx, a.DB.Read(), a.st.Pos, together)
		if err != nil {
			return err
		}
		if len(acts) == 0 {
			break
		}
		a.st.Pos = acts[len(acts)-1].Act.ID
		a.st.Report.Acts += int64(len(acts))
		err = a.step(ctx, func(t tx) (found []Finding, err error) {
			for i := range acts {
				f, err := a.act(t, &acts[i], damaged[i])
				if err != nil {
					return nil, err
				}
				found = append(found, f...)
			}
			return found, nil
		})
		if err != nil {
			return err
		}
		a.progress(PhaseActs, a.st.Report.Acts, 0)
	}
	var lost []Finding
	err := a.st.each(ctx, func(r *sql.Rows) error {
		f := Finding{Kind: finding.ActMissing}
		var id, action string
		err := r.Scan(&id, &f.Leaf, &f.Log, &action)
		f.Row, f.Detail = "acts "+id, action
		lost = append(lost, f)
		return err
	}, "SELECT id, leaf, log, action FROM acts WHERE had_row = 0")
	if err != nil {
		return err
	}
	a.lost = lost
	return a.step(ctx, func(tx) ([]Finding, error) { return lost, nil })
}

func (a *Audit) act(t tx, l *ledger.Logged, damaged error) (found []Finding, err error) {
	at := Finding{Leaf: -1, Row: "acts " + l.Act.ID}
	var index, when int64
	var log int
	var action string
	var commitment []byte
	err = t.one(findAct, l.Act.ID).Scan(&index, &log, &when, &action, &commitment)
	if errors.Is(err, sql.ErrNoRows) {
		at.Kind, at.Detail = finding.ActUnlogged, l.Act.Kind
		if _, err := leaf.Encode(l.Entry()); err != nil {
			at.Detail += ": what is on record of it is damaged, so that no entry can tell of it"
			return []Finding{at}, nil //nolint:nilerr // it is a finding
		}
		mark := int64(-1)
		switch {
		case l.Log == a.Origin:
			mark = l.Leaf
		case l.Log != "":
			at.Detail += ", marked with an entry of " + l.Log
		}
		when := int64(0)
		if l.Log == "" {
			when = l.Act.At
		}
		return nil, t.marked("act "+l.Act.ID, when, mark, at)
	}
	if err != nil {
		return nil, err
	}
	if err := t.exec(actSeen, l.Act.ID); err != nil {
		return nil, err
	}
	at.Leaf, at.Log = index, log
	if log > 0 {
		a.st.Report.Earlier++
	}
	want := l.Commitment()
	switch {
	case errors.Is(damaged, ledger.ErrNoSalt):
		at.Kind = finding.ActUnsalted
		found = append(found, at)
	case want != leaf.Hash(commitment) || when != l.Act.At || action != leaf.Word(l.Act.Kind):
		at.Kind = finding.ActAltered
		if damaged != nil {
			at.Detail = damaged.Error()
		}
		found = append(found, at)
	}
	origin, mark := a.Origin, int64(-1)
	if log > 0 {
		origin = a.Earlier[slices.IndexFunc(a.Earlier, func(s Source) bool { return s.Number == log })].Origin
		if l.Log == a.Origin && l.Leaf >= a.st.Size { // it came into this one anew
			mark = l.Leaf
		}
	}
	if why, at := rows.Misplaced(l, origin, index); why != "" && !errors.Is(damaged, ledger.ErrNoSalt) {
		err := t.marked("act_outbox "+l.Act.ID, at, mark, Finding{Kind: finding.ActMisplaced, Leaf: index, Log: log, Row: "act_outbox " + l.Act.ID, Detail: why})
		if err != nil {
			return nil, err
		}
	}
	more, err := a.hold(t, l)
	return append(found, more...), err
}

// hold compares the entry of a hold with the act that placed or released it.
func (a *Audit) hold(t tx, l *ledger.Logged) (found []Finding, err error) {
	want := l.Hold()
	var index int64
	var log int
	var text string
	err = t.one(findHold, l.Act.ID).Scan(&index, &log, &text)
	none := errors.Is(err, sql.ErrNoRows)
	if err != nil && !none || none && want == nil {
		if none {
			err = nil
		}
		return nil, err
	}
	at := Finding{Kind: finding.HoldDiffers, Leaf: -1, Row: "acts " + l.Act.ID}
	switch {
	case none:
		at.Detail = "the hold of it has no entry"
		return []Finding{at}, nil
	case want == nil:
		at.Leaf, at.Log, at.Detail = index, log, "the act is none of a hold"
		return []Finding{at}, nil
	}
	at.Leaf, at.Log = index, log
	if b, err := leaf.Encode(want); err != nil || string(b) != text {
		return []Finding{at}, nil //nolint:nilerr // an act that has no entry of a hold differs from the one there is
	}
	return nil, nil
}
