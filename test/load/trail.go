package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger/trail"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
)

const (
	trailYears   = 2
	trailBatch   = 500 // acts of one statement
	trailPerTx   = 20  // statements of one transaction
	trailTarget  = 100 // ms
	trailReasons = 400
)

// house is what the acts of the measurement are made of: so many of each.
type trailHouse struct {
	r                                        *rand.Rand
	persons, units, addresses, cameras, told []string
	begin, step                              int64 // µs

	open []trailView // live views that have not ended, the oldest first
}

type trailView struct {
	id, person, camera string
	at                 int64 // µs
}

func newTrailHouse(n int) *trailHouse {
	h := &trailHouse{r: rand.New(rand.NewPCG(4, 4))}
	name := func(n int, form string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(form, i))
		}
		return out
	}
	h.persons, h.units, h.addresses, h.cameras = name(200, "person%07d"), name(30, "unit%09d"), name(300, "10.1.2.%d"), name(400, "camera%07d")
	for i := range trailReasons {
		h.told = append(h.told, fmt.Sprintf([]string{"第 %d 号门附近有人倒地，核对经过", "交接班前核对第 %d 次巡查情况", "A bag is missing near gate %d", "配合派出所调查第 %d 号案件", "Check of the lamp at place %d"}[i%5], i))
	}
	h.step = trailYears * 365 * 86_400e6 / int64(n)
	h.begin = time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	return h
}

// often picks one of a list, the first of them much more often than the last.
func (h *trailHouse) often(list []string) string {
	return list[int(float64(len(list))*math.Pow(h.r.Float64(), 2))]
}

// act makes the i-th act: what it is about and its detail.
func (h *trailHouse) act(i int) (id string, at int64, person, kind, camera, detail string) {
	at = h.begin + int64(i)*h.step + h.r.Int64N(h.step)
	id = fmt.Sprintf("%013d", i)
	person = h.often(h.persons)
	n := int(person[len(person)-1]) // what a person is does not change from act to act
	position := []string{"operator", "operator", "operator", "duty_lead", "technician", "supervisor", "leader", "auditor"}[n%8]
	who := fmt.Sprintf(`"actor":{"address":"%s","positions":["%s"],"session":"%013d","unit":"%s"}`, h.often(h.addresses), position, i/40, h.units[(n*7+int(person[len(person)-2]))%30])
	right := func(a string) string {
		return fmt.Sprintf(`"decision":{"action":"%s","policy":"built-in","position":"%s","rule":"built-in/%s/%s","verdict":"allowed"}`, a, position, position, a)
	}
	camera = h.often(h.cameras)
	switch p := h.r.IntN(1000); {
	case p < 225 || p < 450 && len(h.open) == 0:
		kind, detail = "live.opened", `"stream":"main","transport":"whep",`+right("live.view")
		h.open = append(h.open, trailView{id, person, camera, at})
	case p < 450:
		v := h.open[0]
		h.open = h.open[1:]
		kind, person, camera = "live.closed", v.person, v.camera
		detail = fmt.Sprintf(`"stream":"main","transport":"whep","opened":"%s","from":%d,"to":%d,`, v.id, v.at, at) + right("live.view")
	case p < 550:
		kind, detail = "live.picture", `"stream":"sub",`+right("live.view")
	case p < 700:
		from := at - h.r.Int64N(30*86_400e6)
		kind = "viewing.opened"
		detail = fmt.Sprintf(`"cameras":1,"from":%d,"to":%d,"purpose":"%s","reason":"%s",%s`, from, from+h.r.Int64N(8*3_600e6)+1,
			[]string{"duty_review", "duty_review", "duty_review", "incident", "inspection", "maintenance", "request"}[h.r.IntN(7)], h.told[h.r.IntN(len(h.told))], right("playback.view"))
	case p < 820:
		kind, camera, detail = "viewing.closed", "", right("playback.view")
	case p < 900:
		kind, camera, detail = "session.opened", "", `"address":"10.1.2.1","agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140"`
	case p < 940:
		kind, camera, detail = "session.closed", "", `"person":"`+person+`"`
	case p < 950:
		kind, camera, detail = "session.refused", "", `"known":true,"disabled":false`
	case p < 980:
		kind, detail = "snapshot.taken", fmt.Sprintf(`"at":%d,"sha256":"%064x","live":false,%s`, at-3_600e6, i, right("snapshot.take"))
	case p < 990:
		kind, detail = "access.refused", fmt.Sprintf(`"code":"right_missing","count":1,"since":%d,"route":"GET /api/v1/footage","decision":{"action":"playback.view","verdict":"refused"}`, at)
	default:
		kind, detail = []string{"camera.changed", "bookmark.created", "hold.placed", "camera.switched_off"}[h.r.IntN(4)], `"reason":"`+h.told[h.r.IntN(len(h.told))]+`",`+right("camera.configure")
	}
	return id, at, person, kind, camera, "{" + detail + "," + who + "}"
}

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
	h := newTrailHouse(n)
	var have int
	if err := d.Read().NewRaw("SELECT COUNT(*) FROM acts").Scan(ctx, &have); err != nil {
		return err
	}
	if have == 0 {
		if err := b.fillTrail(ctx, d, h, n); err != nil {
			return err
		}
	}
	now := clock.Clock(func() time.Time { return time.UnixMicro(h.begin).AddDate(trailYears, 0, 1) })
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

func (b *bench) fillTrail(ctx context.Context, d *db.DB, h *trailHouse, n int) error {
	began := time.Now()
	// Indexes are made at the end: that takes a tenth of the time and changes nothing in them.
	indexes := map[string]string{"acts_at": "at, id", "acts_person": "person, at", "acts_camera": "camera, at", "acts_kind": "kind, at"}
	for i := range indexes {
		if err := statement(ctx, d, "DROP INDEX "+i); err != nil {
			return err
		}
	}
	quote := func(s string) string { return strings.ReplaceAll(s, "'", "''") }
	for i := 0; i < n; {
		err := d.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			for range trailPerTx {
				var acts, outbox, waiting strings.Builder
				for range trailBatch {
					if i >= n {
						break
					}
					id, at, person, kind, camera, detail := h.act(i)
					sep := ","
					if acts.Len() == 0 {
						sep = ""
					}
					fmt.Fprintf(&acts, "%s('%s',%d,'%s','%s','','%s','%s')", sep, id, at, person, kind, camera, quote(detail))
					fmt.Fprintf(&outbox, "%s('%s','%032d','bench.example/log',%d)", sep, id, i, i)
					fmt.Fprintf(&waiting, "%s(%d,'%s')", sep, at, id)
					i++
				}
				if acts.Len() == 0 {
					break
				}
				for _, s := range []string{
					"INSERT INTO acts (id, at, person, kind, subject, camera, detail) VALUES " + acts.String(),
					"INSERT INTO act_unindexed (at, act) VALUES " + waiting.String(),
				} {
					if _, err := tx.ExecContext(ctx, s); err != nil {
						return err
					}
				}
				if _, err := tx.ExecContext(ctx, "INSERT INTO act_outbox (act, salt, log, leaf) SELECT column1, CAST(column2 AS "+blobOf(d)+"), column3, column4 FROM (VALUES "+outbox.String()+") AS v"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if i%(50*trailBatch*trailPerTx) == 0 {
			b.Say("trail: %d acts after %v", i, time.Since(began).Round(time.Second))
		}
	}
	for i, columns := range indexes {
		if err := statement(ctx, d, "CREATE INDEX "+i+" ON acts ("+columns+")"); err != nil {
			return err
		}
	}
	b.Say("trail: %d acts made in %v", n, time.Since(began).Round(time.Second))
	return nil
}

func blobOf(d *db.DB) string {
	if d.Engine() == db.PostgreSQL {
		return "BYTEA"
	}
	return "BLOB"
}

// statement runs a statement that may take longer than a transaction of the program.
func statement(ctx context.Context, d *db.DB, text string) error {
	s, err := d.PrepareWrite(ctx, text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return errors.Join(err, s.Close())
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
func (b *bench) searchTrail(ctx context.Context, d *db.DB, h *trailHouse, n int) error {
	pick := func(list []string) []string { return []string{list[h.r.IntN(len(list))]} }
	day := func() (int64, int64) {
		from := h.begin + h.r.Int64N(trailYears*365)*86_400e6
		return from, from + 10*3_600e6
	}
	worst, all := 0.0, []float64{}
	for _, c := range []struct {
		name string
		make func() trail.Query
	}{
		{"no condition", func() trail.Query { return trail.Query{} }},
		{"a person", func() trail.Query { return trail.Query{Persons: pick(h.persons)} }},
		{"a camera and a kind", func() trail.Query { return trail.Query{Cameras: pick(h.cameras), Kinds: []string{"viewing."}} }},
		{"who saw a camera's night", func() trail.Query {
			q := trail.Query{Cameras: pick(h.cameras), Kinds: []string{"live.", "viewing.", "snapshot."}}
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
			return trail.Query{Positions: []string{"duty_lead"}, Units: pick(h.units), Addresses: pick(h.addresses)}
		}},
		{"refusals of a camera", func() trail.Query { return trail.Query{Verdicts: []string{"refused"}, Cameras: pick(h.cameras)} }},
		{"what nothing meets: a position, a purpose and a kind that never go together", func() trail.Query {
			return trail.Query{Positions: []string{"operator"}, Purposes: []string{"duty_review"}, Kinds: []string{"live.opened"}}
		}},
		{"what nothing meets: nine conditions", func() trail.Query {
			return trail.Query{Persons: h.persons[:20], Positions: []string{"operator", "auditor"}, Units: h.units, Addresses: h.addresses[:100], Cameras: h.cameras[:100],
				Kinds: []string{"viewing.opened"}, Purposes: []string{"incident"}, Verdicts: []string{"refused"}, Rules: []string{"built-in/operator/playback.view"}}
		}},
		{"Chinese text", func() trail.Query { return trail.Query{Text: fmt.Sprintf("第 %d 号案件", 5*h.r.IntN(80)+3)} }},
		{"text and a person", func() trail.Query { return trail.Query{Text: "missing near gate", Persons: pick(h.persons)} }},
		{"text that nobody wrote", func() trail.Query { return trail.Query{Text: "案件倒地"} }},
		{"an old week", func() trail.Query {
			q := trail.Query{Positions: []string{"supervisor"}}
			q.From, _ = day()
			q.To = q.From + 7*86_400e6
			return q
		}},
		{"a duty lead's 40 cameras", func() trail.Query {
			scope := h.cameras[:40]
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
