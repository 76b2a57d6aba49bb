package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/trail"
	"watchroom/test/load/acts"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
)

const trailTarget = 100 // ms

// trail measures the first page of the audit trail, by any conditions.
func (b *bench) trail(ctx context.Context) error {
	n := b.acts
	if b.short {
		n = min(n, 300_000)
	}
	path := filepath.Join(b.folder, "trail.db")
	if b.archive != "" {
		path = filepath.Join(b.archive, "trail.db")
	}
	o := db.Options{Path: path}
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
	h := acts.NewHouse(n)
	var have int
	if err := d.Read().NewRaw("SELECT COUNT(*) FROM acts").Scan(ctx, &have); err != nil {
		return err
	}
	if have == 0 {
		if err := h.Fill(ctx, d, n, func(format string, args ...any) { b.Say("trail: "+format, args...) }); err != nil {
			return err
		}
	}
	now := clock.Clock(func() time.Time { return time.UnixMicro(h.Begin).AddDate(acts.Years, 0, 1) })
	index, began, pieces := &trail.Index{DB: d, Clock: now}, time.Now(), 0
	for {
		more, err := index.Step(ctx)
		if err != nil {
			return err
		}
		if !more {
			break
		}
		if pieces++; pieces%100 == 0 {
			b.Say("trail: %d blocks after %v", pieces, time.Since(began).Round(time.Second))
		}
	}
	if pieces > 0 {
		b.results.Add("trail, index of an act", time.Since(began).Seconds()/float64(n)*1e6, "µs", fmt.Sprintf("%d acts in %d pieces, %v", n, pieces, time.Since(began).Round(time.Second)))
	}
	if err := b.sizeOfTrail(ctx, d, n); err != nil {
		return err
	}
	return b.searchTrail(ctx, d, h, n)
}

// sizeOfTrail tells how much room the index takes.
func (b *bench) sizeOfTrail(ctx context.Context, d *db.DB, n int) error {
	if d.Engine() == db.PostgreSQL {
		var index, acts int64
		err := d.Read().NewRaw("SELECT pg_total_relation_size('act_blocks') + pg_total_relation_size('act_postings') + pg_total_relation_size('act_unindexed'), pg_total_relation_size('acts')").Scan(ctx, &index, &acts)
		if err == nil {
			b.results.Add("trail, size of the index", float64(index)/float64(n), "bytes an act", fmt.Sprintf("%d MiB beside %d MiB of acts with their own indexes", index>>20, acts>>20))
		}
		return err
	}
	size := func(where string) (out int64, err error) {
		err = d.Read().NewRaw("SELECT COALESCE(SUM(pgsize), 0) FROM dbstat WHERE aggregate = TRUE AND ("+where+")").Scan(ctx, &out)
		return out, err
	}
	index, err := size("name LIKE 'act_blocks%' OR name LIKE 'act_postings%' OR name LIKE 'act_unindexed%'")
	if err != nil {
		return err
	}
	acts, err := size("name LIKE 'acts%'")
	if err != nil {
		return err
	}
	b.results.Add("trail, size of the index", float64(index)/float64(n), "bytes an act", fmt.Sprintf("%d MiB beside %d MiB of acts with their own indexes", index>>20, acts>>20))
	return nil
}

// searchTrail asks for first pages by all sorts of conditions, those included that nothing
// meets although each of them alone is met often: these look through everything.
func (b *bench) searchTrail(ctx context.Context, d *db.DB, h *acts.House, n int) error {
	pick := func(list []string) []string { return []string{list[h.R.IntN(len(list))]} }
	day := func() (int64, int64) {
		from := h.Begin + h.R.Int64N(acts.Years*365)*86_400e6
		return from, from + 10*3_600e6
	}
	worst, all := 0.0, []float64{}
	for _, c := range []struct {
		name string
		make func() trail.Query
	}{
		{"no condition", func() trail.Query { return trail.Query{} }},
		{"a person", func() trail.Query { return trail.Query{Persons: pick(h.Persons)} }},
		{"a camera and a kind", func() trail.Query { return trail.Query{Cameras: pick(h.Cameras), Kinds: []string{"viewing."}} }},
		{"who saw a camera's night", func() trail.Query {
			q := trail.Query{Cameras: pick(h.Cameras), Kinds: []string{"live.", "viewing.", "snapshot."}}
			q.FootageFrom, q.FootageTo = day()
			return q
		}},
		{"who saw any camera live within ten minutes", func() trail.Query {
			q := trail.Query{Kinds: []string{"live."}}
			q.FootageFrom, _ = day()
			q.FootageTo = q.FootageFrom + 600e6
			return q
		}},
		{"a night's footage of any camera, for a purpose", func() trail.Query {
			q := trail.Query{Purposes: []string{"incident"}}
			q.FootageFrom, q.FootageTo = day()
			return q
		}},
		{"position, unit and address", func() trail.Query {
			return trail.Query{Positions: []string{"duty_lead"}, Units: pick(h.Units), Addresses: pick(h.Addresses)}
		}},
		{"refusals of a camera", func() trail.Query { return trail.Query{Verdicts: []string{"refused"}, Cameras: pick(h.Cameras)} }},
		{"what nothing meets: a position, a purpose and a kind that never go together", func() trail.Query {
			return trail.Query{Positions: []string{"operator"}, Purposes: []string{"duty_review"}, Kinds: []string{"live.opened"}}
		}},
		{"what nothing meets: nine conditions", func() trail.Query {
			return trail.Query{Persons: h.Persons[:20], Positions: []string{"operator", "auditor"}, Units: h.Units, Addresses: h.Addresses[:100], Cameras: h.Cameras[:100],
				Kinds: []string{"viewing.opened"}, Purposes: []string{"incident"}, Verdicts: []string{"refused"}, Rules: []string{"built-in/operator/playback.view"}}
		}},
		{"Chinese text", func() trail.Query { return trail.Query{Text: fmt.Sprintf("第 %d 号案件", 5*h.R.IntN(80)+3)} }},
		{"text and a person", func() trail.Query { return trail.Query{Text: "missing near gate", Persons: pick(h.Persons)} }},
		{"text that nobody wrote", func() trail.Query { return trail.Query{Text: "案件倒地"} }},
		{"an old week", func() trail.Query {
			q := trail.Query{Positions: []string{"supervisor"}}
			q.From, _ = day()
			q.To = q.From + 7*86_400e6
			return q
		}},
		{"a duty lead's 40 cameras", func() trail.Query {
			scope := h.Cameras[:40]
			return trail.Query{Scope: &scope, Verdicts: []string{"refused"}}
		}},
	} {
		var took []float64
		found, partial := 0, 0
		for range 20 {
			q := c.make()
			began := time.Now()
			p, err := trail.Read(ctx, d, q)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			took = append(took, time.Since(began).Seconds()*1000)
			found += len(p.Entries)
			if p.Partial {
				partial++
			}
		}
		load, _ := procfs.Load()
		median := report.Median(took)
		worst, all = max(worst, median), append(all, took...)
		b.results.Aim("trail, first page, "+c.name, median, "ms", trailTarget, fmt.Sprintf("median of 20; %.1f to %.1f; %d acts found; %d cut short; load average %.1f", report.Quantile(took, 0), report.Quantile(took, 1), found, partial, load))
		b.Say("trail: %s: %.1f ms (%.1f to %.1f), %d found, %d cut short", c.name, median, report.Quantile(took, 0), report.Quantile(took, 1), found, partial)
	}
	b.results.Aim(fmt.Sprintf("trail, first page of %d acts, the slowest of all conditions", n), worst, "ms", trailTarget, fmt.Sprintf("medians; 95 %% of all single pages within %.1f ms", report.Quantile(all, 0.95)))
	return nil
}
