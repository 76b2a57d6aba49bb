package purpose_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/disclosure"
	"watchroom/internal/disclosure/purpose"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// register is one whose clock goes on by a second whenever it is looked at.
func register(d *db.DB) *purpose.Register {
	at := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	return &purpose.Register{DB: d, Bus: &event.Bus{}, Clock: clock.Clock(func() time.Time { at = at.Add(time.Second); return at })}
}

func to[T any](v T) *T { return &v }

func find(t *testing.T, d *db.DB, code string) (purpose.Purpose, error) {
	t.Helper()
	return purpose.Find(t.Context(), d.Read(), code)
}

func kinds(t *testing.T, d *db.DB) (all []string) {
	t.Helper()
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range acts {
		all = append(all, a.Kind)
	}
	return all
}

var accident = purpose.New{Code: "traffic_accident", Change: purpose.Change{
	Name: &purpose.Words{ZH: "交通事故", EN: "Traffic accident"}, Basis: &purpose.Words{ZH: "园区交通管理规定第三条"}, Clauses: &[]string{"C106", "C006", "C006"}}}

// TestTheRegisterBeginsWithWhatThereWas: every purpose that viewings had before is there, in
// both languages and with a basis.
func TestTheRegisterBeginsWithWhatThereWas(t *testing.T) {
	clause.Covers(t, "C006")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		all, err := register(d).List(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]purpose.Purpose{}
		for _, p := range all {
			found[p.Code] = p
			if p.Name.ZH == "" || p.Name.EN == "" || p.Basis.ZH == "" || p.Basis.EN == "" || len(p.Clauses) == 0 || p.CreatedAt != 0 || p.RetiredAt != nil {
				t.Errorf("%+v", p)
			}
			if p.BySystem != (p.Code == purpose.DutyReview) || p.NeedsReason == p.BySystem {
				t.Errorf("%+v", p)
			}
		}
		for _, p := range []disclosure.Purpose{disclosure.DutyReview, disclosure.Incident, disclosure.Inspection, disclosure.Maintenance, disclosure.Request} {
			if _, ok := found[string(p)]; !ok || len(found) != 5 {
				t.Errorf("%s is not among %d", p, len(found))
			}
		}
	})
}

func TestAddChangeRetireRestore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
		heard := r.Bus.Subscribe(8)
		defer heard.Close()
		made, err := r.Add(t.Context(), chief, accident)
		want := purpose.Purpose{Code: "traffic_accident", Name: *accident.Name, Basis: *accident.Basis, Clauses: []string{"C006", "C106"}, NeedsReason: true, CreatedAt: made.CreatedAt}
		if diff := cmp.Diff(want, made); err != nil || diff != "" || made.CreatedAt == 0 {
			t.Fatalf("%v; want (-), got (+):\n%s", err, diff)
		}
		if got, err := find(t, d, made.Code); err != nil || !cmp.Equal(got, want) {
			t.Errorf("read again: %+v, %v", got, err)
		}
		changed, err := r.Change(t.Context(), chief, made.Code, purpose.Change{NeedsSecond: to(true), NeedsRequest: to(true), Back: to(48 * time.Hour)})
		if want.NeedsSecond, want.NeedsRequest, want.Back = true, true, 48*time.Hour; err != nil || !cmp.Equal(changed, want) {
			t.Errorf("changed: %+v, %v", changed, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]any{"needsSecond": map[string]any{"from": false, "to": true}, "needsRequest": map[string]any{"from": false, "to": true},
			"backMinutes": map[string]any{"from": 0.0, "to": 2880.0}}
		if a := acts[0]; a.Kind != "purpose.changed" || a.Subject != made.Code || a.Detail["purpose"] != made.Code || !cmp.Equal(a.Detail["changes"], any(of)) {
			t.Errorf("the act: %+v", a)
		}
		if _, err := r.Change(t.Context(), chief, made.Code, purpose.Change{NeedsRequest: to(true)}); err != nil || len(kinds(t, d)) != 2 {
			t.Errorf("nothing is changed: %v, %v", err, kinds(t, d))
		}
		if _, err := r.Restore(t.Context(), chief, made.Code, "by mistake"); !errors.Is(err, purpose.ErrUnchanged) {
			t.Errorf("restoring what is in use: %v", err)
		}
		retired, err := r.Retire(t.Context(), chief, made.Code, "no cars any more")
		if err != nil || retired.RetiredAt == nil {
			t.Fatalf("%+v, %v", retired, err)
		}
		if _, err := find(t, d, made.Code); !errors.Is(err, purpose.ErrRetired) {
			t.Errorf("retired: %v", err)
		}
		if _, err := r.Retire(t.Context(), chief, made.Code, "once more"); !errors.Is(err, purpose.ErrUnchanged) {
			t.Errorf("twice: %v", err)
		}
		if _, err := r.Restore(t.Context(), chief, made.Code, "cars again"); err != nil {
			t.Error(err)
		}
		if got, err := find(t, d, made.Code); err != nil || !cmp.Equal(got, want) {
			t.Errorf("restored: %+v, %v", got, err)
		}
		if events, _ := heard.Take(); len(events) != 4 || events[0].Kind != "purposes" || events[0].Subject != made.Code {
			t.Errorf("events = %+v", events)
		}
		if got := kinds(t, d); !cmp.Equal(got, []string{"purpose.restored", "purpose.retired", "purpose.changed", "purpose.added"}) {
			t.Errorf("acts = %v", got)
		}
	})
}

func TestRefusals(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
	with := func(change func(*purpose.New)) purpose.New {
		n := accident
		change(&n)
		return n
	}
	for name, c := range map[string]struct {
		n    purpose.New
		want error
	}{
		"there already":     {with(func(n *purpose.New) { n.Code = "incident" }), purpose.ErrTaken},
		"named like one":    {with(func(n *purpose.New) { n.Name = &purpose.Words{ZH: "别的", EN: "INCIDENT"} }), purpose.ErrTaken},
		"capital letters":   {with(func(n *purpose.New) { n.Code = "Accident" }), purpose.ErrCode},
		"no code":           {with(func(n *purpose.New) { n.Code = "" }), purpose.ErrCode},
		"look-alike letter": {with(func(n *purpose.New) { n.Code = "аccident" }), purpose.ErrCode},
		"endless":           {with(func(n *purpose.New) { n.Code = strings.Repeat("a", 41) }), purpose.ErrCode},
		"no name":           {with(func(n *purpose.New) { n.Name = &purpose.Words{ZH: "  "} }), purpose.ErrNameless},
		"a hidden letter":   {with(func(n *purpose.New) { n.Name = &purpose.Words{EN: "acci\u200bdent"} }), text.ErrCharacter},
		"a novel":           {with(func(n *purpose.New) { n.Name = &purpose.Words{EN: strings.Repeat("a", 10_000)} }), text.ErrTooLong},
		"no basis":          {with(func(n *purpose.New) { n.Basis = nil }), purpose.ErrBaseless},
		"no clause":         {with(func(n *purpose.New) { n.Clauses = &[]string{"6"} }), purpose.ErrClauses},
		"the future":        {with(func(n *purpose.New) { n.Back = to(-time.Minute) }), purpose.ErrBack},
		"seconds":           {with(func(n *purpose.New) { n.Back = to(time.Second) }), purpose.ErrBack},
	} {
		if _, err := r.Add(t.Context(), chief, c.n); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := r.Change(t.Context(), chief, "none", purpose.Change{}); !errors.Is(err, purpose.ErrUnknown) {
		t.Errorf("unknown: %v", err)
	}
	if _, err := r.Change(t.Context(), chief, purpose.DutyReview, purpose.Change{NeedsReason: to(true)}); !errors.Is(err, purpose.ErrBySystem) {
		t.Errorf("the program's own: %v", err)
	}
	if _, err := r.Retire(t.Context(), chief, "incident", " "); !errors.Is(err, text.ErrRequired) {
		t.Errorf("without a reason: %v", err)
	}
	elsewhere := access.NewActor(chief.Person, access.NewRights("house", nil, map[string]access.Place{"gate": {Areas: []string{"east"}, Grade: 1}}),
		access.Standing{Holdings: []access.Holding{{Position: access.Supervisor, Areas: []string{"east"}}}})
	for name, actor := range map[string]access.Actor{"a guard": people.Add(t, d, "guard", access.Operator), "an administrator": people.Add(t, d, "boss", access.Administrator),
		"nobody": {}, "a supervisor of some areas": elsewhere} {
		for what, err := range map[string]error{
			"add":    second(r.Add(t.Context(), actor, accident)),
			"change": second(r.Change(t.Context(), actor, "incident", purpose.Change{NeedsReason: to(false)})),
			"retire": second(r.Retire(t.Context(), actor, "incident", "because")),
		} {
			if problem.Of(err).Kind != problem.Forbidden {
				t.Errorf("%s may %s: %v", name, what, err)
			}
		}
	}
	if got := kinds(t, d); len(got) != 0 {
		t.Errorf("refused acts left %v", got)
	}
}

func second[T any](_ T, err error) error { return err }

// TestNothingChangesThatIsNotOnRecord makes the act impossible to write, and tries the table
// by hand.
func TestNothingChangesThatIsNotOnRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
		execute := func(sql string) error {
			return d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
		}
		for _, sql := range []string{"DELETE FROM purposes", "UPDATE purposes SET code = 'x' WHERE code = 'incident'", "UPDATE purposes SET by_system = TRUE"} {
			if err := execute(sql); !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
		trigger := "CREATE TRIGGER no_more BEFORE INSERT ON acts BEGIN SELECT RAISE(ABORT, 'no more'); END"
		if d.Engine() == db.PostgreSQL {
			trigger = "CREATE TRIGGER no_more BEFORE INSERT ON acts FOR EACH ROW EXECUTE FUNCTION refuse_change()"
		}
		if err := execute(trigger); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Add(t.Context(), chief, accident); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("%v", err)
		}
		if _, err := r.Retire(t.Context(), chief, "incident", "because"); !errors.Is(err, ledger.ErrNotRecorded) {
			t.Errorf("%v", err)
		}
		if _, err := find(t, d, "incident"); err != nil {
			t.Errorf("it was retired: %v", err)
		}
		if _, err := find(t, d, accident.Code); !errors.Is(err, purpose.ErrOutside) {
			t.Errorf("it was added: %v", err)
		}
	})
}

// TestARegisterIsWhatWasDone does acts at random and compares the register with a model.
func TestARegisterIsWhatWasDone(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r, chief := register(d), people.Add(t, d, "chief", access.Supervisor)
	codes := []string{"incident", "one", "two", "three"}
	model := map[string]bool{"incident": true} // in use
	rapid.Check(t, func(rt *rapid.T) {
		code := rapid.SampledFrom(codes).Draw(rt, "code")
		inUse, known := model[code]
		switch rapid.SampledFrom([]string{"add", "retire", "restore"}).Draw(rt, "act") {
		case "add":
			n := accident
			n.Code, n.Name = code, &purpose.Words{EN: "the " + code}
			if _, err := r.Add(t.Context(), chief, n); (err == nil) == known {
				rt.Fatalf("add %s: %v", code, err)
			}
			if !known {
				model[code] = true
			}
		case "retire":
			if _, err := r.Retire(t.Context(), chief, code, "because"); (err == nil) != inUse {
				rt.Fatalf("retire %s: %v", code, err)
			}
			if known {
				model[code] = false
			}
		case "restore":
			if _, err := r.Restore(t.Context(), chief, code, "because"); (err == nil) != (known && !inUse) {
				rt.Fatalf("restore %s: %v", code, err)
			}
			if known {
				model[code] = true
			}
		}
		for _, c := range codes {
			if _, err := find(t, d, c); (err == nil) != model[c] {
				rt.Fatalf("%s: %v", c, err)
			}
		}
	})
}
