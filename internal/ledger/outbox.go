package ledger

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/evidence/leaf"
	"watchroom/internal/db"
)

// outboxRow is the way of an act into the log.
type outboxRow struct {
	bun.BaseModel `bun:"table:act_outbox,alias:outbox"`
	Act           string `bun:",pk"`
	Salt          []byte
	Log           string
	Leaf          sql.NullInt64
}

func newOutboxRow(act string, salt []byte) outboxRow {
	if len(salt) != len(leaf.Salt{}) {
		salt = newSalt()
	}
	return outboxRow{Act: act, Salt: salt}
}

func newSalt() []byte {
	salt := make([]byte, len(leaf.Salt{}))
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	return salt
}

// Logged is an act with what ties it to the log.
type Logged struct {
	Act  Act
	Salt leaf.Salt
	// Log is the origin of the log that holds it and Leaf its index there; empty while
	// it is on its way.
	Log  string
	Leaf int64
	// Content is what the commitment is over.
	Content leaf.ActContent
}

// Commitment is what stands in the log for the act.
func (l Logged) Commitment() leaf.Hash { return leaf.Commit(l.Salt, l.Content.Encode()) }

// Entry is the act's entry of the log.
func (l Logged) Entry() *leaf.Act {
	return &leaf.Act{ID: leaf.Word(l.Act.ID), At: l.Act.At, Action: leaf.Word(l.Act.Kind), Commitment: l.Commitment()}
}

// ErrNoSalt says that an act's row of the outbox is gone or damaged: what stands in the
// log for it can no longer be shown to be it.
var ErrNoSalt = errors.New("the act has no salt")

type loggedRow struct {
	row
	Salt []byte
	Log  sql.NullString
	Leaf sql.NullInt64
}

func (r *loggedRow) logged() (Logged, error) {
	a, err := r.act()
	l := Logged{Act: a, Log: r.Log.String, Leaf: r.Leaf.Int64, Content: leaf.ActContent{
		ID: r.ID, At: r.At, Person: r.Person, Action: r.Kind, Subject: r.Subject, Camera: r.Camera, Detail: r.Detail}}
	if !r.Leaf.Valid {
		l.Log = ""
	}
	if copy(l.Salt[:], r.Salt) != len(l.Salt) || len(r.Salt) != len(l.Salt) {
		err = errors.Join(ErrNoSalt, err)
	}
	return l, err
}

func selectLogged(tx bun.IDB, rows *[]loggedRow) *bun.SelectQuery {
	return tx.NewSelect().Model(rows).ModelTableExpr("acts AS act").
		ColumnExpr("act.id, act.at, act.person, act.kind, act.subject, act.camera, act.detail, outbox.salt, outbox.log, outbox.leaf")
}

// ActsInOrder gives at most limit acts behind the id after, in order of their ids, with
// what ties them to the log, for somebody who checks them all. Of one that is damaged
// the error says how; the others are read.
func ActsInOrder(ctx context.Context, tx bun.IDB, after string, limit int) (acts []Logged, damaged []error, err error) {
	var rows []loggedRow
	err = selectLogged(tx, &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("act.id > ?", after).OrderExpr("act.id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read acts: %w", err)
	}
	acts, damaged = opened(rows)
	return acts, damaged, nil
}

// LoggedOf gives every act of some kinds with what ties it to the log, in order of
// their ids. Of one that is damaged the error says how; the others are read.
func LoggedOf(ctx context.Context, tx bun.IDB, kinds ...string) (acts []Logged, damaged []error, err error) {
	var rows []loggedRow
	err = selectLogged(tx, &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("act.kind IN (?)", bun.List(kinds)).OrderExpr("act.id").Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read acts: %w", err)
	}
	acts, damaged = opened(rows)
	return acts, damaged, nil
}

// LoggedAbout gives the acts of a kind about some subjects with what ties them to the log,
// in order of their ids. Of one that is damaged the error says how.
func LoggedAbout(ctx context.Context, tx bun.IDB, kind, camera string, subjects ...string) (acts []Logged, damaged []error, err error) {
	if len(subjects) == 0 {
		return nil, nil, nil
	}
	var rows []loggedRow
	err = selectLogged(tx, &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("act.kind = ?", kind).Where("act.camera = ?", camera).Where("act.subject IN (?)", bun.List(subjects)).OrderExpr("act.id").Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read acts: %w", err)
	}
	acts, damaged = opened(rows)
	return acts, damaged, nil
}

// ActsBetween gives at most limit acts of a stretch of time (µs, both ends inclusive), in
// order of time and id. The detail of one that is damaged is nil.
func ActsBetween(ctx context.Context, tx bun.IDB, from, to int64, limit int) ([]Act, error) {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("at >= ?", from).Where("at <= ?", to).OrderExpr("at, id").Limit(int64(limit)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read acts: %w", err)
	}
	acts := make([]Act, len(rows))
	for i := range rows {
		acts[i], _ = rows[i].act()
	}
	return acts, nil
}

// Stub is as much of an act as tells which it is, and its detail as it is on record.
type Stub struct {
	ID, Kind string
	At       int64 // µs
	Detail   string
}

// StubsOf gives the acts of some kinds in a stretch of time (µs, both ends inclusive), in
// order of time and id; where cameras are named, of these alone.
func StubsOf(ctx context.Context, tx bun.IDB, kinds []string, from, to int64, cameras []string) ([]Stub, error) {
	var stubs []Stub
	q := tx.NewSelect().TableExpr("acts AS act").ColumnExpr("act.id, act.kind, act.at, act.detail").
		Where("act.kind IN (?)", bun.List(kinds)).Where("act.at >= ?", from).Where("act.at <= ?", to).OrderExpr("act.at, act.id")
	if len(cameras) > 0 {
		q.Where("act.camera IN (?)", bun.List(cameras))
	}
	if err := q.Scan(ctx, &stubs); err != nil {
		return nil, fmt.Errorf("read acts: %w", err)
	}
	return stubs, nil
}

// ActsAt gives the acts of some instants (µs), in order of time and id.
func ActsAt(ctx context.Context, tx bun.IDB, ats []int64) ([]Logged, error) {
	if len(ats) == 0 {
		return nil, nil
	}
	var rows []loggedRow
	err := selectLogged(tx, &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("act.at IN (?)", bun.List(ats)).OrderExpr("act.at, act.id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read acts: %w", err)
	}
	acts, _ := opened(rows)
	return acts, nil
}

// One gives an act with what ties it to the log, nil if there is none.
func One(ctx context.Context, tx bun.IDB, id string) (*Logged, error) {
	var rows []loggedRow
	err := selectLogged(tx, &rows).Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").Where("act.id = ?", id).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read an act: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	l, err := rows[0].logged()
	return &l, err
}

// Unindexed gives at most limit acts that the index of the trail has not taken in, older or
// newer than a place (at, id) among them, the nearest first.
func Unindexed(ctx context.Context, tx bun.IDB, at int64, id string, newer bool, limit int) ([]Logged, error) {
	var rows []loggedRow
	q := selectLogged(tx, &rows).Join("JOIN act_unindexed AS unindexed ON unindexed.act = act.id").
		Join("LEFT JOIN act_outbox AS outbox ON outbox.act = act.id").Limit(int64(limit))
	if newer {
		q.Where("(unindexed.at, unindexed.act) > (?, ?)", at, id).OrderExpr("unindexed.at, unindexed.act")
	} else {
		q.Where("(unindexed.at, unindexed.act) < (?, ?)", at, id).OrderExpr("unindexed.at DESC, unindexed.act DESC")
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("read acts: %w", err)
	}
	acts, _ := opened(rows)
	return acts, nil
}

func opened(rows []loggedRow) (acts []Logged, damaged []error) {
	acts, damaged = make([]Logged, len(rows)), make([]error, len(rows))
	for i := range rows {
		acts[i], damaged[i] = rows[i].logged()
	}
	return acts, damaged
}

// waiting gives acts that are not in the log, oldest first. Ids begin with their time,
// so that the oldest are taken without sorting all that wait.
// Where ids are given, it is those. Those of but are left out.
func waiting(ctx context.Context, tx bun.IDB, limit int, but map[string]bool, ids ...string) ([]loggedRow, error) {
	var rows []loggedRow
	q := selectLogged(tx, &rows).Join("JOIN act_outbox AS outbox ON outbox.act = act.id").
		Where("outbox.leaf IS NULL").OrderExpr("outbox.act").Limit(int64(limit))
	if len(ids) > 0 {
		q.Where("act.id IN (?)", bun.List(ids))
	}
	if len(but) > 0 {
		q.Where("act.id NOT IN (?)", bun.List(slices.Collect(maps.Keys(but))))
	}
	err := q.Scan(ctx)
	slices.SortStableFunc(rows, func(a, b loggedRow) int { return cmp.Compare(a.At, b.At) })
	return rows, err
}

// Waiting counts the acts that are on their way into the log and gives the instant of
// the oldest (µs since 1970 UTC; 0 where there is none).
func Waiting(ctx context.Context, tx bun.IDB) (n, oldest int64, err error) {
	err = tx.NewSelect().TableExpr("act_outbox AS outbox").Join("JOIN acts AS act ON act.id = outbox.act").
		ColumnExpr("COUNT(*), COALESCE(MIN(act.at), 0)").Where("outbox.leaf IS NULL").Scan(ctx, &n, &oldest)
	if err != nil {
		err = fmt.Errorf("count waiting acts: %w", err)
	}
	return n, oldest, err
}

// Underway tells whether an act of one of some kinds is on its way into the log.
func Underway(ctx context.Context, tx bun.IDB, kinds ...string) (bool, error) {
	n, err := tx.NewSelect().TableExpr("act_outbox AS outbox").Join("JOIN acts AS act ON act.id = outbox.act").
		Where("outbox.leaf IS NULL").Where("act.kind IN (?)", bun.List(kinds)).Count(ctx)
	if err != nil {
		err = fmt.Errorf("look for waiting acts: %w", err)
	}
	return n > 0, err
}

// mark notes where acts stand in a log. One that is marked already stays so.
func mark(ctx context.Context, d *db.DB, origin string, leaves map[string]int64) error {
	return d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		for act, index := range leaves {
			_, err := tx.NewUpdate().Model((*outboxRow)(nil)).Set("log = ?", origin).Set("leaf = ?", index).
				Where("act = ?", act).Where("leaf IS NULL").Exec(ctx)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// absent counts acts of a log that are not on record.
func absent(ctx context.Context, tx bun.IDB, leaves map[string]int64) (int, error) {
	return Absent(ctx, tx, slices.Collect(maps.Keys(leaves)))
}

// Absent counts those of some acts, each named once, that are not on record with what
// ties them to the log.
func Absent(ctx context.Context, tx bun.IDB, ids []string) (int, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	n, err := tx.NewSelect().Model((*outboxRow)(nil)).Join("JOIN acts AS act ON act.id = outbox.act").Where("outbox.act IN (?)", bun.List(ids)).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("look for acts: %w", err)
	}
	return len(ids) - int(n), nil
}

// CountIn counts the acts on record that are marked with an entry of a log from an index
// up to, not including, another.
func CountIn(ctx context.Context, tx bun.IDB, origin string, from, to int64) (int64, error) {
	n, err := tx.NewSelect().Model((*outboxRow)(nil)).Join("JOIN acts AS act ON act.id = outbox.act").
		Where("outbox.log = ?", origin).Where("outbox.leaf >= ?", from).Where("outbox.leaf < ?", to).Count(ctx)
	if err != nil {
		return 0, fmt.Errorf("count acts: %w", err)
	}
	return n, nil
}
