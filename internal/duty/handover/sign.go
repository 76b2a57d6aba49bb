package handover

import (
	"context"
	"encoding/json"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

const (
	mostItems = 2000 // of a sheet
	mostCount = 100_000
)

// Begin opens the handover of the watch that runs in a room, or gives the one that is open. Who
// is signed on there may, and whoever decides on the watch.
func (h *Handovers) Begin(ctx context.Context, actor access.Actor, room string) (out Handover, err error) {
	begun := false
	err = h.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		begun = false
		of, err := h.Watch.Rooms.In(ctx, tx, actor, access.DutyStand, room)
		if err != nil {
			return err
		}
		on, err := duty.OnWatch(ctx, tx, room, actor.Person)
		if err != nil {
			return err
		}
		if !on {
			if _, err := h.Watch.Rooms.In(ctx, tx, actor, access.DutyDecide, room); err != nil {
				return duty.ErrOffWatch
			}
		}
		now, err := duty.Running(ctx, tx, room)
		if err != nil {
			return err
		}
		if now == nil || now.Kind != duty.Kept {
			return ErrUnwatched
		}
		id := ""
		if id, begun, err = h.begin(ctx, tx, actor.For(access.DutyStand, ""), *now); err != nil {
			return err
		}
		out, err = h.seen(ctx, tx, &of, id)
		return err
	})
	if err == nil && begun {
		h.Watch.Tell(room)
	}
	return out, err
}

// begin opens the handover that ends a tenure, unless it is open.
func (h *Handovers) begin(ctx context.Context, tx bun.Tx, actor access.Actor, of duty.Tenure) (id string, begun bool, err error) {
	r := row{ID: db.NewID(), Room: of.Room, Seq: of.Seq, Outgoing: of.Person, OpenedBy: actor.Person, OpenedAt: h.Clock.Micro()}
	res, err := tx.NewInsert().Model(&r).On("CONFLICT (room, seq) DO NOTHING").Exec(ctx)
	if err != nil {
		return "", false, problem.Wrap(err, "open a handover")
	}
	n, err := res.RowsAffected()
	if err != nil {
		return "", false, problem.Wrap(err, "open a handover")
	}
	if n == 0 {
		err := tx.NewSelect().Model(&r).Where("room = ?", of.Room).Where("seq = ?", of.Seq).Scan(ctx)
		return r.ID, false, problem.Wrap(err, "read a handover")
	}
	return r.ID, true, ledger.Record(ctx, tx, actor.Act(r.OpenedAt, kindOpened, r.ID, "", map[string]any{"room": r.Room, "outgoing": r.Outgoing, "seq": r.Seq}))
}

// Taking opens the handover of a watch that somebody takes over without a signature, so that
// something can be said of it (P3).
func (h *Handovers) Taking(ctx context.Context, tx bun.Tx, actor access.Actor, last duty.Tenure) error {
	_, _, err := h.begin(ctx, tx, actor, last)
	return err
}

// seen reads a handover with its sheet, which is that of now until somebody has signed it.
func (h *Handovers) seen(ctx context.Context, tx bun.IDB, room *duty.Room, id string) (Handover, error) {
	out, err := load(ctx, tx, id)
	if err != nil || out.State != Open {
		return out, err
	}
	out.Sheet, err = h.sheet(ctx, tx, &out, room)
	return out, err
}

// items gives what is open in a room.
func (h *Handovers) items(ctx context.Context, tx bun.IDB, room *duty.Room, at int64) ([]Item, error) {
	items := []Item{}
	for _, matters := range h.Matters {
		all, err := matters(ctx, tx, room, at)
		if err != nil {
			return nil, problem.Wrap(err, "read what is open in a room")
		}
		for _, m := range all {
			items = append(items, Item{Kind: m.Kind, ID: m.ID, Text: m.Text, Params: m.Params, Since: m.Since, Owner: m.Owner, Due: m.Due, Urgent: m.Urgent, Bars: m.Bars})
		}
	}
	return bounded(items), nil
}

// bounded keeps a sheet to what one can hold: what bars a signature stays, and how many others do
// not stand on it is a matter of its own.
func bounded(items []Item) []Item {
	if len(items) <= mostItems {
		return items
	}
	slices.SortStableFunc(items, func(a, b Item) int {
		switch {
		case (a.Bars != "") == (b.Bars != ""):
			return 0
		case a.Bars != "":
			return -1
		}
		return 1
	})
	rest := Item{Kind: "more", ID: "more", Urgent: true, Params: map[string]any{"count": len(items) - mostItems + 1}, Since: items[mostItems-1].Since}
	return append(items[:mostItems-1], rest)
}

// sheet fills one with how things stand.
func (h *Handovers) sheet(ctx context.Context, tx bun.IDB, of *Handover, room *duty.Room) (s Sheet, err error) {
	at := h.Clock.Micro()
	tenure, err := duty.At(ctx, tx, room.ID, of.Seq)
	if err != nil {
		return s, err
	}
	s = Sheet{Handover: of.ID, Room: room.ID, Name: room.Name, From: tenure.Since, At: at, Outgoing: of.Outgoing, On: []On{}, Counts: []Count{}}
	if s.Items, err = h.items(ctx, tx, room, at); err != nil {
		return s, err
	}
	on, err := duty.PresentAt(ctx, tx, room.ID, s.From, at+1, 200)
	if err != nil {
		return s, err
	}
	for i := range on {
		o := On{Person: on[i].Person, OnAt: on[i].OnAt, Late: on[i].Late, From: on[i].Turn.From, To: on[i].Turn.To}
		if on[i].OffAt != nil {
			o.OffAt = *on[i].OffAt
		}
		s.On = append(s.On, o)
	}
	if h.State != nil {
		s.System, err = h.State(ctx, tx, room, s.From, at)
	}
	return s, problem.Wrap(err, "read how a room stands")
}

// Statement is what the outgoing says with the sheet.
type Statement struct {
	Incoming string // who takes over; signed on at the room
	Fit      bool   // they seem fit for it: neither drunk nor unwell
	Round    bool   // the round before the handover was made
	Counts   []Count
	Remarks  string
}

// signing reads a handover that can still be signed, for somebody who may keep watch in its room.
func (h *Handovers) signing(ctx context.Context, tx bun.Tx, who access.Actor, id string) (out Handover, room duty.Room, err error) {
	if out, err = load(ctx, tx, id); err != nil {
		return out, room, err
	}
	if room, err = h.Watch.Rooms.In(ctx, tx, who, access.DutyStand, out.Room); err != nil {
		return out, room, err
	}
	switch {
	case !who.InPerson():
		return out, room, duty.ErrPersonal
	case !room.Here(who.Origin.Address):
		return out, room, duty.ErrNotHere.With("room", room.Name)
	case out.State == Overtaken:
		return out, room, ErrOvertaken
	case out.State == Done:
		return out, room, ErrSigned.With("role", Incoming)
	}
	return out, room, h.Watch.Proven(ctx, who.Person)
}

// barred is nil where nothing has to be dealt with before a signature.
func barred(items []Item) error {
	for i := range items {
		if items[i].Bars != "" {
			return ErrBarred.With("why", items[i].Bars).With("kind", items[i].Kind).With("id", items[i].ID).With("text", items[i].Text)
		}
	}
	return nil
}

func clean(list []string, counts []Count) ([]Count, error) {
	out := []Count{}
	for _, item := range list {
		i := slices.IndexFunc(counts, func(c Count) bool { return c.Item == item })
		if i < 0 || counts[i].Count < 0 || counts[i].Count > mostCount {
			return nil, ErrCounts.With("item", item)
		}
		c, least := counts[i], 2
		if c.Complete {
			least = 0
		}
		var err error
		if c.Note, err = text.Line("counts", c.Note, least, 200); err != nil {
			return nil, ErrCounts.With("item", item)
		}
		out = append(out, c)
	}
	return out, nil
}

// sign puts one signature on a handover, with the second factor that was shown for it, and gives
// what its act says of it.
func (h *Handovers) sign(ctx context.Context, tx bun.Tx, id, role string, who access.Actor, at int64, said any) (detail map[string]any, err error) {
	raw, hash, err := hashOf(said)
	if err != nil {
		return nil, err
	}
	kinds, err := json.Marshal(factors(who))
	if err != nil {
		return nil, problem.Wrap(err, "write down a signature")
	}
	before, err := tx.NewSelect().Model((*signatureRow)(nil)).Where("handover = ?", id).Where("role = ?", role).Count(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read the signatures of a handover")
	}
	_, err = tx.NewInsert().Model(&signatureRow{Handover: id, Role: role, Nth: int(before) + 1, Person: who.Person, At: at, Said: string(raw), Hash: hash, Factors: string(kinds)}).Exec(ctx)
	detail = map[string]any{"role": role, "nth": before + 1, "signed": hash, "signedAt": at, "factors": list(factors(who))}
	return detail, problem.Wrap(err, "sign a handover")
}

// factors are those that somebody showed besides the password.
func factors(who access.Actor) []string {
	if who.Shown == "" {
		return []string{}
	}
	return []string{who.Shown}
}

// SignOut is the signature of whoever is in charge, in the transaction in which what they showed is
// used up. They answer for the room until the one who takes over has signed, too; until then they may
// sign anew, for somebody else. Tell the room afterwards.
func (h *Handovers) SignOut(ctx context.Context, tx bun.Tx, who access.Actor, id string, s Statement) error {
	out, room, err := h.signing(ctx, tx, who, id)
	switch {
	case err != nil:
		return err
	case who.Person != out.Outgoing:
		return ErrOutgoing.With("person", out.Outgoing)
	case s.Incoming == who.Person:
		return ErrSelf
	case !s.Fit:
		return ErrUnfit
	}
	if on, err := duty.OnWatch(ctx, tx, room.ID, s.Incoming); err != nil || !on {
		if err == nil {
			err = ErrAbsent
		}
		return err
	}
	sheet, err := h.sheet(ctx, tx, &out, &room)
	if err != nil {
		return err
	}
	if err := barred(sheet.Items); err != nil {
		return err
	}
	if h.Recorded != nil {
		if err := h.Recorded(ctx, tx, &room, sheet.From, sheet.At); err != nil {
			return err
		}
	}
	last := out.Sheet
	sheet.Incoming, sheet.Fit, sheet.Round = s.Incoming, s.Fit, s.Round
	if sheet.Counts, err = clean(h.Counted(), s.Counts); err != nil {
		return err
	}
	if sheet.Remarks, err = text.Block("remarks", s.Remarks, 0, 4000); err != nil {
		return err
	}
	if out.State == Signed && last.Incoming == sheet.Incoming && last.Round == sheet.Round && last.Remarks == sheet.Remarks && slices.Equal(last.Counts, sheet.Counts) && len(since(&out, sheet.Items)) == 0 {
		return ErrSigned.With("role", Outgoing) // just the same, at another console a moment ago
	}
	detail, err := h.sign(ctx, tx, id, Outgoing, who, sheet.At, sheet)
	if err != nil {
		return err
	}
	maps.Copy(detail, map[string]any{"room": room.ID, "incoming": s.Incoming, "items": len(sheet.Items)})
	return ledger.Record(ctx, tx, who.For(access.DutyStand, "").Act(sheet.At, kindOutgoing, id, "", detail))
}

func list(of []string) []any {
	all := make([]any, len(of))
	for i := range of {
		all[i] = of[i]
	}
	return all
}

// Acceptance is what the incoming says.
type Acceptance struct {
	Acknowledged []Acknowledged
	Remarks      string
}

// SignIn is the signature of the one who takes over, having acknowledged every matter that the sheet
// names and every one that came up since. The watch passes at this instant. checkpoint is of the
// transparency log, see Newest; nil: there is none. Tell both people afterwards.
func (h *Handovers) SignIn(ctx context.Context, tx bun.Tx, who access.Actor, id string, a Acceptance, checkpoint *Checkpoint) error {
	out, room, err := h.signing(ctx, tx, who, id)
	switch {
	case err != nil:
		return err
	case out.State != Signed:
		return ErrFirst
	case who.Person == out.Outgoing:
		return ErrSelf
	case who.Person != out.Sheet.Incoming:
		return ErrOther.With("person", out.Sheet.Incoming)
	}
	on, err := duty.OnWatch(ctx, tx, room.ID, who.Person)
	if err != nil {
		return err
	}
	if !on {
		return ErrAbsent
	}
	at := h.Clock.Micro()
	now, err := h.items(ctx, tx, &room, at)
	if err != nil {
		return err
	}
	if err := barred(now); err != nil {
		return err
	}
	taken := Taken{Handover: id, Sheet: out.Signature(Outgoing).Hash, Acknowledged: []Acknowledged{}, Checkpoint: checkpoint}
	taken.Added = since(&out, now)
	if taken.Acknowledged, err = acknowledged(append(slices.Clone(out.Sheet.Items), taken.Added...), a.Acknowledged); err != nil {
		return err
	}
	if taken.Remarks, err = text.Block("remarks", a.Remarks, 0, 4000); err != nil {
		return err
	}
	detail, err := h.sign(ctx, tx, id, Incoming, who, at, taken)
	if err != nil {
		return err
	}
	maps.Copy(detail, map[string]any{"room": room.ID, "outgoing": out.Outgoing, "sheet": taken.Sheet, "acknowledged": len(taken.Acknowledged), "added": len(taken.Added)})
	if checkpoint != nil {
		detail["checkpoint"] = map[string]any{"origin": checkpoint.Origin, "size": checkpoint.Size, "root": checkpoint.Root}
	}
	by := who.For(access.DutyStand, "")
	if err := ledger.Record(ctx, tx, by.Act(at, kindIncoming, id, "", detail)); err != nil {
		return err
	}
	_, err = h.Watch.Pass(ctx, tx, by, room.ID, out.Outgoing, who.Person, id)
	return err
}

// since gives those of what is open now that the sheet does not name.
func since(of *Handover, now []Item) (added []Item) {
	known := map[string]bool{}
	for i := range of.Sheet.Items {
		known[of.Sheet.Items[i].Key()] = true
	}
	for i := range now {
		if !known[now[i].Key()] {
			added = append(added, now[i])
		}
	}
	return added
}

// acknowledged holds what was read against what is open. All of it was read.
func acknowledged(items []Item, read []Acknowledged) ([]Acknowledged, error) {
	notes := map[string]Acknowledged{}
	for _, a := range read {
		notes[a.Kind+" "+a.ID] = a
	}
	all, missing := make([]Acknowledged, 0, len(items)), 0
	first := Item{}
	for i := range items {
		a, ok := notes[items[i].Key()]
		if !ok {
			if missing++; missing == 1 {
				first = items[i]
			}
			continue
		}
		var err error
		if a.Note, err = text.Line("acknowledged", a.Note, 0, 500); err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	if missing > 0 {
		return nil, ErrUnread.With("count", missing).With("kind", first.Kind).With("id", first.ID)
	}
	return all, nil
}

// Newest gives the checkpoint that the incoming cosigns; nil: there is none at present.
func (h *Handovers) Newest(ctx context.Context) (*Checkpoint, error) {
	if h.Checkpoint == nil {
		return nil, nil
	}
	return h.Checkpoint(ctx)
}
