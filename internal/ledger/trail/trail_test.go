package trail

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
)

// base is when the acts of these tests begin: 2026-11-24 00:00 UTC, a Tuesday.
const base = int64(1_795_478_400_000_000)

func record(t testing.TB, d *db.DB, acts ...ledger.Act) {
	t.Helper()
	err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, a := range acts {
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// some makes an act of few values, so that conditions meet often and in all ways.
func some(r *rand.Rand, i int) ledger.Act {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	// Neighbours often share their instant.
	a := ledger.Act{ID: fmt.Sprintf("act%06d", i), At: base + int64(r.IntN(400))*3_600_000_000/4, Person: pick("", "anna", "bo", "cem"), Kind: pick("live.opened", "live.closed", "viewing.opened", "camera.changed", "session.refused"), Camera: pick("", "gate", "yard")}
	d := map[string]any{}
	if a.Person != "" {
		d["actor"] = map[string]any{"positions": []any{pick("operator", "auditor"), "duty_lead"}, "unit": pick("north", "south"), "address": pick("10.0.0.1", "10.0.0.2")}
	}
	if a.Kind == "viewing.opened" {
		from := base - int64(r.IntN(5*24))*3_600_000_000
		d["from"], d["to"], d["purpose"] = from, from+int64(1+r.IntN(200))*3_600_000_000, pick("incident", "duty_review")
		d["reason"] = pick("南门附近有人倒地", "核对交接班", "A bag is missing at Gate 2", "大门口")
		if r.IntN(3) == 0 {
			d["present"] = []any{map[string]any{"person": pick("anna", "dan")}, map[string]any{"name": pick("李警官", "Officer Lee"), "unit": "城东派出所"}}
		}
		d["decision"] = map[string]any{"verdict": pick("allowed", "allowed", "refused"), "rule": pick("r1", "r2")}
	}
	if a.Kind == "live.closed" { // its interval is what was seen
		d["from"], d["to"] = a.At-int64(r.IntN(30))*3_600_000_000-1, a.At
	}
	if a.Kind == "live.closed" || a.Kind == "live.opened" && r.IntN(4) == 0 {
		d["opened"] = fmt.Sprintf("act%06d", r.IntN(i+1))
	}
	if strings.HasPrefix(a.Kind, "live.") {
		d["mark"] = pick("7KQ-2MD-4XZ", "000-000-000")
	}
	a.Detail = d
	return a
}

// every gives all pages of a query, forward from the oldest or back from the newest.
func every(t *testing.T, d *db.DB, q Query, forward bool) (ids []string) {
	t.Helper()
	if forward {
		q.Before, q.After = "", ""
		first := every(t, d, q, false)
		if len(first) == 0 {
			return first
		}
		q.After = first[len(first)-1]
		out := []string{q.After}
		for range 10_000 {
			p, err := Read(t.Context(), d, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range slices.Backward(p.Entries) {
				out = append(out, e.Act.ID)
			}
			if p.Newer == "" {
				slices.Reverse(out)
				return out
			}
			q.After = p.Newer
		}
	}
	ids = []string{}
	for range 10_000 {
		p, err := Read(t.Context(), d, q)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Entries) > q.Limit {
			t.Fatalf("%d on a page of %d", len(p.Entries), q.Limit)
		}
		for _, e := range p.Entries {
			ids = append(ids, e.Act.ID)
		}
		if p.Older == "" {
			return ids
		}
		q.Before = p.Older
	}
	t.Fatal("the pages do not end")
	return nil
}

// plainly is what a query should give, told in another way than the one that is tested.
func plainly(acts []ledger.Act, q Query) []string {
	slices.SortFunc(acts, func(a, b ledger.Act) int {
		if a.At != b.At {
			return int(b.At - a.At)
		}
		return strings.Compare(b.ID, a.ID)
	})
	in := func(list []string, v string) bool { return len(list) == 0 || slices.Contains(list, v) }
	ids := []string{}
	for _, a := range acts {
		who, _ := a.Detail["actor"].(map[string]any)
		dec, _ := a.Detail["decision"].(map[string]any)
		str := func(v any) string { s, _ := v.(string); return s }
		held := false
		if list, ok := who["positions"].([]any); ok {
			for _, p := range list {
				held = held || slices.Contains(q.Positions, p.(string))
			}
		}
		verdict := str(dec["verdict"])
		if a.Kind == "session.refused" {
			verdict = "refused"
		}
		from, to := int64(0), int64(0)
		switch {
		case a.Kind == "live.opened":
			from, to = a.At, a.At+1
		case a.Kind == "viewing.opened", a.Kind == "live.closed":
			from, to = a.Detail["from"].(int64), a.Detail["to"].(int64)
		}
		written, beside := str(a.Detail["reason"]), len(q.Present) == 0
		if list, ok := a.Detail["present"].([]any); ok {
			for _, e := range list {
				p := e.(map[string]any)
				beside = beside || p["person"] != nil && slices.Contains(q.Present, str(p["person"]))
				if p["name"] != nil {
					written += "\n" + str(p["name"]) + " " + str(p["unit"])
				}
			}
		}
		kind := len(q.Kinds) == 0
		for _, k := range q.Kinds {
			kind = kind || a.Kind == k || strings.HasSuffix(k, ".") && strings.HasPrefix(a.Kind, k)
		}
		switch {
		case len(q.Persons) > 0 && !slices.Contains(q.Persons, a.Person),
			len(q.Positions) > 0 && !held, !in(q.Units, str(who["unit"])), !in(q.Addresses, str(who["address"])), !in(q.Cameras, a.Camera), !kind, !beside,
			!in(q.Purposes, str(a.Detail["purpose"])), !in(q.Verdicts, verdict), !in(q.Rules, str(dec["rule"])), !in(q.Marks, str(a.Detail["mark"])),
			q.Scope != nil && !slices.Contains(*q.Scope, a.Camera),
			a.At < q.From, q.To != 0 && a.At >= q.To,
			q.FootageTo != 0 && (to == 0 || to <= q.FootageFrom || from >= q.FootageTo) && !goesOn(acts, a, q) && !(q.Then && q.FootageFrom <= a.At && a.At < q.FootageTo),
			q.Text != "" && !strings.Contains(strings.ToLower(written), strings.ToLower(q.Text)):
			continue
		}
		ids = append(ids, a.ID)
	}
	return ids
}

// goesOn tells whether a is the last word on a live view that had begun before the footage.
func goesOn(acts []ledger.Act, a ledger.Act, q Query) bool {
	began := func(b ledger.Act) string {
		if id, _ := b.Detail["opened"].(string); b.Kind == "live.closed" && id != "" {
			return id
		}
		return b.ID
	}
	if a.Kind != "live.opened" || a.At >= q.FootageFrom || a.At < q.FootageFrom-5*3_600_000_000 {
		return false
	}
	return !slices.ContainsFunc(acts, func(b ledger.Act) bool {
		known := len(q.Cameras) > 0 && slices.Contains(q.Cameras, b.Camera) || len(q.Cameras) == 0 && (q.Scope == nil || slices.Contains(*q.Scope, b.Camera))
		later := b.At > a.At || b.At == a.At && b.ID > a.ID
		return strings.HasPrefix(b.Kind, "live.") && known && later && began(b) == a.ID && b.At <= q.FootageFrom+5*3_600_000_000
	})
}

// TestALiveViewIsFoundWhileItGoesOn: who looked between three and ten past, where the view
// began at two and its next act comes at six; not where it had ended, and by every other
// condition.
func TestALiveViewIsFoundWhileItGoesOn(t *testing.T) {
	clause.Covers(t, "C114", "C099")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const hour = int64(3_600_000_000)
		live := func(id, person, kind string, at int64, detail map[string]any) ledger.Act {
			return ledger.Act{ID: id, At: base + at, Person: person, Kind: kind, Camera: "gate", Detail: detail}
		}
		of := func(id string, from, to int64) map[string]any {
			return map[string]any{"opened": id, "from": base + from, "to": base + to}
		}
		record(t, d,
			live("ended", "anna", "live.opened", 2*hour, nil),
			live("runs", "bo", "live.opened", 2*hour+1, nil),
			live("endsx", "anna", "live.closed", 2*hour+hour/2, of("ended", 2*hour, 2*hour+hour/2)),
			live("long", "cem", "live.opened", -20*hour, nil),
			live("longx", "cem", "live.continued", hour, of("long", -3*hour, hour)),
			live("crash", "cem", "live.opened", -30*hour, nil),
		)
		ask := func(from, to int64, edit func(*Query)) []string {
			t.Helper()
			q := Query{FootageFrom: base + from, FootageTo: base + to, Limit: 1}
			if edit != nil {
				edit(&q)
			}
			back := every(t, d, q, false)
			if diff := cmp.Diff(back, every(t, d, q, true)); diff != "" {
				t.Errorf("from the oldest: %s", diff)
			}
			return back
		}
		night := func(edit func(*Query)) []string { return ask(3*hour, 3*hour+hour/6, edit) }
		check := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		check("while it goes on", night(nil), "runs", "longx")
		check("of a camera", night(func(q *Query) { q.Cameras = []string{"gate"} }), "runs", "longx")
		check("of another camera", night(func(q *Query) { q.Cameras = []string{"yard"} }))
		check("by somebody", night(func(q *Query) { q.Persons = []string{"bo"} }), "runs")
		check("of live views", night(func(q *Query) { q.Kinds = []string{"live.", "viewing.opened"} }), "runs", "longx")
		check("of other acts", night(func(q *Query) { q.Kinds = []string{"viewing."} }))
		check("elsewhere", night(func(q *Query) { q.Scope = &[]string{"yard"} }))
		check("done since", night(func(q *Query) { q.From = base + 2*hour }), "runs")
		check("before it began", ask(hour+1, 2*hour, nil), "longx")
		check("long after it went on last", ask(12*hour, 13*hour, nil))
		record(t, d, live("runsx", "bo", "live.closed", 5*hour, of("runs", 2*hour+1, 5*hour)))
		check("after it has ended", night(nil), "runsx", "longx")
		check("later than its end", ask(5*hour, 6*hour, nil), "longx")
	})
}

func drawQuery(rt *rapid.T) Query {
	few := func(name string, of ...string) []string {
		if rapid.Bool().Draw(rt, name+" asked") {
			return nil
		}
		return rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, len(of), rapid.ID[string]).Draw(rt, name)
	}
	q := Query{
		Persons: few("person", "anna", "bo", "cem", "nobody"), Positions: few("position", "operator", "auditor", "leader"), Units: few("unit", "north", "south"),
		Addresses: few("address", "10.0.0.1", "10.0.0.2"), Cameras: few("camera", "gate", "yard"), Kinds: few("kind", "live.", "viewing.opened", "session.refused", "camera."),
		Purposes: few("purpose", "incident", "duty_review"), Present: few("present", "anna", "dan", "nobody"), Verdicts: few("verdict", "allowed", "refused"), Rules: few("rule", "r1", "r2"), Marks: few("mark", "7KQ-2MD-4XZ", "000-000-000"),
		Limit: rapid.SampledFrom([]int{7, 64, 500}).Draw(rt, "limit"),
	}
	if rapid.IntRange(0, 2).Draw(rt, "little is read") == 0 {
		q.rows = 9
	}
	// A query with everything finds nothing; most conditions fall away.
	for i, f := range []*[]string{&q.Persons, &q.Positions, &q.Units, &q.Addresses, &q.Cameras, &q.Kinds, &q.Purposes, &q.Present, &q.Verdicts, &q.Rules, &q.Marks} {
		if rapid.IntRange(0, 2).Draw(rt, fmt.Sprint("keep ", i)) > 0 {
			*f = nil
		}
	}
	if rapid.IntRange(0, 3).Draw(rt, "text asked") == 0 {
		q.Text = rapid.SampledFrom([]string{"门口", "bag is", "GATE 2", "交接班", "交班", "李警官", "派出所"}).Draw(rt, "text")
	}
	hours := func(name string) int64 { return base + rapid.Int64Range(-100, 120).Draw(rt, name)*3_600_000_000 }
	if rapid.IntRange(0, 3).Draw(rt, "time asked") == 0 {
		q.From = hours("from")
		q.To = q.From + rapid.Int64Range(1, 60).Draw(rt, "hours")*3_600_000_000
	}
	if rapid.IntRange(0, 3).Draw(rt, "footage asked") == 0 {
		q.FootageFrom = hours("footage from")
		q.FootageTo = q.FootageFrom + rapid.Int64Range(1, 60).Draw(rt, "footage hours")*3_600_000_000
		q.Then = rapid.Bool().Draw(rt, "done then")
	}
	if rapid.IntRange(0, 5).Draw(rt, "scope asked") == 0 {
		q.Scope = &[]string{"yard"}
	}
	return q
}

// TestAnySearchFindsWhatIsThereAndNothingElse compares every page of any search, both ways,
// with the acts themselves, while the index takes them in, late ones included.
func TestAnySearchFindsWhatIsThereAndNothingElse(t *testing.T) {
	clause.Covers(t, "C114")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := rand.New(rand.NewPCG(1, 2))
		var acts []ledger.Act
		index := &Index{DB: d, Clock: func() time.Time { return time.UnixMicro(base).Add(400 * time.Hour) }, size: 64, least: 16}
		try := func(checks int) {
			t.Helper()
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				if n++; n > checks {
					return
				}
				q := drawQuery(rt)
				want := plainly(acts, q)
				if diff := cmp.Diff(want, every(t, d, q, false)); diff != "" {
					rt.Fatalf("%+v: want (-), got (+):\n%s", q, diff)
				}
				if diff := cmp.Diff(want, every(t, d, q, true)); diff != "" {
					rt.Fatalf("%+v, from the oldest: want (-), got (+):\n%s", q, diff)
				}
			})
		}
		for round := range 4 {
			for range 100 {
				acts = append(acts, some(r, len(acts)))
				record(t, d, acts[len(acts)-1])
			}
			for range round * 5 { // the index is behind, then whole
				if _, err := index.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			try(8)
		}
		settleAll(t, index)
		try(20)
		if found, err := Check(t.Context(), d); err != nil || len(found) > 0 {
			t.Errorf("%v, %v", found, err)
		}
		var blocks, waiting int
		for query, into := range map[string]*int{"SELECT COUNT(*) FROM act_blocks": &blocks, "SELECT COUNT(*) FROM act_unindexed": &waiting} {
			if err := d.Read().NewRaw(query).Scan(t.Context(), into); err != nil {
				t.Fatal(err)
			}
		}
		if blocks < 400/64 || blocks > 40 || waiting >= 16 { // a few of the newest wait for more
			t.Errorf("%d blocks, %d acts wait", blocks, waiting)
		}
	})
}

func settleAll(t testing.TB, x *Index) {
	t.Helper()
	for range 1000 {
		more, err := x.Step(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return
		}
	}
	t.Fatal("the index does not come to rest")
}

// TestTheAuditorsQuestion: who looked at gate 2 last Tuesday night, why, and by what right?
func TestTheAuditorsQuestion(t *testing.T) {
	clause.Covers(t, "C099")
	clause.Covers(t, "C105")
	d := dbtest.Open(t, db.SQLite)
	night := base + 22*3_600_000_000 // 22:00
	actor := map[string]any{"positions": []any{"operator"}, "address": "10.0.0.7"}
	by := map[string]any{"verdict": "allowed", "action": "playback.view", "position": "operator", "rule": "built-in/operator/playback.view"}
	record(t, d,
		ledger.Act{ID: "live", At: night + 5, Person: "bo", Kind: "live.opened", Camera: "gate2", Detail: map[string]any{"actor": actor}},
		ledger.Act{ID: "later", At: night + 3*86_400e6, Person: "anna", Kind: "viewing.opened", Camera: "gate2",
			Detail: map[string]any{"actor": actor, "decision": by, "from": night, "to": night + 3_600e6, "purpose": "incident", "reason": "a bag is missing"}},
		ledger.Act{ID: "othernight", At: night + 4*86_400e6, Person: "anna", Kind: "viewing.opened", Camera: "gate2", Detail: map[string]any{"from": night + 86_400e6, "to": night + 90_000e6}},
		ledger.Act{ID: "othercamera", At: night + 6, Person: "bo", Kind: "live.opened", Camera: "gate1"},
		ledger.Act{ID: "setup", At: night + 7, Person: "cem", Kind: "camera.changed", Camera: "gate2"},
	)
	p, err := Read(t.Context(), d, Query{Cameras: []string{"gate2"}, FootageFrom: night - 2*3_600e6, FootageTo: night + 8*3_600e6})
	if err != nil || len(p.Entries) != 2 || p.Entries[0].Act.ID != "later" || p.Entries[1].Act.ID != "live" {
		t.Fatalf("%+v, %v", p, err)
	}
	// Who sat there that night and played back the noon of it looked in that night, too.
	record(t, d, ledger.Act{ID: "noon", At: night + 3_600e6, Person: "bo", Kind: "viewing.opened", Camera: "gate2", Detail: map[string]any{"from": night - 10*3_600e6, "to": night - 9*3_600e6}})
	q := Query{Cameras: []string{"gate2"}, Kinds: []string{"live.", "viewing.opened"}, FootageFrom: night - 2*3_600e6, FootageTo: night + 8*3_600e6, Limit: 50}
	if got := every(t, d, q, false); !slices.Equal(got, []string{"later", "live"}) {
		t.Errorf("by footage: %q", got)
	}
	q.Then = true
	if got := every(t, d, q, false); !slices.Equal(got, []string{"later", "noon", "live"}) {
		t.Errorf("by night: %q", got)
	}
	e := p.Entries[0]
	if e.Reason != "a bag is missing" || e.Purpose != "incident" || e.Rule != "built-in/operator/playback.view" || e.Position != "operator" || e.Address != "10.0.0.7" {
		t.Errorf("%+v", e.Facets)
	}
}

// TestAnIndexThatHidesAnActIsFound alters the index in every way that changes what a search
// gives.
func TestAnIndexThatHidesAnActIsFound(t *testing.T) {
	clause.Covers(t, "C114")
	for name, c := range map[string]struct{ change, want string }{
		"a term is taken away":    {"DELETE FROM act_postings WHERE term = 'panna'", `lacks "panna"`},
		"a term leads elsewhere":  {"UPDATE act_postings SET places = x'0001' WHERE term = 'panna'", `"panna" leads to other acts`},
		"a term is invented":      {"UPDATE act_postings SET term = 'pzoe' WHERE term = 'panna'", `has "pzoe"`},
		"a block is taken away":   {"DELETE FROM act_blocks", "in no block and do not wait"},
		"a block is cut short":    {"UPDATE act_blocks SET n = n - 1", "acts, and there are"},
		"its times are others":    {"UPDATE act_blocks SET ats = x'00' WHERE n > 1", "its times"},
		"an act waits no more":    {"DELETE FROM act_unindexed", "in no block and do not wait"},
		"its end is cut off":      {"UPDATE act_blocks SET stop = start", "acts, and there are"},
		"what is there is right":  {"UPDATE act_blocks SET n = n", ""},
		"the index was made anew": {"DELETE FROM act_postings; DELETE FROM act_blocks; INSERT INTO act_unindexed SELECT at, id FROM acts WHERE true ON CONFLICT DO NOTHING", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := dbtest.Open(t, db.SQLite)
			r := rand.New(rand.NewPCG(3, 4))
			for i := range 40 {
				record(t, d, some(r, i))
			}
			index := &Index{DB: d, Clock: func() time.Time { return time.UnixMicro(base).Add(400 * time.Hour) }, size: 64, least: 16}
			settleAll(t, index)
			record(t, d, ledger.Act{ID: "waits", At: base + 500*3_600_000_000, Kind: "k"})
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, c.change)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			found, err := Check(t.Context(), d)
			said := fmt.Sprint(found)
			if err != nil || c.want == "" && len(found) > 0 || !strings.Contains(said, c.want) {
				t.Errorf("%v, %v, want %q", said, err, c.want)
			}
		})
	}
}

func TestSearchesThatCannotBeMade(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	record(t, d, ledger.Act{ID: "a", At: base, Kind: "k"})
	many := make([]string, MaxValues+1)
	for name, c := range map[string]struct {
		q    Query
		want error
	}{
		"ends before it begins":      {Query{From: 5, To: 5}, ErrQuery},
		"footage before it begins":   {Query{FootageFrom: 9, FootageTo: 5}, ErrQuery},
		"too many":                   {Query{Cameras: many}, ErrQuery},
		"both ways at once":          {Query{Before: "a", After: "a"}, ErrQuery},
		"a mark that is not there":   {Query{Before: "b"}, ErrMark},
		"long footage is no mistake": {Query{FootageFrom: 1}, nil},
		"then, of no time":           {Query{Then: true}, ErrQuery},
		"nothing asked":              {Query{}, nil},
	} {
		if _, err := Read(t.Context(), d, c.q); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestTheIndexKeepsUpByItself: what is recorded comes into blocks without being asked for.
func TestTheIndexKeepsUpByItself(t *testing.T) {
	leak.Check(t)
	d := dbtest.Open(t, db.SQLite)
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 64 {
		record(t, d, some(r, i))
	}
	x := &Index{DB: d, Clock: clock.Clock(func() time.Time { return time.UnixMicro(base).Add(400 * time.Hour) }), Every: time.Millisecond, size: 64, least: 16}
	if err := x.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ; ; <-tick.C {
		n := 0
		if err := d.Read().NewRaw("SELECT COUNT(*) FROM act_unindexed").Scan(t.Context(), &n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
