package factor

import (
	"context"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/problem"
)

// Notice is what a person must be told of how they sign in until they have seen it.
// It connects in the chapter of notifications, which also sends it elsewhere.
type Notice struct {
	ID      string
	Kind    string // recovery_used, enrolled, removed, copied, new_place, session_ended, sessions_ended
	At      int64  // µs
	By      string // person, where somebody else did it
	Address string
	Name    string // of the factor; of a new place or a session, the browser and its system
	Codes   int    // recovery codes left

	// Session is the one that it is about, which is the one that is not told: whoever sits
	// there could say that it was seen. Empty: every session of the person is told.
	Session string
}

type noticeRow struct {
	bun.BaseModel `bun:"table:factor_notices,alias:notice"`
	ID            string `bun:",pk"`
	Person        string
	Kind          string
	At            int64
	DoneBy        string
	Address       string
	Name          string
	Codes         int
	Session       string
	SeenAt        *int64
}

// Notify leaves a notice for a person in tx. Whoever does calls Tell once tx stands.
func (f *Factors) Notify(ctx context.Context, tx bun.Tx, person string, n Notice) error {
	return f.notify(ctx, tx, person, n)
}

// Tell has the open screens of a person look for notices.
func (f *Factors) Tell(person string) { f.tell(person) }

// notify leaves a notice for a person in tx.
func (f *Factors) notify(ctx context.Context, tx bun.Tx, person string, n Notice) error {
	r := noticeRow{ID: db.NewID(), Person: person, Kind: n.Kind, At: n.At, DoneBy: n.By, Address: n.Address, Name: n.Name, Codes: n.Codes, Session: n.Session}
	_, err := tx.NewInsert().Model(&r).Exec(ctx)
	return problem.Wrap(err, "leave a notice")
}

// tell has the open screens of a person look.
func (f *Factors) tell(person string) {
	if f.Bus != nil {
		f.Bus.Publish(event.Event{Kind: "factor", Person: person})
	}
}

// notices are what the person of an actor has not seen yet, newest first.
func (f *Factors) notices(ctx context.Context, actor access.Actor) ([]Notice, error) {
	var rows []noticeRow
	err := f.DB.Read().NewSelect().Model(&rows).Where("person = ? AND seen_at IS NULL", actor.Person).
		Where("session = '' OR session <> ?", actor.Session).OrderExpr("at DESC, id DESC").Limit(20).Scan(ctx)
	all := make([]Notice, len(rows))
	for i, r := range rows {
		all[i] = Notice{ID: r.ID, Kind: r.Kind, At: r.At, By: r.DoneBy, Address: r.Address, Name: r.Name, Codes: r.Codes, Session: r.Session}
	}
	return all, problem.Wrap(err, "read notices")
}

// Seen notes that a person has seen one notice.
func (f *Factors) Seen(ctx context.Context, actor access.Actor, id string) error {
	return f.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		done, err := tx.NewUpdate().Model((*noticeRow)(nil)).Set("seen_at = ?", f.Clock.Micro()).
			Where("id = ? AND person = ? AND seen_at IS NULL", id, actor.Person).
			Where("session = '' OR session <> ?", actor.Session).Exec(ctx)
		if err != nil {
			return problem.Wrap(err, "note a notice as seen")
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return ErrUnknown
		}
		return nil
	})
}
