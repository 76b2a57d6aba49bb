// Package acts makes the acts that a large house comes to in some years, for measurements of
// what finds them again.
package acts

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
)

// Years is how long they took.
const Years = 2

const (
	batch   = 500 // acts of one statement
	perTx   = 20  // statements of one transaction
	reasons = 400
)

// House is what the acts are made of: so many of each.
type House struct {
	R                                  *rand.Rand
	Persons, Units, Addresses, Cameras []string
	Begin                              int64 // µs

	told []string
	step int64  // µs
	open []view // live views that have not ended, the oldest first
}

type view struct {
	id, person, camera string
	at                 int64 // µs
}

// NewHouse is one that comes to n acts.
func NewHouse(n int) *House {
	h := &House{R: rand.New(rand.NewPCG(4, 4))}
	name := func(n int, form string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(form, i))
		}
		return out
	}
	h.Persons, h.Units, h.Addresses, h.Cameras = name(200, "person%07d"), name(30, "unit%09d"), name(300, "10.1.2.%d"), name(400, "camera%07d")
	for i := range reasons {
		h.told = append(h.told, fmt.Sprintf([]string{"第 %d 号门附近有人倒地，核对经过", "交接班前核对第 %d 次巡查情况", "A bag is missing near gate %d", "配合派出所调查第 %d 号案件", "Check of the lamp at place %d"}[i%5], i))
	}
	h.step = Years * 365 * 86_400e6 / int64(n)
	h.Begin = time.Date(2024, 11, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	return h
}

// often picks one of a list, the first of them much more often than the last.
func (h *House) often(list []string) string {
	return list[int(float64(len(list))*math.Pow(h.R.Float64(), 2))]
}

// act makes the i-th act: what it is about and its detail.
func (h *House) act(i int) (id string, at int64, person, kind, camera, detail string) {
	at = h.Begin + int64(i)*h.step + h.R.Int64N(h.step)
	id = fmt.Sprintf("%013d", i)
	person = h.often(h.Persons)
	n := int(person[len(person)-1]) // what a person is does not change from act to act
	position := []string{"operator", "operator", "operator", "duty_lead", "technician", "supervisor", "leader", "auditor"}[n%8]
	who := fmt.Sprintf(`"actor":{"address":"%s","positions":["%s"],"session":"%013d","unit":"%s"}`, h.often(h.Addresses), position, i/40, h.Units[(n*7+int(person[len(person)-2]))%30])
	right := func(a string) string {
		return fmt.Sprintf(`"decision":{"action":"%s","policy":"built-in","position":"%s","rule":"built-in/%s/%s","verdict":"allowed"}`, a, position, position, a)
	}
	camera = h.often(h.Cameras)
	switch p := h.R.IntN(1000); {
	case p < 225 || p < 450 && len(h.open) == 0:
		kind, detail = "live.opened", `"stream":"main","transport":"whep",`+right("live.view")
		h.open = append(h.open, view{id, person, camera, at})
	case p < 450:
		v := h.open[0]
		h.open = h.open[1:]
		kind, person, camera = "live.closed", v.person, v.camera
		detail = fmt.Sprintf(`"stream":"main","transport":"whep","opened":"%s","from":%d,"to":%d,`, v.id, v.at, at) + right("live.view")
	case p < 550:
		kind, detail = "live.picture", `"stream":"sub",`+right("live.view")
	case p < 700:
		from := at - h.R.Int64N(30*86_400e6)
		kind = "viewing.opened"
		detail = fmt.Sprintf(`"cameras":1,"from":%d,"to":%d,"purpose":"%s","reason":"%s",%s`, from, from+h.R.Int64N(8*3_600e6)+1,
			[]string{"duty_review", "duty_review", "duty_review", "incident", "inspection", "maintenance", "request"}[h.R.IntN(7)], h.told[h.R.IntN(len(h.told))], right("playback.view"))
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
		kind, detail = []string{"camera.changed", "bookmark.created", "hold.placed", "camera.switched_off"}[h.R.IntN(4)], `"reason":"`+h.told[h.R.IntN(len(h.told))]+`",`+right("camera.configure")
	}
	return id, at, person, kind, camera, "{" + detail + "," + who + "}"
}

// Fill makes the first n acts, as if the log had taken them in and the index had not. say
// tells how far it is.
func (h *House) Fill(ctx context.Context, d *db.DB, n int, say func(format string, args ...any)) error {
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
			for range perTx {
				var acts, outbox, waiting strings.Builder
				for range batch {
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
		if i%(50*batch*perTx) == 0 {
			say("%d acts after %v", i, time.Since(began).Round(time.Second))
		}
	}
	for i, columns := range indexes {
		if err := statement(ctx, d, "CREATE INDEX "+i+" ON acts ("+columns+")"); err != nil {
			return err
		}
	}
	say("%d acts made in %v", n, time.Since(began).Round(time.Second))
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
