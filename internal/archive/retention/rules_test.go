package retention_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/proof"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/compliance"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/retention/rulebook"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

func TestRulesChange(t *testing.T) {
	clause.Covers(t, "C092")
	leak.Check(t)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := present
		rules := &retention.Rules{DB: d, Clock: func() time.Time { return time.UnixMicro(now) },
			Known: func(_ context.Context, camera string) (bool, error) { return camera != "none", nil }}
		boss, chief := people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
		order := retention.Rule{MinDays: 30, MinBasis: retention.Order799}
		set := func(w retention.Wish) (retention.Change, error) {
			now += second
			w.Class, w.Reason = retention.Main, "a reason"
			return rules.Set(t.Context(), boss, w)
		}
		plan := func(camera string) retention.Plan {
			t.Helper()
			plans, err := rules.Plans(t.Context(), chief, retention.Main, camera)
			if err != nil {
				t.Fatal(err)
			}
			return plans[camera]
		}
		if p := plan("gate"); p.MinDays != 90 || p.MinBasis != retention.Regime || p.MaxDays != nil || p.ID != rulebook.DefaultID || p.Own {
			t.Errorf("the default: %+v", p)
		}
		raised, err := set(retention.Wish{Camera: "gate", Rule: retention.Rule{MinDays: 180, MinBasis: retention.AntiTerror}})
		if err != nil || raised.Waiting() {
			t.Fatalf("%+v, %v", raised, err)
		}
		if p, q := plan("gate"), plan("yard"); p.MinDays != 180 || !p.Own || p.ID != raised.ID || q.MinDays != 90 {
			t.Errorf("%+v, %+v", p, q)
		}
		if c, err := set(retention.Wish{Camera: "gate", Rule: retention.Rule{MinDays: 120, MinBasis: retention.Regime}}); err != nil || c.Waiting() {
			t.Fatalf("not below what is asked of all: %+v, %v", c, err)
		}
		below, err := set(retention.Wish{Camera: "gate", Rule: order})
		if err != nil || !below.Waiting() || plan("gate").MinDays != 120 {
			t.Fatalf("below it, by one: %+v, %v", below, err)
		}
		if _, err := rules.Decide(t.Context(), boss, below.ID, true, ""); !errors.Is(err, retention.ErrOwn) {
			t.Error(err)
		}
		now += second
		if c, err := rules.Decide(t.Context(), chief, below.ID, true, ""); err != nil || c.InForceAt == 0 {
			t.Fatalf("%+v, %v", c, err)
		}
		if p := plan("gate"); p.MinDays != 30 || p.MinimumFor(present) != 180 || p.MinimumFor(now) != 30 {
			t.Errorf("lowered: %+v", p)
		}
		wish := retention.Wish{Camera: "gate", Rule: order, Existing: true}
		waits, err := set(wish)
		if err != nil || !waits.Waiting() {
			t.Fatalf("%+v, %v", waits, err)
		}
		if _, err := set(wish); !errors.Is(err, retention.ErrWaits) {
			t.Error(err)
		}
		if _, err := rules.Decide(t.Context(), boss, waits.ID, true, ""); !errors.Is(err, retention.ErrOwn) {
			t.Error(err)
		}
		if _, err := rules.Withdraw(t.Context(), chief, waits.ID); !errors.Is(err, retention.ErrNotYours) {
			t.Error(err)
		}
		if _, err := rules.Decide(t.Context(), chief, waits.ID, false, ""); !errors.Is(err, text.ErrRequired) {
			t.Error(err)
		}
		if c, err := rules.Decide(t.Context(), chief, waits.ID, false, "not yet"); err != nil || c.Decision != "rejected" || c.InForceAt != 0 {
			t.Errorf("%+v, %v", c, err)
		}
		if _, err := rules.Decide(t.Context(), chief, waits.ID, true, ""); !errors.Is(err, retention.ErrDecided) {
			t.Error(err)
		}
		if waits, err = set(wish); err != nil {
			t.Fatal(err)
		}
		if c, err := rules.Withdraw(t.Context(), boss, waits.ID); err != nil || c.Waiting() {
			t.Errorf("%+v, %v", c, err)
		}
		if p := plan("gate"); p.MinimumFor(present) != 180 {
			t.Errorf("a promise is gone: %+v", p)
		}
		if waits, err = set(wish); err != nil {
			t.Fatal(err)
		}
		if c, err := rules.Decide(t.Context(), chief, waits.ID, true, "the law allows it"); err != nil || c.DecidedBy != chief.Person || c.InForceAt == 0 {
			t.Errorf("%+v, %v", c, err)
		}
		if p := plan("gate"); p.MinimumFor(present) != 30 {
			t.Errorf("%+v", p)
		}
		if c, err := set(retention.Wish{Camera: "gate", Inherits: true}); err != nil || c.Waiting() {
			t.Errorf("%+v, %v", c, err)
		}
		if p := plan("gate"); p.MinDays != 90 || p.Own {
			t.Errorf("%+v", p)
		}
		if history, err := rules.Changes(t.Context(), chief, "gate", 0); err != nil || len(history) != 7 {
			t.Errorf("%+v, %v", history, err)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "retention.", Camera: "gate", Limit: 500})
		if err != nil || len(acts) != 11 {
			t.Fatalf("%d acts, %v", len(acts), err)
		}
		first := acts[10].Detail
		delete(first, access.KeyActor) // who and by what right, as every act tells it
		delete(first, access.KeyDecision)
		want := map[string]any{"class": "main", "reason": "a reason", "existing": false, "in_force": first["in_force"],
			"before": map[string]any{"minimum": 90.0, "minimum_basis": "regime", "minimum_note": "", "maximum": nil},
			"after":  map[string]any{"minimum": 180.0, "minimum_basis": "anti_terror", "minimum_note": "", "maximum": nil}}
		delete(first, access.KeyActor) // which package access shows
		delete(first, access.KeyDecision)
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		for _, s := range []string{"DELETE FROM retention_rules", "UPDATE retention_rules SET min_days = 1", "UPDATE retention_rules SET decided_at = 5"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, s)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", s, err)
			}
		}
	})
}

func TestRuleRefusals(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	rules := &retention.Rules{DB: d, Known: func(_ context.Context, camera string) (bool, error) { return camera != "none", nil }}
	boss := people.Add(t, d, "boss", access.Supervisor)
	good := retention.Wish{Class: retention.Main, Rule: retention.Main.Default(), Reason: "a reason"}
	for name, c := range map[string]struct {
		actor access.Actor
		edit  func(*retention.Wish)
		want  error
	}{
		"the administrator": {access.ActorOf("x", access.Administrator), func(*retention.Wish) {}, access.ErrRightMissing},
		"the duty lead":     {access.ActorOf("x", access.DutyLead), func(*retention.Wish) {}, access.ErrRightMissing},
		"the command line":  {access.CommandLine(), func(*retention.Wish) {}, access.ErrRightMissing},
		"nobody":            {access.ActorOf("", access.Leader), func(*retention.Wish) {}, retention.ErrNobody},
		"another class":     {boss, func(w *retention.Wish) { w.Class = "audio" }, rulebook.ErrClass},
		"no camera":         {boss, func(w *retention.Wish) { w.Camera = "none" }, retention.ErrCamera},
		"no reason":         {boss, func(w *retention.Wish) { w.Reason = "" }, text.ErrRequired},
		"a bad rule":        {boss, func(w *retention.Wish) { w.Rule.MinDays = 0 }, rulebook.ErrMinimum},
	} {
		w := good
		c.edit(&w)
		if _, err := rules.Set(t.Context(), c.actor, w); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := rules.Decide(t.Context(), boss, db.NewID(), true, ""); !errors.Is(err, retention.ErrChange) {
		t.Error(err)
	}
}

// TestNobodyLowersAlone lets everybody ask and decide at once.
func TestNobodyLowersAlone(t *testing.T) {
	clause.Covers(t, "C091", "C092")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rules := &retention.Rules{DB: d}
		var all []access.Actor
		for _, name := range []string{"a", "b", "c"} {
			all = append(all, people.Add(t, d, name, access.Supervisor))
		}
		var crowd sync.WaitGroup
		for i, actor := range all {
			crowd.Go(func() {
				random := rand.New(rand.NewPCG(uint64(i), 3))
				for range 8 {
					history, err := rules.Changes(t.Context(), actor, "", 1)
					if random.IntN(3) == 0 || len(history) == 0 {
						_, err = rules.Set(t.Context(), actor, retention.Wish{Class: retention.Main, Reason: "a reason", Existing: true,
							Rule: retention.Rule{MinDays: 30 + random.IntN(50), MinBasis: retention.Order799}})
					} else if err == nil {
						_, err = rules.Decide(t.Context(), actor, history[0].ID, random.IntN(3) != 0, "because")
					}
					if err != nil && problem.Of(err).Kind == problem.Internal {
						t.Error(err)
					}
				}
			})
		}
		crowd.Wait()
		history, err := rules.Changes(t.Context(), all[0], "", 0)
		if err != nil || len(history) == 0 {
			t.Fatal(err)
		}
		waiting := 0
		for _, c := range history {
			if c.Waiting() {
				waiting++
			}
			if c.Existing && c.InForceAt != 0 && (c.DecidedBy == "" || c.DecidedBy == c.AskedBy) {
				t.Errorf("lowered for all by one: %+v", c)
			}
		}
		if waiting > 1 {
			t.Errorf("%d wait at once", waiting)
		}
	})
}

// TestAudit: how cameras stand, from the account of their time.
func TestAudit(t *testing.T) {
	clause.Covers(t, "C090", "C093")
	d := dbtest.Open(t, db.SQLite)
	r := newRig(t, d)
	tell := func(camera string, records ...journal.Record) {
		t.Helper()
		w := journal.Writer{Root: r.v.Root, Camera: camera}
		defer w.Close()
		for _, rec := range records {
			if err := w.Append(rec.At, rec); err != nil {
				t.Fatal(err)
			}
		}
	}
	long := func(camera string, from, to int64) { // one segment as long as it takes, of which only the line counts
		files := r.v.Record(t, camera, from, 1, time.Duration(to-from)*time.Microsecond)
		_ = files
	}
	gap := func(at int64, cause media.Cause) journal.Record {
		return journal.Record{Kind: journal.KindGap, At: at, Cause: cause}
	}
	long("met", present-100*day, present-95*day)
	long("met", present-95*day, present)
	long("young", present-10*day, present)
	long("risky", present-100*day, present-50*day)
	tell("risky", gap(present-50*day, media.CauseNetwork))
	long("risky", present-48*day, present)
	long("broken", present-100*day, present-80*day)
	tell("broken", gap(present-80*day, media.CauseUnreachable))
	long("broken", present-70*day, present)
	long("off", present-100*day, present-60*day)
	tell("off", gap(present-60*day, media.CauseSwitchedOff))
	long("off", present-30*day, present)
	long("stopped", present-100*day, present-3600*second)
	tell("stopped", gap(present-3600*second, media.CauseNetwork))
	first := r.v.Record(t, "cut", present-100*day, 1, 20*24*time.Hour)
	long("cut", present-80*day, present)
	r.v.Bury(t, "cut", present, first[0])
	r.start()
	cameras := []string{"met", "young", "risky", "broken", "off", "stopped", "cut"}
	for _, c := range cameras {
		if err := r.catalogue.CatchUp(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	p := &proof.Prover{DB: d, Clock: r.clock(), Catalogue: r.catalogue}
	audit := &compliance.Audit{Rules: r.rules, Account: r.catalogue, Proofs: p, Clock: r.clock()}
	look := func() map[string]compliance.Camera {
		all, err := audit.List(t.Context(), r.lead, "never")
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]compliance.Camera{}
		for _, c := range all {
			of[c.Camera] = c
		}
		return of
	}
	for c, got := range look() { // nobody has read anything of it yet
		if some := got.Oldest != 0 && got.Oldest < present-8*day; slices.Contains(got.Reasons, compliance.ReasonUnread) != some {
			t.Errorf("%s: %v", c, got.Reasons)
		}
	}
	r.now.Store(present - second)
	if _, err := p.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.now.Store(present)
	of := look()
	for _, c := range []struct {
		camera  string
		verdict compliance.Verdict
		reasons []compliance.Reason
	}{
		{"met", compliance.Met, nil},
		{"young", compliance.Young, nil},
		{"never", compliance.AtRisk, []compliance.Reason{compliance.ReasonNothing}},
		{"risky", compliance.AtRisk, []compliance.Reason{compliance.ReasonGaps}},
		{"broken", compliance.Breached, []compliance.Reason{compliance.ReasonGaps}},
		{"off", compliance.Breached, []compliance.Reason{compliance.ReasonOff}},
		{"stopped", compliance.AtRisk, []compliance.Reason{compliance.ReasonStopped}},
		{"cut", compliance.AtRisk, []compliance.Reason{compliance.ReasonEarlier}},
	} {
		if got := of[c.camera]; got.Verdict != c.verdict || !cmp.Equal(got.Reasons, c.reasons) {
			t.Errorf("%s: %s %v, want %s %v; %+v", c.camera, got.Verdict, got.Reasons, c.verdict, c.reasons, got)
		}
	}
	if y := of["young"]; y.InService != present-10*day || y.Oldest != present-10*day || y.Kept != 10*day || y.Expected != 10*day || y.Recorded != 10*day {
		t.Errorf("%+v", y)
	}
	if g := of["broken"]; len(g.Gaps) != 1 || g.Gaps[0] != (compliance.GapSum{Cause: media.CauseUnreachable, Lasts: 10 * day, Count: 1}) || g.Expected != 90*day {
		t.Errorf("%+v", g)
	}
	if _, err := audit.List(t.Context(), access.ActorOf("x", access.Operator)); !errors.Is(err, access.ErrRightMissing) {
		t.Error(err)
	}
	// The oldest file of one is gone without a word, and the weekly reading finds it.
	f := &recordings.Folder{Root: r.v.Root}
	oldest, err := r.catalogue.Oldest(t.Context(), "met")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Remove(t.Context(), archive.Segment{Camera: "met", File: oldest.File}, false); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Read(t.Context(), "met"); err != nil {
		t.Fatal(err)
	}
	got := look()["met"]
	want := []compliance.Reason{compliance.ReasonProof, compliance.ReasonDamaged}
	if got.Verdict != compliance.Breached || !cmp.Equal(got.Reasons, want) || got.Proof.Verdict != proof.Missing {
		t.Errorf("%+v", got)
	}
	if got.Oldest != present-95*day || got.Kept != present-got.Oldest || got.Proof.StartAt != oldest.StartAt {
		t.Errorf("the oldest that plays is said to begin at %d, the one that is gone began at %d: %+v", got.Oldest, oldest.StartAt, got)
	}
}

// TestComplianceLooksAsFarAsWasPromised: a lower minimum for what comes makes nothing of a
// loss among footage that was promised more.
func TestComplianceLooksAsFarAsWasPromised(t *testing.T) {
	clause.Covers(t, "C090", "C093")
	r := newRig(t, dbtest.Open(t, db.SQLite))
	r.v.Record(t, r.gate, present-100*day, 1, 30*24*time.Hour)
	w := journal.Writer{Root: r.v.Root, Camera: r.gate}
	if err := w.Append(present-70*day, journal.Record{Kind: journal.KindGap, At: present - 70*day, Cause: media.CauseNetwork}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	r.v.Record(t, r.gate, present-50*day, 1, 50*24*time.Hour)
	r.start()
	p := &proof.Prover{DB: r.d, Clock: r.clock(), Catalogue: r.catalogue}
	if _, err := p.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	audit := &compliance.Audit{Rules: r.rules, Account: r.catalogue, Proofs: p, Clock: r.clock()}
	verdict := func(when string, want compliance.Verdict, from int64, reasons ...compliance.Reason) {
		t.Helper()
		all, err := audit.List(t.Context(), r.lead, r.gate)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(c compliance.Camera) bool { return c.Camera == r.gate })
		if got := all[i]; got.Verdict != want || got.From != from || !slices.Equal(got.Reasons, reasons) {
			t.Errorf("%s: %s %v from %d, want %s %v from %d", when, got.Verdict, got.Reasons, got.From, want, reasons, from)
		}
	}
	verdict("90 days", compliance.Breached, present-90*day, compliance.ReasonGaps)
	r.set("", retention.Rule{MinDays: 30, MinBasis: retention.Order799})
	verdict("30 days for what comes", compliance.Breached, present-90*day, compliance.ReasonGaps)
	c, err := r.rules.Set(t.Context(), r.chief, retention.Wish{Class: retention.Main, Rule: retention.Rule{MinDays: 40, MinBasis: retention.Order799}, Existing: true, Reason: "a reason"})
	if err == nil {
		_, err = r.rules.Decide(t.Context(), r.boss, c.ID, true, "")
	}
	if err != nil {
		t.Fatal(err)
	}
	verdict("40 days for all", compliance.Met, present-40*day)
}
