package roll_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/roll"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
)

const minute = int64(60_000_000)

// told is an act in one line of a table: at which minute, by whom, what about whom.
func told(n int, at int64, person, kind, subject, detail string) roll.Act {
	return roll.Act{ID: fmt.Sprintf("act%03d", n), At: at * minute, Person: person, Kind: kind, Subject: subject, Log: "node/log", Leaf: int64(n), Detail: detail}
}

const (
	created   = "person.created"
	positions = "person.positions_changed"
)

// house is one that was set up, and whose administrator made a supervisor.
func house() []roll.Act {
	return []roll.Act{
		told(0, 1, "ann", created, "ann", `{"positions":["administrator"]}`),
		told(1, 2, "ann", created, "sue", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`),
	}
}

// TestWhoMight: every way in which people come to be, are given positions and lose them.
func TestWhoMight(t *testing.T) {
	clause.Covers(t, "C091")
	by := `{"decision":{"verdict":"allowed","position":"supervisor"}}`
	for name, c := range map[string]struct {
		more   []roll.Act // behind the house
		person string
		detail string // of the act; by as a supervisor where it is empty
		at     int64  // minute; 0: 100
		leaf   int    // 0: behind all
		no     bool
	}{
		"made by the administrator":           {person: "sue"},
		"who is none":                         {person: "joe", no: true},
		"the first administrator":             {person: "ann", detail: `{"decision":{"position":"administrator"}}`},
		"by a position not held":              {person: "ann", no: true},
		"before the act in the log and time":  {person: "sue", at: 1, leaf: -1, no: true},
		"earlier by the clock, later in log":  {person: "sue", at: 1},
		"later by the clock, earlier in log":  {person: "sue", leaf: -1},
		"an act of an earlier version":        {person: "sue", detail: `{"note":"looked"}`},
		"one of who is nobody":                {person: "joe", detail: `{"note":"looked"}`, no: true},
		"by the command line":                 {more: []roll.Act{told(2, 3, "", created, "cli", `{"positions":["supervisor"],"by":"command_line"}`)}, person: "cli"},
		"made by who is nobody":               {more: []roll.Act{told(2, 3, "joe", created, "fay", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`)}, person: "fay", no: true},
		"made by who may not":                 {more: []roll.Act{told(2, 3, "sue", created, "fay", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`)}, person: "fay", no: true},
		"makes themselves":                    {more: []roll.Act{told(2, 3, "fay", created, "fay", `{"positions":["administrator","supervisor"]}`)}, person: "fay", no: true},
		"of a directory":                      {more: []roll.Act{told(2, 3, "dir", created, "dir", `{"positions":[]}`), told(3, 3, "", positions, "dir", `{"from":[],"to":["supervisor"],"directory":"ad"}`)}, person: "dir"},
		"of a directory that gave nothing":    {more: []roll.Act{told(2, 3, "dir", created, "dir", `{"positions":[]}`)}, person: "dir", no: true},
		"given later":                         {more: []roll.Act{told(2, 3, "ann", positions, "ann2", `{"to":["supervisor"],"decision":{"position":"administrator"}}`)}, person: "ann2"},
		"in areas":                            {more: []roll.Act{told(2, 3, "ann", created, "bea", `{"positions":[{"position":"supervisor","areas":["a1"]}]}`)}, person: "bea"},
		"for a time":                          {more: []roll.Act{told(2, 3, "ann", created, "bea", fmt.Sprintf(`{"positions":[{"position":"supervisor","from":%d,"until":%d}]}`, 90*minute, 110*minute))}, person: "bea"},
		"whose time is over":                  {more: []roll.Act{told(2, 3, "ann", created, "bea", fmt.Sprintf(`{"positions":[{"position":"supervisor","until":%d}]}`, 50*minute))}, person: "bea", no: true},
		"whose time is to come":               {more: []roll.Act{told(2, 3, "ann", created, "bea", fmt.Sprintf(`{"positions":[{"position":"supervisor","from":%d}]}`, 200*minute))}, person: "bea", no: true},
		"withdrawn by a review":               {more: []roll.Act{told(2, 3, "ann", positions, "sue", `{"from":["supervisor"],"to":[],"review":"r","decision":{"position":"administrator"}}`)}, person: "sue", no: true},
		"withdrawn in the same minute":        {more: []roll.Act{told(2, 100, "ann", positions, "sue", `{"from":["supervisor"],"to":[],"decision":{"position":"administrator"}}`)}, person: "sue"},
		"withdrawn by who may not":            {more: []roll.Act{told(2, 3, "joe", positions, "sue", `{"from":["supervisor"],"to":[]}`)}, person: "sue"},
		"who left":                            {more: []roll.Act{told(2, 3, "ann", "person.left", "sue", `{"decision":{"position":"administrator"}}`)}, person: "sue", no: true},
		"who was shut out":                    {more: []roll.Act{told(2, 3, "ann", "person.disabled", "sue", `{"decision":{"position":"administrator"}}`)}, person: "sue", no: true},
		"who was let in again":                {more: []roll.Act{told(2, 3, "ann", "person.disabled", "sue", `{}`), told(3, 4, "ann", "person.enabled", "sue", `{}`)}, person: "sue"},
		"made by a lead, as who stands in is": {more: []roll.Act{told(2, 3, "sue", created, "tom", `{"positions":["stand_in"],"decision":{"verdict":"refused"}}`)}, person: "tom", detail: `{"decision":{"position":"stand_in"}}`},
		"made before who made them": {more: []roll.Act{ // two nodes wrote, or a clock was set back
			told(2, 3, "bob", created, "cat", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`),
			told(3, 2, "ann", created, "bob", `{"positions":["administrator"],"decision":{"position":"administrator"}}`)}, person: "cat"},
		"an act that nobody can read": {more: []roll.Act{told(2, 3, "ann", created, "bea", `{"positions":7}`)}, person: "bea", no: true},
	} {
		t.Run(name, func(t *testing.T) {
			a := told(9, 100, c.person, "deletion.approved", "o", by)
			if c.at != 0 {
				a.At = c.at * minute
			}
			if c.detail != "" {
				a.Detail = c.detail
			}
			if a.Leaf = 9; c.leaf != 0 {
				a.Leaf = int64(c.leaf)
			}
			if got := roll.Of(append(house(), c.more...)).May(a); got == c.no {
				t.Errorf("May is %v", got)
			}
		})
	}
}

// TestASecondSetUp: who deletes the administrators from the table is shown the set-up, and is
// no administrator for it.
func TestASecondSetUp(t *testing.T) {
	acts := append(house(), told(2, 50, "eve", created, "eve", `{"positions":["administrator"]}`),
		told(3, 51, "eve", created, "eva", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`))
	a := told(9, 100, "eva", "deletion.approved", "o", `{"decision":{"position":"supervisor"}}`)
	if roll.Of(acts).May(a) {
		t.Error("a second set-up makes people")
	}
	if !roll.Of(acts[2:]).May(a) {
		t.Error("a house of its own was not set up")
	}
}

// TestAnotherLog: a log that took the place of another stands behind it.
func TestAnotherLog(t *testing.T) {
	acts := house()
	a := roll.Act{ID: "x", At: minute, Person: "sue", Kind: "deletion.approved", Log: "node/log2", Leaf: 0, Detail: `{"decision":{"position":"supervisor"}}`}
	if !roll.Of(acts).May(a) {
		t.Error("who was made in the log before is nobody in this one")
	}
	acts = append(acts, roll.Act{ID: "y", At: 60 * minute, Person: "ann", Kind: positions, Subject: "sue", Log: "node/log2", Leaf: 1, Detail: `{"to":[],"decision":{"position":"administrator"}}`})
	a.At, a.Leaf = 70*minute, 2
	if roll.Of(acts).May(a) {
		t.Error("what was taken away in another log is still held")
	}
}

// TestConfirmedAnew: whose making the log cannot show holds what the command line confirms, from
// that act on, also where the act that opened the account again is lost. Nobody else confirms.
func TestConfirmedAnew(t *testing.T) {
	clause.Covers(t, "C091")
	shut := told(2, 3, "ann", "person.disabled", "sue", `{"decision":{"position":"administrator"}}`)
	confirmed := told(5, 50, "", "person.confirmed", "sue", `{"username":"sue","positions":["supervisor"],"by":"command_line"}`)
	act := func(leaf int) roll.Act {
		return told(leaf, int64(leaf)*10, "sue", "deletion.approved", "o", `{"decision":{"position":"supervisor"}}`)
	}
	forged := confirmed
	forged.Person, forged.Detail = "ann", `{"positions":["supervisor"],"decision":{"position":"administrator"}}`
	for name, c := range map[string]struct {
		acts []roll.Act
		leaf int
		may  bool
	}{
		"lost":             {house()[:1], 9, false},
		"confirmed":        {append(house()[:1], confirmed), 9, true},
		"before it":        {append(house()[:1], confirmed), 4, false},
		"by a person":      {append(house()[:1], forged), 9, false},
		"opened, and lost": {append(house(), shut, confirmed), 9, true},
		"shut out since":   {append(house(), confirmed, told(6, 60, "ann", "person.disabled", "sue", `{"decision":{"position":"administrator"}}`)), 9, false},
	} {
		if got := roll.Of(c.acts).May(act(c.leaf)); got != c.may {
			t.Errorf("%s: May is %v", name, got)
		}
	}
}

// TestConfirmRefuses who is shut out, and puts on record what is held.
func TestConfirmRefuses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		sue, old := people.Add(t, d, "sue", access.Supervisor), people.Add(t, d, "old", access.Leader)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.NewRaw("UPDATE people SET disabled = TRUE WHERE id = ?", old.Person).Exec(ctx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := roll.Confirm(t.Context(), d, access.CommandLine(), old.Person, 7); !errors.Is(err, roll.ErrShut) {
			t.Errorf("who is shut out: %v", err)
		}
		if held, err := roll.Confirm(t.Context(), d, access.CommandLine(), sue.Person, 7); err != nil || len(held) != 1 || held[0].Position != access.Supervisor {
			t.Fatalf("%+v, %v", held, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "person.confirmed"})
		if err != nil || len(acts) != 1 || acts[0].Person != "" || acts[0].Subject != sue.Person || acts[0].At != 7 || acts[0].Detail["by"] != "command_line" {
			t.Fatalf("%+v, %v", acts, err)
		}
		if found, err := roll.Differ(t.Context(), d.Read()); err != nil || len(found) != 1 || found[0].Row != "people "+old.Person {
			t.Errorf("%+v, %v", found, err)
		}
	})
}

// TestGivenByTwo: from the first act on that tells by how many people positions are given, what
// one gives alone counts only where nobody could confirm it yet, and what two give only where
// another proposed just that.
func TestGivenByTwo(t *testing.T) {
	clause.Covers(t, "C112")
	const proposed = "person.positions_proposed"
	admin := `"decision":{"position":"administrator"}`
	// fay proposes at the command of ann, and kim confirms; kim is a leader whom the machine made.
	kim := told(2, 3, "", created, "kim", `{"positions":["leader"],"alone":true,"by":"command_line"}`)
	wish := func(by, whom, to string) roll.Act {
		return told(3, 4, by, proposed, whom, `{"proposal":"p1","to":`+to+`,`+admin+`}`)
	}
	given := func(by, whom, to, more string) roll.Act {
		return told(4, 5, by, positions, whom, `{"to":`+to+`,`+more+`"decision":{"position":"`+map[string]string{"kim": "leader", "ann": "administrator"}[by]+`"}}`)
	}
	two := `"proposal":"p1",`
	for name, c := range map[string]struct {
		acts []roll.Act
		no   bool
	}{
		"by two":                     {acts: []roll.Act{kim, wish("ann", "fay", `["supervisor"]`), given("kim", "fay", `["supervisor"]`, two)}},
		"a directory and one":        {acts: []roll.Act{kim, wish("", "fay", `["supervisor"]`), given("kim", "fay", `["supervisor"]`, two)}},
		"by one":                     {acts: []roll.Act{kim, given("ann", "fay", `["supervisor"]`, "")}, no: true},
		"by one who says alone":      {acts: []roll.Act{kim, given("ann", "fay", `["supervisor"]`, `"alone":true,`)}, no: true},
		"by one who says two":        {acts: []roll.Act{kim, given("ann", "fay", `["supervisor"]`, two)}, no: true},
		"other than was proposed":    {acts: []roll.Act{kim, wish("ann", "fay", `["operator"]`), given("kim", "fay", `["supervisor"]`, two)}, no: true},
		"to another than proposed":   {acts: []roll.Act{kim, wish("ann", "tom", `["supervisor"]`), given("kim", "fay", `["supervisor"]`, two)}, no: true},
		"one's own proposal":         {acts: []roll.Act{kim, wish("kim", "fay", `["supervisor"]`), given("kim", "fay", `["supervisor"]`, two)}, no: true},
		"proposed by who is nobody":  {acts: []roll.Act{kim, wish("joe", "fay", `["supervisor"]`), given("kim", "fay", `["supervisor"]`, two)}, no: true},
		"the receiver confirms":      {acts: []roll.Act{kim, wish("ann", "kim", `["leader","supervisor"]`), given("kim", "kim", `["leader","supervisor"]`, two), told(5, 6, "kim", positions, "fay", `{"to":["supervisor"],"decision":{"position":"supervisor"}}`)}, no: true},
		"on the machine":             {acts: []roll.Act{kim, told(4, 5, "", positions, "fay", `{"to":["supervisor"],"alone":true,"by":"command_line"}`)}},
		"an earlier version":         {acts: []roll.Act{told(2, 3, "ann", positions, "fay", `{"to":["supervisor"],`+admin+`}`), told(3, 4, "", created, "kim", `{"positions":["leader"],"alone":true}`)}},
		"less than was given by two": {acts: []roll.Act{kim, wish("ann", "fay", `["operator","supervisor"]`), given("kim", "fay", `["operator","supervisor"]`, two), told(5, 6, "ann", positions, "fay", `{"to":["supervisor"],`+admin+`}`)}},
		"a stand-in for a shift":     {acts: []roll.Act{kim, told(3, 4, "", created, "fay", `{"positions":["supervisor"],"by":"command_line"}`), told(4, 5, "ann", created, "tom", `{"positions":["stand_in"],"alone":true,`+admin+`}`)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := roll.Of(append(house(), c.acts...))
			a := told(90, 100, "fay", "deletion.approved", "o", `{"decision":{"position":"supervisor"}}`)
			if got := r.May(a); got == c.no {
				t.Errorf("May is %v", got)
			}
			if a = told(90, 100, "tom", "live.opened", "c", `{"decision":{"position":"stand_in"}}`); name == "a stand-in for a shift" && !r.May(a) {
				t.Error("the stand-in is nobody")
			}
		})
	}
	// At a set-up nobody can confirm, and one person gives alone.
	first := []roll.Act{told(0, 1, "ann", created, "ann", `{"positions":["administrator"]}`),
		told(1, 2, "ann", created, "fay", `{"positions":["supervisor"],"alone":true,`+admin+`}`),
		told(2, 3, "ann", created, "eve", `{"positions":["supervisor"],"alone":true,`+admin+`}`)}
	r := roll.Of(first)
	for person, want := range map[string]bool{"fay": true, "eve": false} {
		if got := r.May(told(90, 100, person, "deletion.approved", "o", `{"decision":{"position":"supervisor"}}`)); got != want {
			t.Errorf("%s: May is %v", person, got)
		}
	}
}
