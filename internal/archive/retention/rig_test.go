package retention_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/frozen"
	"watchroom/internal/archive/hold"
	"watchroom/internal/archive/order"
	"watchroom/internal/archive/retention"
	"watchroom/internal/archive/retention/recordings"
	"watchroom/internal/archive/stepped"
	"watchroom/internal/clock"
	"watchroom/internal/clock/reference"
	"watchroom/internal/db"
	"watchroom/internal/playback/snapshot"
	"watchroom/internal/recording/journal"
	"watchroom/internal/testkit/people"
	"watchroom/internal/testkit/vault"
)

const (
	second = int64(1_000_000)
	day    = 86400 * second
)

var present = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC).UnixMicro()

// rig is an archive with everything that decides on it.
type rig struct {
	t         *testing.T
	d         *db.DB
	v         *vault.Vault
	now       atomic.Int64
	catalogue *archive.Catalogue
	rules     *retention.Rules
	holds     *hold.Holds
	orders    *order.Orders
	pictures  *snapshot.Snapshots
	engine    *retention.Engine

	gate, yard        string
	lead, boss, chief access.Actor
	untrusted         error
	gained            time.Duration
	word              *reference.Word // of another machine about the clock
	low               func() bool
	places            []string          // that are low then; empty: the recording folder
	at                func(step string) // is told of every step of a removal
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, d: d, v: vault.Open(t), low: func() bool { return false }, at: func(string) {}}
	r.now.Store(present)
	r.gate, r.yard = people.Camera(t, d, "gate"), people.Camera(t, d, "yard")
	r.lead, r.boss, r.chief = people.Add(t, d, "lead", access.DutyLead), people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "chief", access.Leader)
	r.pictures = &snapshot.Snapshots{DB: d, Dir: filepath.Join(t.TempDir(), "snapshots"), Clock: r.clock()}
	return r
}

func (r *rig) clock() clock.Clock {
	return func() time.Time { return time.UnixMicro(r.now.Load()) }
}

// start builds what a process has, as after a kill: on the same database and files.
func (r *rig) start() {
	r.t.Helper()
	if r.catalogue == nil {
		r.t.Cleanup(func() { r.catalogue.Close() })
	} else {
		r.catalogue.Close() // what is dead takes nothing in
	}
	r.catalogue = &archive.Catalogue{DB: r.d, Root: r.v.Root, Clock: r.clock()}
	if err := r.catalogue.Start(context.WithoutCancel(r.t.Context())); err != nil {
		r.t.Fatal(err)
	}
	r.rules = &retention.Rules{DB: r.d, Clock: r.clock()}
	r.holds = &hold.Holds{DB: r.d, Clock: r.clock(), Volumes: func() []string { return []string{r.v.Root} }}
	r.orders = &order.Orders{DB: r.d, Clock: r.clock()}
	folder := &recordings.Folder{Root: r.v.Root}
	r.engine = &retention.Engine{
		DB: r.d, Clock: r.clock(), Catalogue: &steps{r, r.catalogue}, Holds: r.holds, Orders: r.orders,
		Journal: told{r, folder}, Files: gone{r, folder}, Time: r, Space: r, Derived: []retention.Derived{lost{r, r.pictures}}, Pictures: r.pictures,
		Ages: &stepped.Journals{Roots: func() []string { return []string{r.v.Root} }},
	}
	for _, camera := range []string{r.gate, r.yard} {
		if err := r.catalogue.CatchUp(r.t.Context(), camera); err != nil {
			r.t.Fatal(err)
		}
	}
}

// looked confirms as somebody who has looked at all that stands.
func (r *rig) looked(actor access.Actor, note string) error {
	r.t.Helper()
	all, err := r.engine.Frozen(r.t.Context())
	if err != nil {
		return err
	}
	var seen []string
	for _, f := range all {
		seen = append(seen, f.ID)
	}
	return r.engine.Confirm(r.t.Context(), actor, seen, note)
}

// freeze sets a reason for which nothing is removed.
func (r *rig) freeze(reason frozen.Reason, detail string) {
	r.t.Helper()
	err := r.d.Tx(r.t.Context(), func(ctx context.Context, tx bun.Tx) error { return frozen.Set(ctx, tx, r.now.Load(), reason, detail) })
	if err != nil {
		r.t.Fatal(err)
	}
}

// open starts and confirms that the catalogue, which was just made from files, is right.
func (r *rig) open() {
	r.t.Helper()
	r.start()
	r.pass()
	if err := r.looked(r.chief, "looked at it all"); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) Trusted() error        { return r.untrusted }
func (r *rig) Gained() time.Duration { return r.gained }
func (r *rig) Believe()              { r.untrusted, r.gained = nil, 0 }
func (r *rig) Word() (reference.Word, bool) {
	if r.word == nil {
		return reference.Word{}, false
	}
	return *r.word, true
}

func (r *rig) Low(context.Context) ([]string, error) {
	if !r.low() {
		return nil, nil
	}
	if len(r.places) > 0 {
		return r.places, nil
	}
	return []string{""}, nil
}

// The parts that the engine works with, which tell of every step.
type steps struct {
	r *rig
	*archive.Catalogue
}

func (s *steps) CatchUp(ctx context.Context, camera string) error {
	s.r.at("take in")
	err := s.Catalogue.CatchUp(ctx, camera)
	s.r.at("taken in")
	return err
}

func (s *steps) Finish(ctx context.Context, files []string, at int64) error {
	s.r.at("finish")
	err := s.Catalogue.Finish(ctx, files, at)
	s.r.at("finished")
	return err
}

type told struct {
	r *rig
	*recordings.Folder
}

func (j told) Append(ctx context.Context, camera string, now int64, records ...journal.Record) error {
	j.r.at("tell")
	err := j.Folder.Append(ctx, camera, now, records...)
	j.r.at("told")
	return err
}

type gone struct {
	r *rig
	*recordings.Folder
}

func (f gone) Remove(ctx context.Context, s archive.Segment, everywhere bool) error {
	f.r.at("remove")
	err := f.Folder.Remove(ctx, s, everywhere)
	f.r.at("removed")
	return err
}

type lost struct {
	r *rig
	*snapshot.Snapshots
}

func (l lost) Removed(ctx context.Context, camera string, from, to int64, ground, authority string) error {
	l.r.at("derived")
	return l.Snapshots.Removed(ctx, camera, from, to, ground, authority)
}

// record puts footage of an age in days: n segments of ten minutes.
func (r *rig) record(camera string, age, n int) []string {
	r.t.Helper()
	return r.v.Record(r.t, camera, present-int64(age)*day, n, 10*time.Minute)
}

// taken has the catalogue take in what a recorder has told since.
func (r *rig) taken(camera string) {
	r.t.Helper()
	if err := r.catalogue.CatchUp(r.t.Context(), camera); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) pass() retention.Report {
	r.t.Helper()
	rep := r.engine.Pass(r.t.Context())
	if rep.Err != nil {
		r.t.Fatal(rep.Err)
	}
	return rep
}

// has compares files and rows with what should be left.
func (r *rig) has(want ...[]string) {
	r.t.Helper()
	files := slices.Sorted(slices.Values(slices.Concat(want...)))
	if diff := cmp.Diff(files, slices.Sorted(slices.Values(r.v.Files(r.t)))); diff != "" {
		r.t.Errorf("files: want (-), got (+):\n%s", diff)
	}
	var rows []string
	if err := r.d.Read().NewRaw("SELECT file FROM segments WHERE state = '' ORDER BY file").Scan(r.t.Context(), &rows); err != nil {
		r.t.Fatal(err)
	}
	if diff := cmp.Diff(files, rows); diff != "" {
		r.t.Errorf("rows: want (-), got (+):\n%s", diff)
	}
	var loose int64
	if err := r.d.Read().NewRaw("SELECT (SELECT COUNT(*) FROM segments WHERE state <> '') + (SELECT COUNT(*) FROM tombstones WHERE finished_at IS NULL)").Scan(r.t.Context(), &loose); err != nil {
		r.t.Fatal(err)
	}
	if loose != 0 {
		r.t.Errorf("%d removals are half done", loose)
	}
}

func (r *rig) set(camera string, rule retention.Rule) retention.Change {
	r.t.Helper()
	c, err := r.rules.Set(r.t.Context(), r.chief, retention.Wish{Camera: camera, Class: retention.Main, Rule: rule, Reason: "a reason"})
	if err == nil && c.Waiting() { // below what is asked of all it takes two
		c, err = r.rules.Decide(r.t.Context(), r.boss, c.ID, true, "")
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) hold(camera string, from, to int64) hold.Hold {
	r.t.Helper()
	h, err := r.holds.Place(context.WithoutCancel(r.t.Context()), r.lead, hold.New{Kind: hold.Case, Owner: "owner", Reason: "reason", Cameras: []string{camera},
		From: from, To: to, ReviewAt: r.now.Load() + 30*day})
	if err != nil {
		r.t.Fatal(err)
	}
	return h
}

func (r *rig) order(camera string, from, to int64) order.Order {
	r.t.Helper()
	o, err := r.orders.Request(r.t.Context(), r.lead, order.New{Ground: order.Erasure, Reason: "reason", Document: "7", Cameras: []string{camera}, From: from, To: to})
	for _, actor := range []access.Actor{r.boss, r.chief} {
		if err == nil {
			o, err = r.orders.Decide(r.t.Context(), actor, o.ID, true, "")
		}
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return o
}

// maximum is a rule of 90 days that ends at n.
func maximum(n int) retention.Rule {
	return retention.Rule{MinDays: 90, MinBasis: retention.Regime, MaxDays: &n, MaxBasis: retention.Privacy}
}

var errKilled = errors.New("killed")
