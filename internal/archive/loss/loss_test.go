package loss_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/archive"
	"watchroom/internal/archive/coverage"
	"watchroom/internal/archive/loss"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

var morning = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

type room struct {
	*loss.Keeper
	t    *testing.T
	now  time.Time
	gaps []archive.GapRow
	plan []coverage.Stretch
	// people with one position each
	guard, lead, fitter, leader access.Actor
	held                        map[string][]access.Position
	unsettled                   string
}

func open(t *testing.T, d *db.DB) *room {
	r := &room{t: t, now: morning, held: map[string][]access.Position{}}
	add := func(name string, p access.Position) access.Actor {
		a := people.Add(t, d, name, p)
		r.held[a.Person] = []access.Position{p}
		return a
	}
	r.guard, r.lead, r.fitter, r.leader = add("guard", access.Operator), add("lead", access.DutyLead), add("fitter", access.Technician), add("leader", access.Leader)
	r.Keeper = &loss.Keeper{
		DB: d, Bus: &event.Bus{}, Clock: func() time.Time { return r.now },
		Gaps: func(_ context.Context, since int64) (out []archive.GapRow, err error) {
			for _, g := range r.gaps {
				if g.End > since {
					out = append(out, g)
				}
			}
			return out, nil
		},
		Settled: func(c string) bool { return c != r.unsettled },
		Plan:    func(string, int64, int64) []coverage.Stretch { return r.plan },
		Cameras: func(context.Context) ([]loss.Camera, error) {
			return []loss.Camera{{ID: "gate", Place: "北门"}, {ID: "lane", Place: "北门"}, {ID: "yard", Place: "院子"}, {ID: "roof"}, {ID: "attic"},
				{ID: "gone", Place: "北门", RetiredAt: at(-60)}}, nil
		},
		Share: func(_ context.Context, cameras []string, _, _ int64) (map[string]float64, error) {
			return map[string]float64{"lane": 0.75}, nil
		},
		Alarmed: func(c string, from, _ int64) int64 {
			if c == "gate" {
				return from + 5e6
			}
			return 0
		},
		Positions: func(_ context.Context, p string) ([]access.Position, error) { return r.held[p], nil },
	}
	return r
}

// at is minutes after the morning, in µs.
func at(minutes float64) int64 { return morning.UnixMicro() + int64(minutes*60e6) }

func (r *room) lose(camera string, from, to float64, cause media.Cause) {
	end := int64(math.MaxInt64)
	if to != 0 {
		end = at(to)
	}
	r.gaps = append(r.gaps, archive.GapRow{Camera: camera, Start: at(from), End: end, Cause: cause})
}

func (r *room) scan(minutes float64) []string {
	r.t.Helper()
	r.now = time.UnixMicro(at(minutes))
	if err := r.Scan(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	all, err := r.List(r.t.Context(), loss.Filter{})
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, s := range all {
		line := fmt.Sprintf("%d %s %s:", s.Number, s.State, s.Cause)
		for _, m := range s.Cameras {
			end := "…"
			if m.To != 0 {
				end = fmt.Sprint((m.To - at(0)) / 60e6)
			}
			line += fmt.Sprintf(" %s %d-%s", m.Camera, (m.From-at(0))/60e6, end)
			if m.AlarmAt != 0 {
				line += "!"
			}
		}
		for _, v := range s.Revisions {
			line += fmt.Sprintf(" (%s now %d-%d)", v.Camera, (v.NowFrom-at(0))/60e6, (v.NowUntil-at(0))/60e6)
		}
		out = append(out, line)
	}
	return out
}

func (r *room) expect(what string, got []string, want ...string) {
	r.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		r.t.Errorf("%s: %s", what, diff)
	}
}

// TestAnActBearsWhenItWasWritten: a look through the outages of many cameras takes long.
func TestAnActBearsWhenItWasWritten(t *testing.T) {
	d := dbtest.Open(t, db.SQLite)
	r := open(t, d)
	r.Alarmed = func(string, int64, int64) int64 { r.now = r.now.Add(time.Hour); return 0 }
	r.lose("gate", 0, 20, "network")
	r.lose("roof", 0, 20, "disk_full")
	r.scan(30)
	acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "loss.opened"})
	if err != nil || len(acts) != 2 || acts[0].At+acts[1].At != at(90)+at(150) {
		t.Errorf("%+v, %v", acts, err)
	}
}

// TestStatementsOpenByThemselves for what is long enough and was not planned; what
// strikes several cameras at once is one.
func TestStatementsOpenByThemselves(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.lose("gate", 0, 0, "network")
		r.lose("yard", 0, 3, "network")
		r.expect("not long enough", r.scan(9))
		r.expect("ten minutes", r.scan(10), "1 open network: gate 0-…!")
		r.expect("still", r.scan(30), "1 open network: gate 0-…!")
		r.gaps[0].End = at(40)
		r.expect("over", r.scan(41), "1 open network: gate 0-40!")
		// The recorder stops: all of them at one time, each noticed in its own.
		r.lose("gate", 60, 90, "recorder_stopped")
		r.lose("lane", 60.5, 90, "recorder_stopped")
		r.lose("yard", 61, 95, "recorder_stopped")
		r.lose("roof", 70, 95, "disk_full")
		r.lose("attic", 59, 0, "recorder_stopped")
		r.expect("the recorder", r.scan(96), "3 open disk_full: roof 70-95",
			"2 open recorder_stopped: attic 59-… gate 60-90! lane 60-90 yard 61-95", "1 open network: gate 0-40!")
		r.expect("twice is once", r.scan(97), "3 open disk_full: roof 70-95",
			"2 open recorder_stopped: attic 59-… gate 60-90! lane 60-90 yard 61-95", "1 open network: gate 0-40!")
		// The retired one and one that nobody knows lose nothing.
		r.lose("gone", 0, 0, "switched_off")
		r.lose("stranger", 0, 0, "network")
		// Rows that are being made look as if gaps lasted.
		r.unsettled = "yard"
		r.lose("yard", 98, 0, "unknown")
		if got := r.scan(130); len(got) != 3 {
			t.Errorf("of no camera: %v", got)
		}
		acts, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "loss."})
		counts := map[string]int{}
		for _, a := range acts {
			counts[a.Kind]++
		}
		if diff := cmp.Diff(map[string]int{"loss.opened": 3, "loss.camera_added": 3, "loss.ended": 1}, counts); diff != "" || err != nil {
			t.Errorf("acts: %s, %v", diff, err)
		}
	})
}

// TestPlannedTimeIsNoLoss: but a window that runs out while the camera is away is.
func TestPlannedTimeIsNoLoss(t *testing.T) {
	clause.Covers(t, "C076")
	r := open(t, dbtest.Open(t, db.SQLite))
	r.plan = []coverage.Stretch{{Start: at(5), End: at(60), Cause: media.CauseMaintenance}}
	r.lose("gate", 0, 0, "network")
	r.expect("five minutes before it", r.scan(59))
	r.expect("nine behind it", r.scan(69))
	r.expect("ten behind it", r.scan(70), "1 open network: gate 60-…!")
}

// TestWhatIsFoundLate: segments that come late make an outage shorter, or none. The
// statement stays as it was and says so.
func TestWhatIsFoundLate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.lose("gate", 0, 30, "unknown")
		r.lose("yard", 100, 0, "unknown")
		want := []string{"2 open unknown: yard 100-…", "1 open unknown: gate 0-30!"}
		r.expect("at first", r.scan(111), want...)
		r.gaps[0].Start = at(20)
		r.gaps = r.gaps[:1]
		want = []string{"2 open unknown: yard 100-100 (yard now 100-100)", "1 open unknown: gate 0-30! (gate now 20-30)"}
		r.expect("then", r.scan(112), want...)
		r.expect("said once", r.scan(113), want...)
	})
}

func TestThreeSign(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.lose("gate", 0, 0, "network")
		r.scan(10)
		all, err := r.List(t.Context(), loss.Filter{Camera: "gate"})
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		id := all[0].ID
		near, err := r.Neighbours(t.Context(), &all[0])
		if diff := cmp.Diff([]loss.Neighbour{{Camera: "lane", Share: 0.75}}, near); diff != "" || err != nil {
			t.Errorf("neighbours: %s, %v", diff, err)
		}
		refused := func(what string, want error, _ loss.Statement, err error) {
			t.Helper()
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		sign := func(who access.Actor, about string, line loss.Line, as access.Position) (loss.Statement, error) {
			return r.Sign(t.Context(), who, id, about, line, as)
		}
		explain := func(who access.Actor, words, corrects string) (loss.Statement, error) {
			return r.Explain(t.Context(), who, id, loss.Words{Text: words, Reported: "08:05 电话报王芳", Contractor: "华安"}, corrects)
		}
		s, err := sign(r.guard, "x", loss.OnWatch, access.Operator)
		refused("signed unexplained", loss.ErrOpen, s, err)
		s, err = explain(people.Add(t, d, "boss", access.Administrator), "断网", "")
		refused("explained without the right", access.ErrRightMissing, s, err)
		s, err = explain(r.guard, "", "")
		refused("explained with nothing", text.ErrRequired, s, err)
		s, err = explain(r.guard, "断网", "x")
		refused("corrects what is not there", loss.ErrChanged, s, err)
		first, err := explain(r.guard, "断网", "")
		if err != nil || first.State != loss.Explained || first.Explanation.Person != r.guard.Person || len(first.Explanation.Neighbours) != 1 {
			t.Fatalf("%+v, %v", first, err)
		}
		s, err = explain(r.lead, "再说", "")
		refused("explained twice", loss.ErrExplained, s, err)
		s, err = sign(r.guard, first.Explanation.ID, loss.OnWatch, access.Operator)
		refused("while it lasts", loss.ErrLasts, s, err)
		r.gaps[0].End = at(20)
		r.scan(21)
		s, err = sign(r.guard, first.Explanation.ID, loss.OnWatch, access.Leader)
		refused("as what one is not", loss.ErrPosition, s, err)
		s, err = sign(access.ActorOf("x", access.Auditor), first.Explanation.ID, loss.Informed, access.Auditor)
		refused("without the right", access.ErrRightMissing, s, err)
		if s, err = sign(r.guard, first.Explanation.ID, loss.OnWatch, access.Operator); err != nil || len(s.Signatures) != 1 {
			t.Fatal(err)
		}
		s, err = sign(r.guard, first.Explanation.ID, loss.OnWatch, access.Operator)
		refused("twice", loss.ErrTwice, s, err)
		// A correction takes the signatures away; they stay on record.
		second, err := explain(r.fitter, "交换机故障，已更换", first.Explanation.ID)
		if err != nil || len(second.Signatures) != 0 || len(second.Void) != 1 || len(second.History) != 1 || second.Explanation.Corrects != first.Explanation.ID {
			t.Fatalf("%+v, %v", second, err)
		}
		s, err = sign(r.lead, first.Explanation.ID, loss.Informed, access.DutyLead)
		refused("the old one", loss.ErrChanged, s, err)
		about := second.Explanation.ID
		if s, err = sign(r.fitter, about, loss.Repaired, access.Technician); err != nil || s.State != loss.Explained || s.Signatures[0].Line != loss.Repaired {
			t.Fatalf("%+v, %v", s, err)
		}
		s, err = sign(r.guard, about, "guard", access.Operator)
		refused("a line that there is not", loss.ErrLine, s, err)
		s, err = sign(r.guard, about, loss.Repaired, access.Operator)
		refused("a line that is signed", loss.ErrLineTaken, s, err)
		s, err = sign(r.leader, about, loss.OnWatch, access.Leader)
		if refused("a line of others", loss.ErrLinePosition, s, err); fmt.Sprint(problem.Of(err).Params) != "map[line:on_watch positions:[duty_lead operator]]" {
			t.Errorf("%v", problem.Of(err).Params)
		}
		if s, err = sign(r.guard, about, loss.OnWatch, access.Operator); err != nil || s.State != loss.Explained {
			t.Fatal(s.State, err)
		}
		colleague := people.Add(t, d, "colleague", access.Operator)
		r.held[colleague.Person] = []access.Position{access.Operator}
		s, err = sign(colleague, about, loss.Informed, access.Operator)
		refused("three of whom two are guards", loss.ErrLinePosition, s, err)
		for state, want := range map[loss.State]int{loss.Open: 0, loss.Explained: 1, loss.Signed: 0} {
			if some, err := r.List(t.Context(), loss.Filter{State: state}); err != nil || len(some) != want {
				t.Errorf("%s: %d, %v", state, len(some), err)
			}
		}
		// The last place is taken once, however many want it.
		var racing sync.WaitGroup
		for _, x := range []struct {
			who access.Actor
			as  access.Position
		}{{r.lead, access.DutyLead}, {r.leader, access.Leader}} {
			racing.Go(func() {
				if _, err := sign(x.who, about, loss.Informed, x.as); err != nil && !errors.Is(err, loss.ErrSigned) {
					t.Error(err)
				}
			})
		}
		racing.Wait()
		s, err = r.Get(t.Context(), id)
		if err != nil || s.State != loss.Signed || len(s.Signatures) != 3 || s.Signatures[0].Grade != loss.ServerAttested {
			t.Errorf("%+v, %v", s, err)
		}
		if some, err := r.List(t.Context(), loss.Filter{State: loss.Signed}); err != nil || len(some) != 1 {
			t.Errorf("signed: %d, %v", len(some), err)
		}
		if _, err := r.Get(t.Context(), db.NewID()); !errors.Is(err, loss.ErrUnknown) {
			t.Errorf("unknown: %v", err)
		}
		if all, err := loss.Differ(t.Context(), d.Read()); err != nil || len(all) != 0 {
			t.Errorf("rows and acts differ: %v, %v", all, err)
		}
		for _, sql := range []string{"UPDATE losses SET cause = 'x'", "DELETE FROM losses", "UPDATE loss_entries SET content = '{}'", "DELETE FROM loss_entries",
			"DELETE FROM loss_cameras", "UPDATE loss_cameras SET from_at = 1", "UPDATE loss_cameras SET to_at = 1"} {
			err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				_, err := tx.ExecContext(ctx, sql)
				return err
			})
			if !db.IsRefused(err) {
				t.Errorf("%s: %v", sql, err)
			}
		}
	})
}

// TestAnOutageOfLongAgo has a statement, as far back as footage must be kept: the server stood
// still for weeks, or a disk with the journals was away. What is told of that time already
// is not told of once more, nor revised.
func TestAnOutageOfLongAgo(t *testing.T) {
	clause.Covers(t, "C076")
	const day = 24 * 60
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.lose("gate", -20*day, -20*day+30, "network")
		r.expect("told of at its time", r.scan(-20*day+30), fmt.Sprintf("1 open network: gate %d-%d!", -20*day, -20*day+30))
		r.gaps = nil
		days := map[string]int{"gate": 30, "lane": 60, "yard": 30, "gone": 30}
		wide := func() {
			r.Keeper = &loss.Keeper{DB: d, Bus: r.Bus, Clock: r.Clock, Gaps: r.Gaps, Settled: r.Settled, Plan: r.Plan, Cameras: r.Cameras, Share: r.Share, Alarmed: r.Alarmed, Positions: r.Positions,
				GapsOf: func(ctx context.Context, camera string, since int64) (out []archive.GapRow, err error) {
					for _, g := range r.gaps {
						if g.Camera == camera && g.End > since {
							out = append(out, g)
						}
					}
					return out, nil
				},
				Kept: func(context.Context) (func(string, int64) int, error) {
					return func(c string, _ int64) int { return days[c] }, nil
				}}
		}
		r.lose("gate", -20*day+5, -20*day+20, "network") // by now it is known to have been shorter
		r.lose("gate", -10*day, -10*day+30, "disk_fault")
		r.lose("lane", -40*day, -40*day+30, "network")
		r.lose("yard", -40*day, -40*day+30, "network") // before all that must be there
		r.lose("yard", -9*day, -9*day+5, "network")    // not long enough
		r.lose("gone", -8*day, -8*day+30, "network")
		r.lose("lane", -5*day, -5*day+30, "network")
		r.unsettled = "lane"
		first := fmt.Sprintf("1 open network: gate %d-%d!", -20*day, -20*day+30)
		fault := fmt.Sprintf("2 open disk_fault: gate %d-%d!", -10*day, -10*day+30)
		gone := fmt.Sprintf("3 open network: gone %d-%d", -8*day, -8*day+30)
		r.expect("a week", r.scan(0), first)
		wide()
		r.expect("as far as must be kept", r.scan(1), gone, fault, first)
		r.expect("once", r.scan(2), gone, fault, first)
		r.unsettled = ""
		lane := []string{fmt.Sprintf("5 open network: lane %d-%d", -5*day, -5*day+30), fmt.Sprintf("4 open network: lane %d-%d", -40*day, -40*day+30)}
		r.expect("its rows are there", r.scan(3), append(lane, gone, fault, first)...)
		wide()
		r.expect("after the next start", r.scan(4), append(lane, gone, fault, first)...)
		err := d.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO coverage (camera, start_at, end_at, kind, cause, detail) VALUES ('gate', 1, 5, 'gap', 'network', 'x'),
				('gate', 5, 9, 'recorded', '', ''), ('gate', 9, 12, 'gap', 'died', ''), ('lane', 5, 9, 'gap', 'network', '')`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		for since, want := range map[int64][]archive.GapRow{5: {{Camera: "gate", Start: 9, End: 12, Cause: "died"}},
			4: {{Camera: "gate", Start: 1, End: 5, Cause: "network", Detail: "x"}, {Camera: "gate", Start: 9, End: 12, Cause: "died"}}} {
			got, err := loss.GapsIn(d)(t.Context(), "gate", since)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("since %d: %v %s", since, err, diff)
			}
		}
	})
}

// TestAllCausesAreTold: an outage goes on for other reasons than it began, and the first may have
// been a guess. What is signed stays as it was signed.
func TestAllCausesAreTold(t *testing.T) {
	clause.Covers(t, "C076")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		causes := func(minutes float64) (out string) {
			r.scan(minutes)
			all, err := r.List(t.Context(), loss.Filter{})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range all {
				out += fmt.Sprint(s.Number, " ", s.Causes())
				for _, m := range s.Cameras {
					for _, p := range m.Causes {
						out += fmt.Sprintf(" %s %s@%d+%d", m.Camera, p.Cause, (p.From-at(0))/60e6, p.Lasted/60e6)
					}
				}
				out += "; "
			}
			return out
		}
		acts := func(want int) {
			t.Helper()
			all, _, err := ledger.List(t.Context(), d.Read(), ledger.Filter{Kind: "loss.causes"})
			if err != nil || len(all) != want {
				t.Errorf("%d acts, want %d (%v)", len(all), want, err)
			}
		}
		same := func(what, got, want string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s, want %s", what, got, want)
			}
		}
		r.lose("gate", 0, 0, "unknown")
		same("at its opening", causes(10), "1 [unknown] gate unknown@0+0; ")
		r.gaps[0].End, r.gaps[0].Cause = at(5), "network"
		r.lose("gate", 5, 0, "camera_unreachable")
		same("it was a guess", causes(15), "1 [network camera_unreachable] gate network@0+0 gate camera_unreachable@5+0; ")
		same("nothing new", causes(16), causes(17))
		acts(1)
		r.gaps[1].End = at(30)
		r.lose("gate", 30, 0, "disk_full")
		r.lose("gate", 40, 0, "network")
		r.gaps[2].End = at(40)
		causes(45)
		acts(2)
		r.gaps[3].End = at(60)
		whole := "1 [network camera_unreachable disk_full] gate network@0+25 gate camera_unreachable@5+25 gate disk_full@30+10; "
		same("over", causes(61), whole)
		same("once", causes(62), whole)
		acts(3)
		// Found late: both halves are told of, each once.
		r.gaps[1].End = at(20)
		late := "1 [network camera_unreachable disk_full] gate network@0+25 gate camera_unreachable@5+15 gate disk_full@30+10; "
		same("footage was found", causes(63), late)
		s, _ := r.List(t.Context(), loss.Filter{})
		first := len(s[0].Revisions)
		causes(64)
		if s, _ = r.List(t.Context(), loss.Filter{}); first != 2 || len(s[0].Revisions) != 2 {
			t.Errorf("revised %d and %d times, want 2", first, len(s[0].Revisions))
		}
		acts(4)
		if all, err := loss.Differ(t.Context(), d.Read()); err != nil || len(all) != 0 {
			t.Errorf("rows and acts differ: %v, %v", all, err)
		}
		s[0], _ = r.Explain(t.Context(), r.lead, s[0].ID, loss.Words{Text: "交换机"}, "")
		for line, x := range map[loss.Line]access.Actor{loss.OnWatch: r.guard, loss.Repaired: r.fitter, loss.Informed: r.leader} {
			if _, err := r.Sign(t.Context(), x, s[0].ID, s[0].Explanation.ID, line, r.held[x.Person][0]); err != nil {
				t.Fatal(err)
			}
		}
		r.gaps[0].Cause = "camera_unreachable"
		same("signed", causes(65), late)
		acts(4)
		// Known from the first, of a camera that left; and one that lasts for longer than a look.
		r.gaps = nil
		r.lose("gone", -120, -110, "network")
		r.lose("gone", -110, 0, "recorder_stopped")
		same("known at once", causes(70), "2 [network recorder_stopped] gone network@-120+10 gone recorder_stopped@-110+50; "+late)
		causes(71)
		acts(5)
	})
}

// TestAnOutageOfAWeek: of one whose beginning the looks do not reach any more, no cause is
// forgotten.
func TestAnOutageOfAWeek(t *testing.T) {
	clause.Covers(t, "C076")
	const day = 24 * 60
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := open(t, d)
		r.GapsOf = func(ctx context.Context, camera string, since int64) ([]archive.GapRow, error) {
			return r.Gaps(ctx, since)
		}
		r.lose("yard", 0, 0, "network")
		r.scan(10)
		r.gaps[0].End = at(day)
		r.lose("yard", day, 0, "camera_unreachable")
		for d := 1.5; d < 6; d++ {
			r.scan(d * day)
		}
		r.gaps[1].End = at(6 * day)
		r.lose("yard", 6*day, 7*day, "disk_full")
		r.scan(7*day + 1)
		r.scan(7*day + 2)
		all, err := r.List(t.Context(), loss.Filter{})
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		const hour = int64(3600e6)
		want := []loss.Part{{Cause: "network", From: at(0), Lasted: 24 * hour}, {Cause: "camera_unreachable", From: at(day), Lasted: 120 * hour}, {Cause: "disk_full", From: at(6 * day), Lasted: 24 * hour}}
		if diff := cmp.Diff(want, all[0].Cameras[0].Causes); diff != "" {
			t.Error(diff)
		}
	})
}
