package retention_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"watchroom/internal/access"
	"watchroom/internal/access/roll"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/warrant"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
)

// torn is a log that cannot show some of its entries any more.
type torn struct {
	proving
	gone map[int64]bool
}

func (p torn) Proved(ctx context.Context, origin string, index int64) ([]byte, error) {
	if p.gone[index] {
		return nil, warrant.ErrNone
	}
	return p.proving.Proved(ctx, origin, index)
}

// lose takes the entries out of the log by which some people were made, as a tile of an
// ended log takes them with it.
func (r *logged) lose(of ...access.Actor) {
	r.t.Helper()
	r.settle()
	all, _, err := ledger.LoggedOf(r.t.Context(), r.d.Read(), "person.created")
	if err != nil {
		r.t.Fatal(err)
	}
	gone := map[int64]bool{}
	for _, l := range all {
		gone[l.Leaf] = slices.ContainsFunc(of, func(a access.Actor) bool { return a.Person == l.Act.Subject })
	}
	r.engine.Warrants = &warrant.Reader{Log: torn{proving{r.log}, gone}}
}

// TestPeopleWhoseMakingIsLost: who may confirm is nobody any more once the log cannot show who
// made them. Whoever has the machine in hand puts them on record anew, and then what they decide
// counts, and what is due goes.
func TestPeopleWhoseMakingIsLost(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		files := r.record(r.gate, 200, 3)
		r.open()
		r.freeze(frozen.Missing, "3")
		r.lose(r.lead, r.boss, r.chief)
		for range 2 {
			r.confirm()
			if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) {
				t.Fatalf("%+v", rep)
			}
			r.has(files)
			all, err := r.engine.Frozen(t.Context()) // whoever confirms is told why it does not help
			if err != nil || !slices.ContainsFunc(all, func(f frozen.Freeze) bool {
				return f.Reason == frozen.Untrue && f.Detail == "people "+r.chief.Person
			}) {
				t.Errorf("frozen because of %+v, %v", all, err)
			}
		}
		r.now.Add(60_000_000)
		for _, a := range []access.Actor{r.boss, r.chief} {
			if _, err := roll.Confirm(t.Context(), d, access.CommandLine(), a.Person, r.now.Load()); err != nil {
				t.Fatal(err)
			}
		}
		if rep := r.pass(); !errors.Is(rep.Blocked, retention.ErrFrozen) { // nobody has looked yet
			t.Fatalf("%+v", rep)
		}
		r.set("", maximum(120))
		r.confirm()
		r.pass()
		r.confirm() // and of the acts by name that the log cannot show
		if rep := r.pass(); rep.Blocked != nil {
			t.Fatalf("%+v, %q", rep, r.frozen())
		}
		r.has()
		r.reported("people", "")
		r.reported("people_positions", "")
	})
}

// TestOthersWhoseMakingIsLost: of people who decided nothing about removal, whoever verifies the
// log is told; removal goes on.
func TestOthersWhoseMakingIsLost(t *testing.T) {
	clause.Covers(t, "C091")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newLogged(t, d)
		r.record(r.gate, 200, 3)
		ope := people.Add(t, d, "ope", access.Operator)
		people.OnRecord(t, d, ope)
		r.open()
		r.set("", maximum(120))
		r.lose(ope)
		if rep := r.pass(); rep.Blocked != nil {
			t.Errorf("%+v, %q", rep, r.frozen())
		}
		r.has()
	})
}
