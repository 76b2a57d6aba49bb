// Package ledger keeps the acts: who did what, to what, when. A row is written
// in the transaction of the change it tells of, and no row is ever changed or
// removed; both databases refuse it by triggers. Acts that may not wait for a
// database (live views) go to the Journal first. With every act goes a row of an
// outbox, and a Pump brings the acts from there into the transparency log.
package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/db"
)

// Act is one thing that somebody did.
type Act struct {
	ID      string         // made by Record when empty
	At      int64          // µs since 1970 UTC
	Person  string         // id; empty for the program itself
	Kind    string         // "camera.created": the chapter, then what was done
	Subject string         // id of what it was done to
	Camera  string         // id of the camera it concerns, if it is one
	Detail  map[string]any // JSON-encodable; nothing secret
	// Salt hides the act in the log; made where it is empty. It never leaves the house.
	Salt []byte
}

type row struct {
	bun.BaseModel `bun:"table:acts,alias:act"`
	ID            string
	At            int64
	Person        string
	Kind          string
	Subject       string
	Camera        string
	Detail        string
}

// latest is the end of the year 9999, beyond which instants have no form in the log.
const latest = 253402300799999999

func (a Act) row() (row, error) {
	if a.ID == "" {
		a.ID = db.NewID()
	}
	if a.At <= 0 || a.At > latest || a.Kind == "" {
		return row{}, fmt.Errorf("act %q at %d: kind and time are needed", a.Kind, a.At)
	}
	if leaf.Word(a.ID) != a.ID {
		return row{}, fmt.Errorf("act %q: %q is no id", a.Kind, a.ID)
	}
	for _, s := range []string{a.ID, a.Person, a.Kind, a.Subject, a.Camera} {
		if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
			return row{}, fmt.Errorf("act %q: %q is no text", a.Kind, s)
		}
	}
	detail := []byte("{}")
	if len(a.Detail) > 0 {
		var err error
		if detail, err = json.Marshal(a.Detail); err != nil {
			return row{}, fmt.Errorf("act %s: %w", a.Kind, err)
		}
	}
	return row{ID: a.ID, At: a.At, Person: a.Person, Kind: a.Kind, Subject: a.Subject, Camera: a.Camera, Detail: string(detail)}, nil
}

func (r row) act() (Act, error) {
	a := Act{ID: r.ID, At: r.At, Person: r.Person, Kind: r.Kind, Subject: r.Subject, Camera: r.Camera}
	if err := json.Unmarshal([]byte(r.Detail), &a.Detail); err != nil {
		a.Detail = nil
		return a, fmt.Errorf("act %s: detail: %w", r.ID, err)
	}
	return a, nil
}

// Record writes a in tx, the transaction that holds the change it tells of, together
// with its row of the outbox. Where that fails and nothing is wrong with the database as a
// whole, the error is ErrNotRecorded.
func Record(ctx context.Context, tx bun.IDB, a Act) error {
	r, err := a.row()
	if err != nil {
		return err
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return unrecorded(a.Kind, err)
	}
	out, find := newOutboxRow(r.ID, a.Salt), unindexed{At: r.At, Act: r.ID}
	if _, err := tx.NewInsert().Model(&out).Exec(ctx); err != nil {
		return unrecorded(a.Kind, err)
	}
	if _, err := tx.NewInsert().Model(&find).Exec(ctx); err != nil {
		return unrecorded(a.Kind, err)
	}
	return nil
}

// unrecorded names why an act is not on record.
func unrecorded(kind string, err error) error {
	err = fmt.Errorf("record act %s: %w", kind, err)
	if db.Trouble(err) != nil { // which says more
		return err
	}
	return ErrNotRecorded.Because(err)
}

// unindexed says that the index of the trail has not taken an act in yet; package trail
// reads and removes these rows.
type unindexed struct {
	bun.BaseModel `bun:"table:act_unindexed,alias:unindexed"`
	At            int64
	Act           string
}

// Insert gives what a Journal needs to take its acts into d. An act that is there
// already stays as it is.
func Insert(d *db.DB) func(ctx context.Context, acts []Act) error {
	return func(ctx context.Context, acts []Act) error {
		rows, outbox, find := make([]row, len(acts)), make([]outboxRow, len(acts)), make([]unindexed, len(acts))
		for i, a := range acts {
			r, err := a.row()
			if err != nil {
				return err
			}
			rows[i], outbox[i], find[i] = r, newOutboxRow(r.ID, a.Salt), unindexed{At: r.At, Act: r.ID}
		}
		return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			if _, err := tx.NewInsert().Model(&rows).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
				return err
			}
			if _, err := tx.NewInsert().Model(&outbox).On("CONFLICT (act) DO NOTHING").Exec(ctx); err != nil {
				return err
			}
			_, err := tx.NewInsert().Model(&find).On("CONFLICT (at, act) DO NOTHING").Exec(ctx)
			return err
		})
	}
}

// Filter narrows List. Empty fields narrow nothing.
type Filter struct {
	Before string // id of an act: only older ones, to page on
	Limit  int    // 1…500; 0 means 100
	Kind   string // a whole kind, or a chapter with its dot: "camera."
	Person string
	Camera string
	From   int64 // µs, inclusive
	To     int64 // µs, exclusive
}

// MaxLimit is the most acts that List gives at once.
const MaxLimit = 500

// List gives acts, newest first. next is the Before of the next page, empty at
// the end.
func List(ctx context.Context, tx bun.IDB, f Filter) (acts []Act, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = 100
	}
	f.Limit = min(f.Limit, MaxLimit)
	var rows []row
	q := tx.NewSelect().Model(&rows).OrderExpr("act.at DESC, act.id DESC").Limit(int64(f.Limit) + 1)
	if f.Before != "" {
		q.Join("JOIN acts AS mark ON mark.id = ?", f.Before).
			Where("act.at < mark.at OR (act.at = mark.at AND act.id < mark.id)")
	}
	switch {
	case f.Kind == "":
	case f.Kind[len(f.Kind)-1] == '.':
		q.Where("substr(act.kind, 1, ?) = ?", utf8.RuneCountInString(f.Kind), f.Kind)
	default:
		q.Where("act.kind = ?", f.Kind)
	}
	if f.Person != "" {
		q.Where("act.person = ?", f.Person)
	}
	if f.Camera != "" {
		q.Where("act.camera = ?", f.Camera)
	}
	if f.From != 0 {
		q.Where("act.at >= ?", f.From)
	}
	if f.To != 0 {
		q.Where("act.at < ?", f.To)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, "", fmt.Errorf("list acts: %w", err)
	}
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		next = rows[f.Limit-1].ID
	}
	acts = make([]Act, len(rows))
	for i, r := range rows {
		if acts[i], err = r.act(); err != nil {
			return nil, "", err
		}
	}
	return acts, next, nil
}
