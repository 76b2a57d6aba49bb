package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/db"
	"watchroom/internal/duty"
	"watchroom/internal/duty/logbook"
)

const (
	recordTarget = 300 // ms
	recordTx     = 300
)

// dutyRecord measures searches of a duty record with five million entries. The entries are lines of
// the program, which go the same way as those of people, into one room of three.
func (b *bench) dutyRecord(ctx context.Context) error {
	n := b.entries
	if b.short {
		n = min(n, 100_000)
	}
	folder := b.folder
	if b.archive != "" {
		folder = b.archive
	}
	o := db.Options{Path: filepath.Join(folder, "duty.db")}
	if b.postgres != "" {
		address, drop, err := newDatabase(ctx, b.postgres)
		if err != nil {
			return err
		}
		defer drop()
		o = db.Options{URL: address}
	}
	d, err := db.Open(ctx, o)
	if err != nil {
		return err
	}
	defer d.Close()
	now := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	begin := now.AddDate(-2, 0, 0)
	at := begin
	rooms := &duty.Rooms{DB: d, Clock: func() time.Time { return at }}
	book := &logbook.Book{DB: d, Clock: func() time.Time { return at }, Rooms: rooms}
	who := access.ActorOf("duty000person", access.Supervisor)
	if err := recordRooms(ctx, d, rooms, who); err != nil {
		return err
	}
	all, err := duty.All(ctx, d.Read())
	if err != nil {
		return err
	}
	var have int
	if err := d.Read().NewRaw("SELECT COALESCE(MAX(seq), 0) FROM duty_entries").Scan(ctx, &have); err != nil {
		return err
	}
	r, began := rand.New(rand.NewPCG(4, uint64(have))), time.Now()
	step := now.Sub(begin) / time.Duration(n)
	for i := have; i < n; {
		err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for end := min(i+recordTx, n); i < end; i++ {
				at = begin.Add(time.Duration(i) * step)
				if err := book.Note(ctx, tx, recordLine(r, all, i, at)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if i%100_000 < recordTx {
			b.Say("duty: %d entries after %v", i, time.Since(began).Round(time.Second))
		}
	}
	if have < n {
		b.results.Add("duty record, entry to stored in bulk", time.Since(began).Seconds()/float64(n-have)*1e6, "µs", fmt.Sprintf("%d entries, %v", n-have, time.Since(began).Round(time.Second)))
	}
	at = now
	return b.findEntries(ctx, book, who, all, n)
}

func recordRooms(ctx context.Context, d *db.DB, rooms *duty.Rooms, who access.Actor) error {
	n, err := d.Read().NewSelect().Table("rooms").Count(ctx)
	if err != nil || n > 0 {
		return err
	}
	err = d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO people (id, username, username_key, display_name, password_hash, disabled, created_at) VALUES (?, 'duty', 'duty', 'duty', '', FALSE, 1)`, who.Person)
		return err
	})
	for i := range 3 {
		if err == nil {
			_, err = rooms.Add(ctx, who, duty.Content{Name: fmt.Sprintf("监控室 %d", i), Head: who.Person, Staff: 1, Hours: duty.RoundTheClock})
		}
	}
	return err
}

// recordLine is one that a record has: 1 in 50 is rare, and most are alike.
func recordLine(r *rand.Rand, rooms []duty.Room, i int, at time.Time) duty.Line {
	l := duty.Line{Room: rooms[0].ID, At: at.UnixMicro(), Cameras: []string{fmt.Sprintf("camera%07d", r.IntN(400))}, Person: fmt.Sprintf("person%07d", r.IntN(200))}
	if r.IntN(10) == 0 {
		l.Room = rooms[1+r.IntN(2)].ID
	}
	l.Code = []string{"fault", "alarm", "instruction_given", "fault_closed", "breach"}[r.IntN(5)]
	text := []string{"第 %d 号门附近有人倒地，已拨打急救电话", "巡查完毕，一切正常，第 %d 次", "A bag is missing near gate %d", "消防通道堆放纸箱，已通知第 %d 班组清理", "三楼照明损坏，报修单 %d"}[r.IntN(5)]
	l.Params = map[string]any{"text": fmt.Sprintf(text, i%5000), "person": l.Person, "camera": l.Cameras[0]}
	return l
}

// findEntries asks for first and second pages by all sorts of conditions.
func (b *bench) findEntries(ctx context.Context, book *logbook.Book, who access.Actor, rooms []duty.Room, n int) error {
	now := book.Clock.Micro()
	day := int64(86_400e6)
	worst := 0.0
	for _, c := range []struct {
		name string
		q    logbook.Query
	}{
		{"newest of a room", logbook.Query{Room: rooms[0].ID}},
		{"a word of four characters", logbook.Query{Text: "消防通道"}},
		{"a word of two", logbook.Query{Text: "照明"}},
		{"one character", logbook.Query{Text: "倒"}},
		{"English words", logbook.Query{Text: "bag gate"}},
		{"a number that is rare", logbook.Query{Text: "报修单 4711"}},
		{"words that never meet", logbook.Query{Text: "消防 照明"}},
		{"an unknown word", logbook.Query{Text: "直升机"}},
		{"a word in another room", logbook.Query{Room: rooms[2].ID, Text: "消防"}},
		{"camera and category", logbook.Query{Camera: "camera0000007", Categories: []string{"alarm"}}},
		{"author", logbook.Query{Author: "person0000007", Text: "正常"}},
		{"a day of last year", logbook.Query{From: now - 400*day, To: now - 399*day, Text: "纸箱"}},
		{"a month of last year", logbook.Query{Room: rooms[0].ID, From: now - 430*day, To: now - 400*day}},
		{"severity", logbook.Query{Severities: []logbook.Severity{logbook.Important}, Text: "急救"}},
		{"open follow-ups", logbook.Query{Open: true}},
	} {
		var took []float64
		for range 10 {
			q := c.q
			for range 2 {
				began := time.Now()
				page, more, err := book.Find(ctx, who, q)
				if err != nil {
					return err
				}
				took = append(took, float64(time.Since(began).Microseconds())/1000)
				if !more {
					break
				}
				q.Before = page[len(page)-1].Seq
			}
		}
		slices.Sort(took)
		worst = max(worst, took[len(took)-1])
		b.results.Add("duty record, "+c.name, took[len(took)/2], "ms", fmt.Sprintf("slowest of %d: %.1f ms", len(took), took[len(took)-1]))
	}
	b.results.Add("duty record, slowest search", worst, "ms", fmt.Sprintf("%d entries, target %d ms", n, recordTarget))
	return nil
}
