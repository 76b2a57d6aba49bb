package rulebook

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/testkit/clause"
	"watchroom/internal/text"
)

func days(n int) *int { return &n }

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want error
	}{
		"the default":               {Main.Default(), nil},
		"order 799":                 {Rule{MinDays: 30, MinBasis: Order799, MaxDays: days(30), MaxBasis: Order799}, nil},
		"own with a note":           {Rule{MinDays: 7, MinBasis: Own, MinNote: "car park"}, nil},
		"own without":               {Rule{MinDays: 7, MinBasis: Own}, text.ErrRequired},
		"none":                      {Rule{MinDays: 0, MinBasis: Own, MinNote: "xx"}, ErrMinimum},
		"a hundred years":           {Rule{MinDays: 36500, MinBasis: Own, MinNote: "xx"}, ErrMinimum},
		"no basis":                  {Rule{MinDays: 90}, ErrBasis},
		"less than the law":         {Rule{MinDays: 89, MinBasis: AntiTerror}, ErrLeast},
		"less than the regime":      {Rule{MinDays: 89, MinBasis: Regime}, ErrLeast},
		"less than order 799":       {Rule{MinDays: 29, MinBasis: Order799}, ErrLeast},
		"a maximum below":           {Rule{MinDays: 90, MinBasis: Regime, MaxDays: days(89), MaxBasis: Privacy}, ErrMaximum},
		"a maximum beyond all":      {Rule{MinDays: 90, MinBasis: Regime, MaxDays: days(4000), MaxBasis: Privacy}, ErrMaximum},
		"a maximum without a basis": {Rule{MinDays: 90, MinBasis: Regime, MaxDays: days(90)}, ErrBasis},
		"a maximum without a note":  {Rule{MinDays: 90, MinBasis: Regime, MaxDays: days(90), MaxBasis: Sector}, text.ErrRequired},
	} {
		if err := c.rule.Validate(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// at is a rule of n days that came into force at an instant.
func at(when int64, camera string, n int) Entry {
	return Entry{ID: "r", Camera: camera, At: when, Rule: Rule{MinDays: n}}
}

func approved(r Entry) Entry { r.Existing = true; return r }

func follows(r Entry) Entry { r.Inherits = true; return r }

func TestWhatWasPromisedStands(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	for _, c := range []struct {
		name  string
		rules []Entry
		want  map[int64]int // days for footage that began at
	}{
		{"nothing was set", nil, map[int64]int{0: 90, 1000: 90}},
		{"raised: for all there is", []Entry{at(100, "", 180)}, map[int64]int{0: 180, 100: 180}},
		{"lowered by one: for what comes", []Entry{at(100, "", 30)}, map[int64]int{0: 90, 99: 90, 100: 30}},
		{"lowered by two: for all", []Entry{approved(at(100, "", 30))}, map[int64]int{0: 30, 100: 30}},
		{"raised and lowered by one", []Entry{at(100, "", 180), at(200, "", 30)}, map[int64]int{0: 180, 150: 180, 199: 180, 200: 30}},
		{"its own, higher", []Entry{at(100, "cam", 365)}, map[int64]int{0: 365, 100: 365}},
		{"another camera's", []Entry{at(100, "other", 365)}, map[int64]int{0: 90, 100: 90}},
		{"its own ends", []Entry{at(100, "cam", 365), follows(at(200, "cam", 0))}, map[int64]int{0: 365, 199: 365, 200: 90}},
		{"its own ends, by two", []Entry{at(100, "cam", 365), approved(follows(at(200, "cam", 0)))}, map[int64]int{0: 90, 200: 90}},
		{"two lower the default: its own promise stands", []Entry{at(100, "cam", 365), follows(at(200, "cam", 0)), approved(at(300, "", 30))},
			map[int64]int{0: 365, 199: 365, 200: 30, 300: 30}},
		{"two lower, then one raises", []Entry{approved(at(100, "", 30)), at(200, "", 60)}, map[int64]int{0: 60, 200: 60}},
	} {
		plan := (&Book{Main, c.rules}).Plan("cam")
		for start, want := range c.want {
			if got := plan.MinimumFor(start); got != want {
				t.Errorf("%s: footage of %d is promised %d days, want %d", c.name, start, got, want)
			}
		}
	}
}

// TestNoPromiseIsBrokenByOne draws histories of changes by single persons: what holds
// for a piece of footage never gets less.
func TestNoPromiseIsBrokenByOne(t *testing.T) {
	clause.Covers(t, "C091")
	rapid.Check(t, func(t *rapid.T) {
		b := Book{Class: Main}
		when := int64(0)
		for range rapid.IntRange(1, 10).Draw(t, "changes") {
			before := b.Plan("cam")
			when += rapid.Int64Range(1, 50).Draw(t, "later")
			r := at(when, rapid.SampledFrom([]string{"", "cam", "other"}).Draw(t, "camera"), rapid.IntRange(1, 400).Draw(t, "days"))
			r.Inherits = r.Camera != "" && rapid.Bool().Draw(t, "inherits")
			b.Rules = append(b.Rules, r)
			after := b.Plan("cam")
			for start := int64(0); start < when; start += 7 {
				if was, is := before.MinimumFor(start), after.MinimumFor(start); is < was {
					t.Fatalf("footage of %d was promised %d days and has %d after %+v", start, was, is, r)
				}
			}
		}
	})
}

// TestWindowsAreWhatIsBeyond compares the windows with the question put to single
// segments.
func TestWindowsAreWhatIsBeyond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Book{Class: Main}
		when := int64(0)
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			when += rapid.Int64Range(1, 30).Draw(t, "later") * Day
			r := at(when, rapid.SampledFrom([]string{"", "cam"}).Draw(t, "camera"), rapid.IntRange(1, 60).Draw(t, "days"))
			if rapid.Bool().Draw(t, "limited") {
				r.Rule.MaxDays = days(r.Rule.MinDays + rapid.IntRange(0, 30).Draw(t, "more"))
			}
			r.Existing = rapid.IntRange(0, 4).Draw(t, "by two") == 0
			b.Rules = append(b.Rules, r)
		}
		plan := b.Plan("cam")
		now := when + rapid.Int64Range(0, 200).Draw(t, "now")*Day
		for _, maximum := range []bool{false, true} {
			windows := plan.Beyond(now, maximum)
			for start := int64(0); start < now; start += Day / 3 {
				end := start + Day/2
				need := plan.MinimumFor(start)
				want := end+int64(need)*Day <= now
				if maximum {
					want = plan.MaxDays != nil && end+int64(max(need, *plan.MaxDays))*Day <= now
				}
				got := false
				for _, w := range windows {
					got = got || w.From <= start && start < w.To && end <= w.By
				}
				if got != want {
					t.Fatalf("footage of day %.1f at day %d, maximum %v: %v, want %v", float64(start)/float64(Day), now/Day, maximum, got, want)
				}
			}
		}
	})
}

func TestPromisedAndNext(t *testing.T) {
	b := &Book{Main, []Entry{at(100, "", 180), at(200, "", 30)}}
	p := b.Plan("")
	if p.Promised() != 180 || p.MinDays != 30 || p.Since != 200 || p.Own {
		t.Errorf("%+v", p)
	}
	if b.Next(50) != 201 || b.Next(500) != 500 {
		t.Error("a rule set under a clock that was set back comes before others")
	}
	if p.MinimumFor(math.MaxInt64-1) != 30 {
		t.Error("the rule in force ends")
	}
}

// TestSnapshotsUnderTheirFootage draws rules of both classes: what nobody has set is what the
// footage is promised, what one person sets takes nothing of it back, and what goes is past
// what was promised to it and past the maximum, to the microsecond.
func TestSnapshotsUnderTheirFootage(t *testing.T) {
	clause.Covers(t, "C090", "C091")
	rapid.Check(t, func(t *rapid.T) {
		footage, pictures := Book{Class: Main}, Book{Class: Snapshot}
		when := int64(0)
		for range rapid.IntRange(0, 4).Draw(t, "rules of footage") {
			when += rapid.Int64Range(1, 30).Draw(t, "later") * Day
			footage.Rules = append(footage.Rules, at(when, rapid.SampledFrom([]string{"", "cam"}).Draw(t, "camera"), rapid.IntRange(1, 200).Draw(t, "days")))
		}
		first := int64(0) // when a rule of snapshots came
		for range rapid.IntRange(0, 3).Draw(t, "rules of snapshots") {
			when += rapid.Int64Range(1, 30).Draw(t, "later") * Day
			r := at(when, rapid.SampledFrom([]string{"", "cam", "other"}).Draw(t, "whose"), rapid.IntRange(1, 100).Draw(t, "days"))
			r.Rule.MaxDays = days(r.Rule.MinDays + rapid.IntRange(0, 30).Draw(t, "more"))
			pictures.Rules = append(pictures.Rules, r)
			if first == 0 && r.Camera != "other" {
				first = when
			}
		}
		of := footage.Plan("cam")
		plan := pictures.Plan("cam").Under(&of)
		if plan.Footage != (first == 0) || plan.Footage && plan.MinDays != of.MinDays || plan.MinDays == 0 {
			t.Fatalf("%+v beside %+v", plan, of)
		}
		now := when + rapid.Int64Range(0, 250).Draw(t, "now")*Day
		windows := plan.Beyond(now, true)
		for start := int64(0); start < now; start += Day / 2 {
			need := plan.MinimumFor(start)
			if footage := of.MinimumFor(start); (first == 0 || start < first) && need < footage {
				t.Fatalf("a picture of %d is promised %d days, its footage %d", start, need, footage)
			}
			if plan.MaxDays == nil {
				continue
			}
			// The picture whose time is over at this very instant, and the one after it.
			for _, one := range []int64{start, now - int64(max(need, *plan.MaxDays))*Day, now - int64(max(need, *plan.MaxDays))*Day - 1} {
				want := one+1+int64(max(plan.MinimumFor(one), *plan.MaxDays))*Day <= now
				got := false
				for _, w := range windows {
					got = got || w.From <= one && one < w.To && one+1 <= w.By
				}
				if got != want {
					t.Fatalf("a picture of %d at %d: %v, want %v", one, now, got, want)
				}
			}
		}
	})
}

// TestRulesOfSnapshotsThatTakeTwo: below 90 days where it was not below, whatever nobody set.
func TestRulesOfSnapshotsThatTakeTwo(t *testing.T) {
	b := &Book{Class: Snapshot}
	for n, want := range map[int]bool{1: true, 89: true, 90: false, 180: false} {
		if one := at(1, "", n); b.Lowers(&one) != want {
			t.Errorf("%d days where nobody has set any: %v, want %v", n, !want, want)
		}
	}
	b.Rules = []Entry{at(1, "", 30)}
	for n, want := range map[int]bool{29: true, 30: false} {
		if one := at(2, "cam", n); b.Lowers(&one) != want {
			t.Errorf("%d days where 30 are set: %v, want %v", n, !want, want)
		}
	}
}
