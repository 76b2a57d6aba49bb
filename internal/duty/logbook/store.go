package logbook

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"watchroom/internal/duty/logbook/gram"
	"watchroom/internal/duty/logbook/words"
	"watchroom/internal/problem"
)

type row struct {
	bun.BaseModel `bun:"table:duty_entries,alias:entry"`
	Seq           int64 `bun:",pk,autoincrement"`
	ID            string
	Room          string
	Year          int
	Number        int64
	At            int64
	EnteredAt     int64
	Author        string
	Code          string
	Category      string
	Severity      Severity
	Content       string // JSON
	Root          string
	Corrects      string
	Closes        string
	Source        string
}

// Report is to whom an entry was reported.
type Report struct {
	bun.BaseModel `bun:"table:duty_reports,alias:report"`
	ID            string `bun:",pk"`
	Entry         string
	Root          string
	Person        string
	Name          string
	Channel       Channel
	At            int64 // µs
	Typed         bool  // somebody typed the time; else the button stamped it
	EnteredAt     int64
	EnteredBy     string
	Receipt       string

	Apart      bool  `bun:"-"` // the typed time and that of typing are further apart than allowed (P26)
	ReceivedAt int64 `bun:"-"` // 0: nobody has confirmed receipt
}

// Open is what an entry left open, and by which entry it was closed.
type Open struct {
	Owner    string
	Due      int64
	ClosedBy string // id; empty: open
}

// Entry is an entry with what was said of it later.
type Entry struct {
	Seq       int64
	ID        string
	Room      string
	Year      int
	Number    int64
	At        int64
	EnteredAt int64
	Author    string
	Code      string // of a line of the program
	Category  string
	Severity  Severity
	Content
	Root     string
	Corrects string
	Closes   string
	Source   string

	CorrectedBy string // id of the entry that corrects this; empty: none
	Open        *Open
	Reports     []Report
	SignedAt    int64 // when the second signer of a late entry signed; 0: not yet
	Files       []File
	// ReportBy is until when something severe that nobody reported has to be; 0: nothing has to be.
	ReportBy int64
}

// Say puts a line of the program into words; of what people wrote it is the text.
func (e *Entry) Say(chinese bool, zone *time.Location) string {
	if e.Code == "" {
		return e.Text
	}
	params := e.Params
	if e.Author != "" && params["person"] == nil {
		params = with(params, "person", e.Author)
	}
	if len(e.Cameras) > 0 && params["camera"] == nil && params["cameras"] == nil {
		params = with(with(params, "camera", e.Cameras), "cameras", e.Cameras)
	}
	return words.Say(e.Code, chinese, params, e.Content.Names, zone)
}

func with(params map[string]any, key string, value any) map[string]any {
	out := make(map[string]any, len(params)+1)
	for k, v := range params {
		out[k] = v
	}
	out[key] = value
	return out
}

func (r *row) entry() (Entry, error) {
	e := Entry{Seq: r.Seq, ID: r.ID, Room: r.Room, Year: r.Year, Number: r.Number, At: r.At, EnteredAt: r.EnteredAt, Author: r.Author, Code: r.Code,
		Category: r.Category, Severity: r.Severity, Root: r.Root, Corrects: r.Corrects, Closes: r.Closes, Source: r.Source}
	return e, problem.Wrap(json.Unmarshal([]byte(r.Content), &e.Content), "read an entry of the duty record")
}

// number gives out the next number of a room and year. A transaction that is undone gives it back:
// there are no holes.
func number(ctx context.Context, tx bun.IDB, room string, year int) (n int64, err error) {
	err = tx.NewRaw(`INSERT INTO duty_numbers (room, year, last) VALUES (?, ?, 1)
		ON CONFLICT (room, year) DO UPDATE SET last = duty_numbers.last + 1 RETURNING last`, room, year).Scan(ctx, &n)
	return n, problem.Wrap(err, "number an entry of the duty record")
}

// insert writes an entry with its number and with what it is found by.
func (b *Book) insert(ctx context.Context, tx bun.IDB, r *row, c *Content, said ...string) (err error) {
	r.Year = time.UnixMicro(r.EnteredAt).In(b.zone()).Year()
	if r.Number, err = number(ctx, tx, r.Room, r.Year); err != nil {
		return err
	}
	content, err := json.Marshal(c)
	if err != nil {
		return problem.Wrap(err, "write down an entry of the duty record")
	}
	r.Content = string(content)
	if _, err := tx.NewInsert().Model(r).ExcludeColumn("seq").Returning("seq").Exec(ctx); err != nil {
		return problem.Wrap(err, "keep an entry of the duty record")
	}
	found := "?"
	if tx.Dialect().Name() == dialect.PG {
		found = "to_tsvector('simple', ?)"
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO duty_found (rowid, words) VALUES (?, "+found+")", r.Seq, foundBy(r, c, said))
	return problem.Wrap(err, "keep what an entry of the duty record is found by")
}

// Letters of the facts that entries are found by besides their texts.
const (
	byRoom, byCategory, byAuthor, byCamera, bySeverity, byHand, byDay, byMonth = 'r', 'k', 'a', 'm', 's', 'h', 'd', 'n'
)

// foundBy is what an entry is found by.
func foundBy(r *row, c *Content, said []string) string {
	texts := append([]string{c.Text, c.Place, c.Action, c.Late.paper()}, said...)
	for _, camera := range c.Cameras {
		texts = append(texts, c.Names[camera])
	}
	all := gram.Words(texts...)
	hand := "1"
	if r.Code != "" {
		hand = "0"
	}
	at := time.UnixMicro(r.At).UTC()
	all = append(all, gram.Tag(byRoom, r.Room), gram.Tag(byCategory, r.Category), gram.Tag(bySeverity, string(r.Severity)), gram.Tag(byHand, hand),
		gram.Tag(byDay, at.Format("20060102")), gram.Tag(byMonth, at.Format("200601")))
	if r.Author != "" {
		all = append(all, gram.Tag(byAuthor, r.Author))
	}
	for _, camera := range c.Cameras {
		all = append(all, gram.Tag(byCamera, camera))
	}
	return strings.Join(all, " ")
}

func (l *Late) paper() string {
	if l == nil {
		return ""
	}
	return l.Paper
}

func load(ctx context.Context, tx bun.IDB, id string) (Entry, error) {
	var r row
	err := tx.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Entry{}, ErrUnknown
	}
	if err != nil {
		return Entry{}, problem.Wrap(err, "read an entry of the duty record")
	}
	return r.entry()
}

// mark adds to entries what was said of them later.
func (b *Book) mark(ctx context.Context, tx bun.IDB, all []Entry) error {
	if len(all) == 0 {
		return nil
	}
	ids, roots, at := make([]string, len(all)), make([]string, len(all)), make(map[string]*Entry, len(all))
	for i := range all {
		ids[i], roots[i], at[all[i].ID] = all[i].ID, all[i].Root, &all[i]
	}
	var later []struct{ ID, Corrects string }
	err := tx.NewSelect().Table("duty_entries").Column("id", "corrects").Where("corrects <> ''").Where("corrects IN (?)", bun.List(ids)).Scan(ctx, &later)
	if err != nil {
		return problem.Wrap(err, "read corrections")
	}
	for _, c := range later {
		at[c.Corrects].CorrectedBy = c.ID
	}
	var open []struct {
		Entry, Owner string
		Due          int64
		ClosedBy     sql.NullString
	}
	if err := tx.NewSelect().Table("duty_follow_ups").Column("entry", "owner", "due", "closed_by").Where("entry IN (?)", bun.List(ids)).Scan(ctx, &open); err != nil {
		return problem.Wrap(err, "read follow-ups")
	}
	for _, o := range open {
		at[o.Entry].Open = &Open{Owner: o.Owner, Due: o.Due, ClosedBy: o.ClosedBy.String}
	}
	reports, err := b.reports(ctx, tx, roots)
	if err != nil {
		return err
	}
	var signs []struct {
		Entry string
		At    int64
	}
	if err := tx.NewSelect().Table("duty_countersigns").Column("entry", "at").Where("entry IN (?)", bun.List(ids)).Scan(ctx, &signs); err != nil {
		return problem.Wrap(err, "read second signatures")
	}
	for _, s := range signs {
		at[s.Entry].SignedAt = s.At
	}
	files, err := filesOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, f := range files {
		at[f.Entry].Files = append(at[f.Entry].Files, f)
	}
	for i := range all {
		e := &all[i]
		e.Reports = reports[e.Root]
		if e.Code == "" && e.Severity == Severe && len(e.Reports) == 0 && e.CorrectedBy == "" {
			e.ReportBy = e.EnteredAt + b.ReportWithin().Microseconds()
		}
	}
	return nil
}

// reports reads them by the root of their entries, the oldest first.
func (b *Book) reports(ctx context.Context, tx bun.IDB, roots []string) (map[string][]Report, error) {
	var rows []struct {
		Report
		Received sql.NullInt64
	}
	err := tx.NewSelect().TableExpr("duty_reports AS report").ColumnExpr("report.*, receipt.at AS received").
		Join("LEFT JOIN duty_receipts AS receipt ON receipt.report = report.id").
		Where("report.root IN (?)", bun.List(roots)).OrderExpr("report.entered_at, report.id").Scan(ctx, &rows)
	if err != nil {
		return nil, problem.Wrap(err, "read reports")
	}
	all := map[string][]Report{}
	for i := range rows {
		r := rows[i].Report
		r.ReceivedAt = rows[i].Received.Int64
		r.Apart = r.Typed && max(r.At-r.EnteredAt, r.EnteredAt-r.At) > apart.Get(b.Rules).Microseconds()
		all[r.Root] = append(all[r.Root], r)
	}
	return all, nil
}
