package switched

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/db"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// TestGapsAgainstActs: of several acts, those of earlier versions, and such as a clock that
// was set back makes.
func TestGapsAgainstActs(t *testing.T) {
	clause.Covers(t, "C091")
	const hour = int64(3600e6)
	off := func(id string, at int64, words ...string) Act {
		return Act{ID: id, Camera: "gate", At: at * hour, Off: true, Words: words, Told: true, Log: "l", Leaf: at}
	}
	on := func(id string, at int64) Act { return Act{ID: id, Camera: "gate", At: at * hour, Log: "l", Leaf: at} }
	old := func(a Act) Act { a.Told = false; return a }
	day := []Act{on("a", 1), off("b", 10, "adm: painting"), on("c", 12), off("d", 20, "tec: cleaning"), on("e", 22)}
	back := off("f", 30, "adm: painting")
	back.Back, back.From = true, math.MinInt64
	// Versions up to 0.1 wrote no words; later the clock was once far behind.
	behind := off("z", 0, "adm: painting")
	behind.At, behind.Leaf = -1000*hour, 40
	set := []Act{old(on("a", 1)), off("d", 20, "tec: cleaning"), on("e", 22), behind}
	// And where it was behind when the first words were written.
	first := off("d", -1000, "tec: cleaning")
	first.Leaf = 20
	upgraded := []Act{old(on("a", 6)), first, on("e", 22)}
	for name, c := range map[string]struct {
		acts     []Act
		from, to int64 // hours
		words    string
		passed   bool
		wrong    bool
	}{
		"the first":                         {acts: day, from: 10, to: 12, words: "adm: painting"},
		"the second":                        {acts: day, from: 20, to: 22, words: "tec: cleaning"},
		"in words of the other":             {acts: day, from: 20, to: 22, words: "adm: painting", wrong: true},
		"in nobody's words":                 {acts: day, from: 20, to: 22, words: "eve: cleaning", wrong: true},
		"while it was on":                   {acts: day, from: 14, to: 15, wrong: true},
		"it begins before the act":          {acts: day, from: 5, to: 12, words: "adm: painting"}, // its pictures had ended
		"it lasts":                          {acts: day[:2], from: 10, to: math.MaxInt64 / hour, words: "adm: painting"},
		"without words":                     {acts: day, from: 10, to: 12, wrong: true},
		"without words, as it used to be":   {acts: []Act{on("a", 1), old(off("b", 10, "adm: painting"))}, from: 10, to: 12},
		"before words were written":         {acts: append([]Act{old(on("0", 0))}, day...), from: 0, to: 1},
		"before words, in the log's order":  {acts: set, from: 4, to: 5},
		"since words, in the log's order":   {acts: set, from: 21, to: 21, wrong: true},
		"before words under a wrong clock":  {acts: upgraded, from: 4, to: 5},
		"since words after a wrong clock":   {acts: upgraded, from: 21, to: 21, wrong: true},
		"an act that is damaged":            {acts: day, from: 20, to: 22, words: "eve: cleaning", passed: true},
		"a camera of which no act tells":    {from: 20, to: 22, words: "eve: cleaning"},
		"of a database that was lost":       {acts: []Act{back}, from: 3, to: 4, words: "eve: cleaning"},
		"since it was taken back":           {acts: []Act{back}, from: 31, to: 32, words: "adm: painting"},
		"otherwise since":                   {acts: []Act{back}, from: 31, to: 32, words: "eve: cleaning", wrong: true},
		"under a clock that was set back":   {acts: []Act{off("b", 10, "adm: painting"), {ID: "c", Camera: "gate", At: 8 * hour, Log: "l", Leaf: 11}}, from: 7, to: 8, words: "adm: painting"},
		"and in other words all the same":   {acts: []Act{off("b", 10, "adm: painting"), {ID: "c", Camera: "gate", At: 8 * hour, Log: "l", Leaf: 11}}, from: 7, to: 8, words: "eve: cleaning", wrong: true},
		"nobody and nothing, as it is said": {acts: []Act{off("b", 10)}, from: 10, to: 12},
	} {
		t.Run(name, func(t *testing.T) {
			dbtest.Each(t, func(t *testing.T, d *db.DB) {
				end := c.to
				if end < math.MaxInt64/hour {
					end *= hour
				} else {
					end = math.MaxInt64
				}
				err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					_, err := tx.NewRaw("INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES ('gate', ?, ?, 'gap', 'switched_off', ?), ('gate', -5, -4, 'gap', 'network', 'x')",
						c.from*hour, end, c.words).Exec(ctx)
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				found, err := Differ(t.Context(), d.Read(), c.acts, map[string]bool{"gate": c.passed})
				if err != nil || (len(found) == 1) != c.wrong || len(found) > 0 && found[0].Row != fmt.Sprintf("coverage gate %d", c.from*hour) {
					t.Errorf("found %+v, %v", found, err)
				}
			})
		})
	}
}
