package loss

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/archive"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/problem"
)

// Part is what one cause has of a camera's outage. The cause that a statement was opened with
// is what was known then: it may have been a guess, and an outage goes on for other reasons
// than it began.
type Part struct {
	Cause  media.Cause `json:"cause"`
	From   int64       `json:"from"`             // µs, when it was first the cause
	Lasted int64       `json:"lasted,omitempty"` // µs, all its stretches together; 0 while the outage lasts
}

// parted is an entry: of what causes a camera's outage was, in the order in which they came.
type parted struct {
	Camera string `json:"camera"`
	From   int64  `json:"from"` // as the statement has it
	Causes []Part `json:"causes"`
}

func addPart(list []Part, p Part) []Part {
	for i := range list {
		if list[i].Cause == p.Cause {
			list[i].From, list[i].Lasted = min(list[i].From, p.From), list[i].Lasted+p.Lasted
			return list
		}
	}
	return append(list, p)
}

// Causes are all causes of a statement, in the order in which they came.
func (s *Statement) Causes() (all []media.Cause) {
	var parts []Part
	for _, m := range s.Cameras {
		for _, p := range m.Causes {
			parts = addPart(parts, p)
		}
	}
	slices.SortStableFunc(parts, func(a, b Part) int { return cmp.Compare(a.From, b.From) })
	for _, p := range parts {
		all = append(all, p.Cause)
	}
	return all
}

// tellsParts tells whether what a member says of its causes is what is known now. How long each
// has lasted is said when the outage is over.
func tellsParts(said, now []Part) bool {
	return slices.EqualFunc(said, now, func(a, b Part) bool {
		return a.Cause == b.Cause && (b.Lasted == 0 || a == b)
	})
}

// said gives what is told of the causes of some members.
func said(ctx context.Context, tx bun.IDB, members []memberRow) (map[memberKey][]Part, error) {
	if len(members) == 0 {
		return nil, nil
	}
	var ids []string
	for _, m := range members {
		ids = append(ids, m.Loss)
	}
	slices.Sort(ids)
	var rows []entryRow
	err := tx.NewSelect().Model(&rows).Where("kind = ?", kindCauses).Where("loss IN (?)", bun.List(slices.Compact(ids))).OrderExpr("at, id").Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read the causes of footage-loss statements")
	}
	out := map[memberKey][]Part{}
	for i := range rows {
		var p parted
		if err := json.Unmarshal([]byte(rows[i].Content), &p); err != nil {
			return nil, problem.Wrap(err, "read the causes of an outage")
		}
		out[memberKey{p.Camera, p.From}] = p.Causes
	}
	return out, nil
}

type memberKey struct {
	camera string
	from   int64
}

// parts are the causes of what a member has become by now, in the order in which they came.
// Where the gaps at hand begin behind its beginning they are read from there.
func (k *Keeper) parts(ctx context.Context, m *memberRow, list []outage, told []Part, whole bool, now int64) (out []Part, err error) {
	lasts, until := list[len(list)-1].lasts(), list[len(list)-1].end
	if !whole && k.GapsOf != nil && !(lasts && tellsAll(told, list)) {
		var gaps []archive.GapRow
		if gaps, err = k.GapsOf(ctx, m.Camera, m.FromAt); err != nil {
			return nil, err
		}
		list = slices.DeleteFunc(outages(gaps, k.Plan, now), func(o outage) bool { return o.start >= until || o.end <= m.FromAt })
	}
	for _, o := range list {
		for _, p := range o.causes {
			if lasts {
				p.Lasted = 0
			}
			out = addPart(out, p)
		}
	}
	if !whole && (len(list) == 0 || list[0].start > m.FromAt+seam) { // of the beginning only what was told is known
		for _, p := range slices.Backward(told) {
			if !slices.ContainsFunc(out, func(q Part) bool { return q.Cause == p.Cause }) {
				out = slices.Insert(out, 0, p)
			}
		}
	}
	return out, nil
}

func tellsAll(told []Part, list []outage) bool {
	for _, o := range list {
		for _, p := range o.causes {
			if !slices.ContainsFunc(told, func(q Part) bool { return q.Cause == p.Cause }) {
				return false
			}
		}
	}
	return true
}

// account adds the causes of an outage to its statement where they are others than it tells,
// until it is signed. whole tells that list begins where the outage did.
func (k *Keeper) account(ctx context.Context, m *memberRow, list []outage, told []Part, whole bool, now int64) error {
	first := told
	if first == nil {
		first = []Part{{Cause: m.Cause, From: m.FromAt}}
	}
	parts, err := k.parts(ctx, m, list, first, whole, now)
	if err != nil || len(parts) == 0 || tellsParts(told, parts) || told == nil && len(parts) == 1 && parts[0].Cause == m.Cause {
		return err
	}
	wrote := false
	err = k.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		s, err := get(ctx, tx, m.Loss)
		if wrote = err == nil && s.State != Signed; !wrote {
			return err
		}
		return tellParts(ctx, tx, m, parts, max(k.Clock.Micro(), lastSaid(&s)+1))
	})
	if err != nil {
		return problem.Wrap(err, "tell the causes of an outage")
	}
	if wrote {
		k.tell(m.Loss, m.Camera)
	}
	return nil
}

func tellParts(ctx context.Context, tx bun.Tx, m *memberRow, parts []Part, at int64) error {
	content, err := json.Marshal(&parted{Camera: m.Camera, From: m.FromAt, Causes: parts})
	if err != nil {
		return err
	}
	row := entryRow{ID: db.NewID(), Loss: m.Loss, At: at, Kind: kindCauses, Content: string(content)}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return err
	}
	return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: actCauses, Subject: m.Loss, Camera: m.Camera,
		Detail: map[string]any{"from": m.FromAt, "causes": partsText(parts)}})
}

// partsText is what an act tells of causes.
func partsText(parts []Part) string {
	text := ""
	for _, p := range parts {
		text += fmt.Sprintf("%s %d %d;", p.Cause, p.From, p.Lasted)
	}
	return text
}
