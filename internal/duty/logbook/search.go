package logbook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"watchroom/internal/access"
	"watchroom/internal/duty/logbook/gram"
	"watchroom/internal/problem"
)

// Query is what somebody looks for. Zero values ask for nothing.
type Query struct {
	Room       string // empty: all that the actor may know of
	Text       string
	Categories []string
	Severities []Severity
	Author     string
	Camera     string
	From, To   int64  // µs, of what happened; To exclusive
	Written    string // "hand" or "program"
	Open       bool   // with an open follow-up
	Unreported bool   // severe, and not reported
	Before     int64  // Seq that the page ends before; 0: from the newest
	Forward    bool   // the oldest first; Before is what the page begins after
	Limit      int    // 0: 50
}

const (
	pageSize    = 50
	largestPage = 200
	mostDays    = 62
	mostMonths  = 60
	mostPhrases = 20
)

// Find gives a page of entries, the newest first, and whether there are more.
func (b *Book) Find(ctx context.Context, actor access.Actor, q Query) (page []Entry, more bool, err error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil {
		return nil, false, err
	}
	rooms, every := []string{q.Room}, false
	if q.Room != "" {
		if _, err := b.Rooms.Look(ctx, b.DB.Read(), actor, q.Room); err != nil {
			return nil, false, err
		}
	} else if rooms, every, err = b.seen(ctx, actor); err != nil || len(rooms) == 0 {
		return nil, false, err
	}
	if q.Limit <= 0 {
		q.Limit = pageSize
	}
	q.Limit = min(q.Limit, largestPage)
	tx := b.DB.Read()
	if q.Unreported {
		page, err = b.unreported(ctx, tx, rooms)
		slices.Reverse(page)
		return page, false, err
	}
	var rows []row
	s, err := b.question(tx, &q, rooms, every)
	if err != nil {
		return nil, false, err
	}
	if err := s.ColumnExpr("entry.*").Limit(int64(q.Limit)+1).Scan(ctx, &rows); err != nil {
		return nil, false, problem.Wrap(err, "look through the duty record")
	}
	if more = len(rows) > q.Limit; more {
		rows = rows[:q.Limit]
	}
	page, err = b.entries(ctx, tx, rows)
	return page, more, err
}

// seen gives the rooms that the actor may know of, and whether these are all.
func (b *Book) seen(ctx context.Context, actor access.Actor) (ids []string, every bool, err error) {
	seen, err := b.Rooms.Seen(ctx, actor)
	if err != nil {
		return nil, false, err
	}
	for i := range seen {
		ids = append(ids, seen[i].ID)
	}
	n, err := b.DB.Read().NewSelect().Table("rooms").Count(ctx)
	return ids, int(n) == len(ids), problem.Wrap(err, "count control rooms")
}

// question is the statement that looks for entries. What can be is asked of the words that they are
// found by, the newest first: it ends with the page, however many there are.
func (b *Book) question(tx bun.IDB, q *Query, rooms []string, every bool) (*bun.SelectQuery, error) {
	all, any, err := terms(q)
	if err != nil {
		return nil, err
	}
	s := tx.NewSelect()
	if q.Open {
		// CROSS JOIN keeps SQLite to this order: few are open, whatever is in the record.
		s.TableExpr("duty_follow_ups AS open CROSS JOIN duty_entries AS entry").Where("entry.id = open.entry").Where("open.closed_by IS NULL")
	}
	switch found := len(all)+len(any) > 0; {
	case found && q.Open:
		s.Join("JOIN duty_found AS found ON found.rowid = entry.seq")
	case found:
		// CROSS JOIN keeps SQLite to this order.
		s.TableExpr("duty_found AS found CROSS JOIN duty_entries AS entry").Where("entry.seq = found.rowid")
	case !q.Open:
		s.TableExpr("duty_entries AS entry")
	}
	column := "entry.seq"
	if len(all)+len(any) > 0 {
		column = "found.rowid"
		if !every {
			any = append(any, tags(byRoom, rooms))
		}
		if tx.Dialect().Name() == dialect.PG {
			s.Where("found.words @@ to_tsquery('simple', ?)", put(all, any, " <-> ", " & ", " | ", ""))
		} else {
			s.Where("found.words MATCH ?", put(all, any, " ", " AND ", " OR ", `"`))
		}
	} else if !every || q.Room != "" {
		if len(rooms) == 1 {
			s.Where("entry.room = ?", rooms[0])
		} else {
			s.Where("entry.room IN (?)", bun.List(rooms))
		}
	}
	if q.From != 0 {
		s.Where("entry.at >= ?", q.From)
	}
	if q.To != 0 {
		s.Where("entry.at < ?", q.To)
	}
	if q.Forward {
		return s.Where(column+" > ?", q.Before).OrderExpr(column), nil
	}
	if q.Before != 0 {
		s.Where(column+" < ?", q.Before)
	}
	return s.OrderExpr(column + " DESC"), nil
}

func tags[T ~string](kind byte, values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = gram.Tag(kind, string(v))
	}
	return all
}

// terms are the phrases that must all be there, and the lists of which one must be.
func terms(q *Query) (all [][]string, any [][]string, err error) {
	if all = gram.Phrases(q.Text); len(all) > mostPhrases {
		return nil, nil, ErrQuestion.On("text")
	}
	if len(all) == 0 && strings.TrimSpace(q.Text) != "" {
		return nil, nil, ErrQuestion.On("text")
	}
	one := func(kind byte, value string) {
		if value != "" {
			all = append(all, []string{gram.Tag(kind, value)})
		}
	}
	one(byAuthor, q.Author)
	one(byCamera, q.Camera)
	switch q.Written {
	case "hand":
		one(byHand, "1")
	case "program":
		one(byHand, "0")
	}
	if len(q.Categories) > 0 {
		any = append(any, tags(byCategory, q.Categories))
	}
	if len(q.Severities) > 0 {
		any = append(any, tags(bySeverity, q.Severities))
	}
	if q.From != 0 && q.To != 0 {
		if q.To <= q.From {
			return nil, nil, ErrQuestion.On("to")
		}
		any = append(any, stretch(q.From, q.To)...)
	}
	return all, any, nil
}

// stretch are the days or months of a stretch of time, none where it is very long.
func stretch(from, to int64) [][]string {
	first, last := time.UnixMicro(from).UTC(), time.UnixMicro(to-1).UTC()
	begin := time.Date(first.Year(), first.Month(), first.Day(), 0, 0, 0, 0, time.UTC)
	if last.Sub(begin) < mostDays*24*time.Hour {
		var days []string
		for d := begin; !d.After(last); d = d.AddDate(0, 0, 1) {
			days = append(days, d.Format("20060102"))
		}
		return [][]string{tags(byDay, days)}
	}
	var months []string
	for m := time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(last); m = m.AddDate(0, 1, 0) {
		if len(months) == mostMonths {
			return nil
		}
		months = append(months, m.Format("200601"))
	}
	return [][]string{tags(byMonth, months)}
}

// put writes a question in the language of a database. All of it is ASCII letters and digits.
func put(all, any [][]string, then, and, or, quote string) string {
	var parts []string
	for _, phrase := range all {
		parts = append(parts, fmt.Sprintf("(%s%s%s)", quote, strings.Join(phrase, then), quote))
	}
	for _, list := range any {
		parts = append(parts, fmt.Sprintf("(%s%s%s)", quote, strings.Join(list, quote+or+quote), quote))
	}
	return strings.Join(parts, and)
}

// Recent gives what a person wrote last, each sentence once, the newest first.
func (b *Book) Recent(ctx context.Context, actor access.Actor) (all []Sentence, err error) {
	if err := access.Can(actor, access.DutyRead, ""); err != nil || actor.Person == "" {
		return nil, err
	}
	var rows []row
	err = b.DB.Read().NewSelect().Model(&rows).Where("author = ?", actor.Person).Where("code = ''").OrderExpr("seq DESC").Limit(100).Scan(ctx)
	if err != nil {
		return nil, problem.Wrap(err, "read the duty record")
	}
	for i := range rows {
		e, err := rows[i].entry()
		if err != nil {
			return nil, err
		}
		said := Sentence{Text: e.Text, Category: e.Category}
		if len(all) < mostSentences && len([]rune(said.Text)) <= longestSentence && !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return all, nil
}

const (
	mostSentences   = 8
	longestSentence = 60 // characters
)

// Sentence is something that a person wrote, with its category.
type Sentence struct{ Text, Category string }
