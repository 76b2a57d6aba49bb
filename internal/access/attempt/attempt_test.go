package attempt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/limit"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
)

var began = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func known(k Knows) func() Knows { return func() Knows { return k } }

// TestAPlaceThatKnowsTheNameCountsApart: whatever strangers do, and the other way round.
func TestAPlaceThatKnowsTheNameCountsApart(t *testing.T) {
	clause.Covers(t, "C113")
	d := New(nil)
	for i := range 300 {
		_, _ = d.Take("guard", access.Origin{Address: fmt.Sprintf("198.51.%d.7", i%60)}, known(Stranger), began) // refused or not
	}
	if _, err := d.Take("guard", access.Origin{Address: "192.0.2.7"}, known(Address), began); err != nil {
		t.Errorf("an address beside a former one: %v", err)
	}
	if _, err := d.Take("guard", access.Origin{Address: "198.51.3.7", Device: "tablet"}, known(Device), began); err != nil {
		t.Errorf("a browser, where they guess: %v", err)
	}
	if _, err := d.Take("lead", access.Origin{Address: "198.51.3.7"}, known(Stranger), began); err != nil {
		t.Errorf("another name: %v", err)
	}
}

// TestNothingIsAskedForAnAddressThatIsUsedUp: who has no cookie of a browser costs no look
// into the database either.
func TestNothingIsAskedForAnAddressThatIsUsedUp(t *testing.T) {
	d := New(nil)
	from := access.Origin{Address: "198.51.100.1"}
	asked := 0
	ask := func() Knows { asked++; return Stranger }
	for i := range 60 {
		_, _ = d.Take(fmt.Sprint(i), from, ask, began) // refused or not
	}
	if asked != 40 {
		t.Errorf("asked %d times, want 40", asked)
	}
}

// TestSuccessGivesBackWhatWasTaken: and no more of what others took.
func TestSuccessGivesBackWhatWasTaken(t *testing.T) {
	d := New(nil)
	for i := range 1000 {
		try, err := d.Take("guard", access.Origin{Address: fmt.Sprintf("192.0.%d.1", i%200)}, known(Stranger), began)
		if err != nil {
			t.Fatalf("sign-in %d: %v", i, err)
		}
		try.Succeeded()
	}
	for i := range 100 {
		_, _ = d.Take("guard", access.Origin{Address: fmt.Sprintf("198.51.%d.1", i)}, known(Stranger), began) // refused or not
	}
	try, err := d.Take("guard", access.Origin{Address: "192.0.2.1"}, known(Stranger), began)
	if err != nil {
		t.Fatal(err)
	}
	try.Succeeded()
	from := access.Origin{Address: "198.51.77.1"}
	if _, err := d.Take("guard", from, known(Stranger), began); !errors.Is(err, limit.ErrTooManyAttempts) {
		t.Errorf("the success of one gives another back what they took: %v", err)
	}
}

// TestWhoIsRefusedFromAfarWaitsNoLonger: refusals count nowhere.
func TestWhoIsRefusedFromAfarWaitsNoLonger(t *testing.T) {
	d := New(nil)
	for i := range 60 {
		_, _ = d.Take("guard", access.Origin{Address: fmt.Sprintf("198.51.%d.1", i)}, known(Stranger), began) // refused or not
	}
	from := access.Origin{Address: "192.0.2.1"}
	if _, err := d.Take("guard", from, known(Stranger), began); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := d.Take("guard", from, known(Stranger), began); problem.Of(err).Params["retryAfterSeconds"] != 900 {
			t.Fatal(err)
		}
	}
	if _, err := d.Take("guard", from, known(Stranger), began.Add(15*time.Minute)); err != nil {
		t.Errorf("after the longest wait: %v", err)
	}
}

// TestAFloodFromNewNetworksWaitsForItself: one of them is looked at at a time, and whoever
// comes from where the name is known, or before too many came, waits for none of them.
func TestAFloodFromNewNetworksWaitsForItself(t *testing.T) {
	d := New(nil)
	var all []Try
	for i := range 60 {
		try, err := d.Take("guard", access.Origin{Address: fmt.Sprintf("198.51.%d.1", i)}, known(Stranger), began)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, try)
	}
	late, cancel := context.WithCancel(t.Context())
	cancel()
	done, err := all[50].Turn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := all[51].Turn(late); !errors.Is(err, context.Canceled) {
		t.Errorf("a second one at a time: %v", err)
	}
	try, err := d.Take("guard", access.Origin{Address: "192.0.2.1"}, known(Address), began)
	if err != nil {
		t.Fatal(err)
	}
	for name, one := range map[string]Try{"who is known": try, "one of the first": all[3]} {
		if _, err := one.Turn(late); err != nil {
			t.Errorf("%s waits for the flood: %v", name, err)
		}
	}
	done()
	if _, err := all[51].Turn(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTheNewestComesFirst: and who has left takes no turn.
func TestTheNewestComesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q turns
		if err := q.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		var order []string
		gone, leave := context.WithCancel(t.Context())
		for _, name := range []string{"first", "second", "gone", "newest"} {
			ctx := t.Context()
			if name == "gone" {
				ctx = gone
			}
			go func() {
				if err := q.enter(ctx); err != nil {
					order = append(order, name+" has left")
					return
				}
				order = append(order, name)
				q.leave()
			}()
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		q.leave()
		synctest.Wait()
		if want := []string{"gone has left", "newest", "second", "first"}; !slices.Equal(order, want) {
			t.Errorf("%q, want %q", order, want)
		}
		if err := q.enter(t.Context()); err != nil || len(q.waiting) != 0 {
			t.Errorf("afterwards: %v, %d wait", err, len(q.waiting))
		}
	})
}
