package staff

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/unit"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// office is a house with an administrator, a guard company and its contract.
type office struct {
	*Files
	t        *testing.T
	now      time.Time
	admin    access.Actor
	units    *unit.Units
	guards   unit.Unit
	house    unit.Unit
	contract unit.Contract
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		o := &office{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
		clock := func() time.Time { o.now = o.now.Add(time.Microsecond); return o.now }
		accounts := &account.Control{DB: d, Bus: &event.Bus{}, Clock: clock}
		if err := accounts.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		o.units = &unit.Units{DB: d, Clock: clock, Accounts: accounts, Left: Left}
		o.Files = &Files{DB: d, Clock: clock, Accounts: accounts, Settings: Settings{Zone: zone}}
		o.admin = access.ActorOf(o.person("boss", access.Administrator), access.Administrator)
		var err [3]error
		o.guards, err[0] = o.units.Create(t.Context(), o.admin, unit.New{Kind: unit.Guards, Name: "保安公司"})
		o.house, err[1] = o.units.Create(t.Context(), o.admin, unit.New{Kind: unit.Department, Name: "保卫处"})
		o.contract, err[2] = o.units.Conclude(t.Context(), o.admin, o.guards.ID, "1", o.now.Add(60*24*time.Hour).UnixMicro(), "")
		if e := errors.Join(err[:]...); e != nil {
			t.Fatal(e)
		}
		fn(t, o)
		held.Honest(t, d, Differ)
	})
}

func (o *office) person(name string, positions ...access.Position) string {
	o.t.Helper()
	d, err := o.Accounts.Draft(o.t.Context(), access.CommandLine(), account.NewPerson{Username: name, Holdings: access.Everywhere(positions...)}, true)
	if err != nil {
		o.t.Fatal(err)
	}
	err = o.DB.Tx(o.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := o.Accounts.Admit(ctx, tx, access.CommandLine(), d)
		return err
	})
	if err != nil {
		o.t.Fatal(err)
	}
	return d.ID()
}

func (o *office) acts(kind string) []ledger.Act {
	o.t.Helper()
	acts, _, err := ledger.List(o.t.Context(), o.DB.Read(), ledger.Filter{Kind: kind, Limit: ledger.MaxLimit})
	if err != nil {
		o.t.Fatal(err)
	}
	return acts
}

func (o *office) in(d time.Duration) *int64 {
	us := o.now.Add(d).UnixMicro()
	return &us
}

func p[T any](v T) *T { return &v }

func TestAFileIsKept(t *testing.T) {
	clause.Covers(t, "C025")
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		c := Change{Unit: &o.guards.ID, Term: &Term{Until: o.in(24 * time.Hour)}, Phone: p(" +86 10 "), Licence: p("BA-1"), LicenceUntil: p(Day("2027-01-31")),
			Qualification: p("初级"), VettedOn: p(Day("2026-01-05")), PledgeUntil: p(Day("2026-12-01"))}
		file, who, err := o.Keep(t.Context(), o.admin, li, c)
		if err != nil || file.Phone != "+86 10" || file.Licence != "BA-1" || who.Unit != o.guards.ID || *who.ValidUntil != *c.Term.Until {
			t.Fatalf("%+v, %+v, %v", file, who, err)
		}
		act := o.acts("person.file_changed")[0]
		changes := act.Detail["changes"].(map[string]any)
		if act.Subject != li || len(changes) != 8 || changes["phone"] != "changed" || changes["licence"].(map[string]any)["to"] != "BA-1" {
			t.Errorf("%+v", act)
		}
		before := len(o.acts(""))
		if _, _, err := o.Keep(t.Context(), o.admin, li, c); err != nil || len(o.acts("")) != before {
			t.Errorf("the same again: %v, %d acts", err, len(o.acts(""))-before)
		}
		for name, try := range map[string]struct {
			person string
			c      Change
			want   error
		}{
			"one's own":           {o.admin.Person, Change{Phone: p("1")}, ErrOwnFile},
			"nobody":              {"nobody", Change{Phone: p("1")}, account.ErrPersonUnknown},
			"no day":              {li, Change{LicenceUntil: p(Day("2026-02-30"))}, ErrDay},
			"a day in words":      {li, Change{PledgeUntil: p(Day("soon"))}, ErrDay},
			"no number":           {li, Change{Licence: p("")}, ErrLicenceless},
			"no such unit":        {li, Change{Unit: p("nowhere")}, ErrUnit},
			"no end":              {li, Change{Term: &Term{}}, ErrTermNeeded},
			"ends before":         {li, Change{Term: &Term{From: o.in(2 * time.Hour), Until: o.in(time.Hour)}}, ErrTermEmpty},
			"beyond the contract": {li, Change{Term: &Term{Until: o.in(61 * 24 * time.Hour)}}, ErrTermBeyond},
		} {
			if _, _, err := o.Keep(t.Context(), o.admin, try.person, try.c); !errors.Is(err, try.want) {
				t.Errorf("%s: %v, want %v", name, err, try.want)
			}
		}
		second := o.person("second", access.Administrator)
		if _, _, err := o.Keep(t.Context(), o.admin, second, Change{Term: &Term{Until: o.in(time.Hour)}}); !errors.Is(err, account.ErrTermAdmin) {
			t.Errorf("an administrator with an end: %v", err)
		}
		if _, err := o.Accounts.ChangePerson(t.Context(), o.admin, li, account.PersonChange{Holdings: new(access.Everywhere(access.Administrator))}); !errors.Is(err, account.ErrTermAdmin) {
			t.Errorf("who has an end becomes administrator: %v", err)
		}
		if _, _, err := o.Keep(t.Context(), access.ActorOf("x", access.DutyLead), li, Change{}); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("without the right: %v", err)
		}
	})
}

// TestRightsLapseOnlyWhereTheHouseSaysSo (C100, practice P7).
func TestRightsLapseOnlyWhereTheHouseSaysSo(t *testing.T) {
	clause.Covers(t, "C100", "C025")
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		if _, _, err := o.Keep(t.Context(), o.admin, li, Change{PledgeUntil: p(Day("2026-11-22")), VettedOn: p(Day("2024-11-23")), Licence: p("11-1"), LicenceUntil: p(Day("2026-11-22"))}); err != nil {
			t.Fatal(err)
		}
		stands := func(person string, positions ...access.Position) access.Papers {
			got, err := o.Papers(t.Context(), person, access.Everywhere(positions...))
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		set := func(key, value string) {
			t.Helper()
			if left := o.Settings.Rules.Put(map[string]json.RawMessage{key: json.RawMessage(value)}); len(left) > 0 {
				t.Fatal(left)
			}
		}
		last := time.Date(2026, 11, 22, 15, 59, 59, 0, time.UTC) // one second before midnight of the site
		midnight := last.Add(time.Second)
		o.now = last
		if got := stands("unknown", access.Operator); got != (access.Papers{}) {
			t.Errorf("the house has said nothing: %+v", got)
		}
		for _, c := range []struct {
			name       string
			key, value string
			lack       access.Lack
		}{{"a pledge", "pledge.ends", "true", access.LackPledge}, {"a vetting", "vetting.years", "2", access.LackVetting}, {"a licence", "licence.ends", "true", access.LackLicence}} {
			o.Settings.Rules = rules(t)
			set(c.key, c.value)
			o.now = last
			if got := stands(li, access.Operator); got != (access.Papers{Next: midnight.UnixMicro()}) {
				t.Errorf("%s on its last day: %+v", c.name, got)
			}
			if got, err := o.Ending(t.Context(), li, access.Everywhere(access.Operator)); err != nil || !slices.Equal(got, []Ending{{c.lack, "2026-11-22", false}}) {
				t.Errorf("%s: told before: %+v, %v", c.name, got, err)
			}
			o.now = midnight
			if got := stands(li, access.Operator); got != (access.Papers{Lapsed: c.lack}) {
				t.Errorf("%s the day after: %+v", c.name, got)
			}
			if got := stands(li, access.Auditor); got != (access.Papers{}) {
				t.Errorf("%s of who does not watch: %+v", c.name, got)
			}
			without := access.Papers{Lapsed: c.lack}
			if c.lack == access.LackLicence {
				without = access.Papers{} // not everybody is a guard
			}
			if got := stands("unknown", access.Operator); got != without {
				t.Errorf("%s that is not on file: %+v", c.name, got)
			}
			if got := stands("unknown", access.StandIn); got != (access.Papers{}) {
				t.Errorf("%s of a stand-in: %+v", c.name, got)
			}
		}
		if _, _, err := o.Keep(t.Context(), o.admin, li, Change{LicencePending: p(Day("2026-12-31"))}); err != nil {
			t.Fatal(err)
		}
		if got := stands(li, access.Operator); got.Lapsed != "" || got.Next == 0 {
			t.Errorf("a licence in application: %+v", got)
		}
	})
}

func TestWhatRunsOut(t *testing.T) {
	clause.Covers(t, "C020")
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator, access.Technician)
		gone := o.person("gone", access.Operator)
		for _, who := range []string{li, gone} {
			if _, _, err := o.Keep(t.Context(), o.admin, who, Change{LicencePending: p(Day("2026-11-20")), QualificationUntil: p(Day("2026-12-22")), PledgeUntil: p(Day("2026-12-23"))}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := o.Leave(t.Context(), o.admin, gone, "moved away", nil); err != nil {
			t.Fatal(err)
		}
		due, err := o.Due(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := []Due{
			{What: DueApplication, Person: li, On: "2026-11-20", Days: -2},
			{What: DueResponsible, Unit: o.house.ID}, {What: DuePosition, Position: access.Auditor}, {What: DuePosition, Position: access.Supervisor},
			{What: DueLeaving, Person: gone, On: "2026-11-22"}, {What: DueQualification, Person: li, On: "2026-12-22", Days: 30},
		}
		if !slices.Equal(due, want) {
			t.Errorf("got  %+v\nwant %+v", due, want)
		}
	})
}

// TestATermEndsWhatRuns: outside it nobody comes in, and who is in is out.
func TestATermEndsWhatRuns(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		lead := access.ActorOf("lead", access.DutyLead)
		in, who, initial, err := o.Admit(t.Context(), lead, Admission{Name: "王五", Username: "standin-1", Unit: o.guards.ID, Identity: "110101199001011234", ConfirmedBy: "队长 张", Hours: 8})
		if err != nil {
			t.Fatal(err)
		}
		if in.Until-in.At != (8*time.Hour).Microseconds() || !slices.Equal(who.Positions(), []access.Position{access.StandIn}) || in.AdmittedBy != "lead" {
			t.Errorf("%+v, %+v", in, who)
		}
		act := o.acts("standin.admitted")[0]
		for _, made := range o.acts("person.created") { // nobody is refused what they may do
			if d, _ := made.Detail[access.KeyDecision].(map[string]any); d["verdict"] == access.Refused {
				t.Errorf("the account of a stand-in: %+v", made.Detail)
			}
		}
		if act.Detail["identityEnds"] != "1234" || strings.Contains(toText(act.Detail), "1990") {
			t.Errorf("%+v", act)
		}
		signed, err := o.Accounts.SignIn(t.Context(), "standin-1", initial, access.Origin{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		id, err := o.Accounts.Renew(t.Context(), signed.Identity.Actor)
		if err != nil || id.Person.ValidUntil == nil || *id.Person.ValidUntil != in.Until {
			t.Errorf("%+v, %v", id, err)
		}
		o.now = time.UnixMicro(in.Until).Add(-2 * time.Microsecond)
		if _, err := o.Accounts.Renew(t.Context(), signed.Identity.Actor); err != nil {
			t.Errorf("in the last instant: %v", err)
		}
		if _, err := o.Accounts.Renew(t.Context(), signed.Identity.Actor); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("after the end: %v", err)
		}
		if _, err := o.Accounts.SignIn(t.Context(), "standin-1", initial, access.Origin{Address: "192.0.2.1"}); !errors.Is(err, account.ErrTerm) {
			t.Errorf("signing in after the end: %v", err)
		}
		if _, err := o.Accounts.SignIn(t.Context(), "standin-1", "wrong password 1", access.Origin{Address: "192.0.2.1"}); !errors.Is(err, account.ErrSignInFailed) {
			t.Errorf("with a wrong password: %v", err)
		}
	})
}

// TestAStandInReachesAsFarAsWhoLetsThemIn: who leads in some areas makes no account that sees
// farther, and who leads nowhere makes none.
func TestAStandInReachesAsFarAsWhoLetsThemIn(t *testing.T) {
	clause.Covers(t, "C014")
	each(t, func(t *testing.T, o *office) {
		o.Accounts.Areas = func(context.Context, []string) (bool, error) { return true, nil }
		lead := func(rules []access.Rule, areas ...string) access.Actor {
			rights := access.NewRights("v", rules, map[string]access.Place{"gate": {Areas: []string{"east"}, Grade: 1}, "yard": {Areas: []string{"west"}, Grade: 1}})
			return access.NewActor("lead", rights, access.Standing{Holdings: []access.Holding{{Position: access.DutyLead, Areas: areas}}})
		}
		admit := []access.Action{access.StandInAdmit}
		for name, c := range map[string]struct {
			lead access.Actor
			want []string
			err  error
		}{
			"everywhere":        {lead(nil), nil, nil},
			"in-the-east":       {lead(nil, "east"), []string{"east"}, nil},
			"in-two":            {lead(nil, "west", "east"), []string{"east", "west"}, nil},
			"by-a-rule":         {lead([]access.Rule{{ID: "r", Position: access.DutyLead, Actions: admit, Areas: []string{"west"}}}), []string{"west"}, nil},
			"not-in-the-west":   {lead([]access.Rule{{ID: "r", Position: access.DutyLead, Actions: admit, Deny: true, Areas: []string{"west"}}}, "east", "west"), []string{"east"}, nil},
			"nowhere-in-common": {lead([]access.Rule{{ID: "r", Position: access.DutyLead, Actions: admit, Areas: []string{"west"}}}, "east"), nil, access.ErrElsewhere},
		} {
			_, who, _, err := o.Admit(t.Context(), c.lead, Admission{Name: "王五 " + name, Username: name, Unit: o.guards.ID, Identity: "110101" + name, ConfirmedBy: "队长", Hours: 8})
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Errorf("%s: %v, want %v", name, err, c.err)
			} else if err == nil && (len(who.Holdings) != 1 || !slices.Equal(who.Holdings[0].Areas, c.want)) {
				t.Errorf("%s: %+v, want %v", name, who.Holdings, c.want)
			}
		}
		// Nobody makes an account last longer, or of another unit, than somebody did.
		wang, until := o.person("wang", access.Operator), o.now.Add(time.Hour).UnixMicro()
		if _, _, err := o.Keep(t.Context(), o.admin, wang, Change{Unit: &o.guards.ID, Term: &Term{Until: &until}, Phone: p("13800138000")}); err != nil {
			t.Fatal(err)
		}
		held.Altered(t, o.DB, map[string][]string{"stand_ins": nil}, Differ)
		for _, forged := range []string{
			"UPDATE people SET valid_until = valid_until + 1 WHERE username = 'everywhere'", "UPDATE people SET valid_until = NULL WHERE username = 'wang'",
			"UPDATE people SET valid_from = 7 WHERE username = 'wang'", "UPDATE people SET valid_from = NULL WHERE username = 'everywhere'",
			"UPDATE people SET unit = '' WHERE username = 'wang'", "UPDATE people SET unit = '" + o.house.ID + "' WHERE username = 'boss'",
			"UPDATE people SET valid_until = 7 WHERE username = 'boss'",
		} {
			dbtest.Forge(t, o.DB, forged, func(ctx context.Context, tx bun.Tx) {
				if all := held.Rows(t, Differ)(ctx, tx); len(all) != 1 {
					t.Errorf("%s: found %q", forged, all)
				}
			})
		}
		dbtest.Forge(t, o.DB, `UPDATE acts SET detail = replace(detail, '"standIn"', '"x"')`, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}

// TestAStandInStandsWithTheirHost: how who let somebody in stands now decides as well, to the end of
// the shift; who was given a position by two people is no guest.
func TestAStandInStandsWithTheirHost(t *testing.T) {
	clause.Covers(t, "C111")
	each(t, func(t *testing.T, o *office) {
		root := access.CommandLine()
		lead, _, err := o.Accounts.CreatePerson(t.Context(), root, account.NewPerson{Username: "lead", DisplayName: "lead", Password: "correct-horse-battery", Holdings: access.Everywhere(access.DutyLead)})
		if err != nil {
			t.Fatal(err)
		}
		o.Accounts.Papers = o.Papers
		in, who, initial, err := o.Admit(t.Context(), access.ActorOf(lead.ID, access.DutyLead), Admission{Name: "王五", Username: "standin-1", Unit: o.guards.ID, Identity: "110101", ConfirmedBy: "队长", Hours: 8})
		if err != nil {
			t.Fatal(err)
		}
		sees := func() error {
			t.Helper()
			actor, _, err := o.Accounts.Stands(t.Context(), in.Person)
			if err != nil {
				t.Fatal(err)
			}
			if got := actor.Hosted(); got != lead.ID {
				t.Errorf("let in by %q", got)
			}
			return access.Can(actor, access.LiveView, "gate")
		}
		if err := sees(); !errors.Is(err, access.ErrBriefing) {
			t.Errorf("before signing: %v", err)
		}
		o.signs(o.arrives("standin-1", initial))
		if err := sees(); err != nil {
			t.Error(err)
		}
		if _, err := o.Accounts.ChangePerson(t.Context(), root, lead.ID, account.PersonChange{Disabled: new(true)}); err != nil {
			t.Fatal(err)
		}
		if err := sees(); !errors.Is(err, access.ErrHost) {
			t.Errorf("the lead's account is closed: %v", err)
		}
		papers, err := o.Papers(t.Context(), who.ID, access.Everywhere(access.StandIn, access.Operator))
		if err != nil || papers.Host != nil {
			t.Errorf("%+v, %v", papers, err)
		}
	})
}

func toText(detail map[string]any) (s string) {
	for _, v := range detail {
		if word, ok := v.(string); ok {
			s += word + " "
		}
	}
	return s
}

// TestTheHouseSetsStandInsAndWarnings: how long one stays, how many are too many, which
// positions must be held and how long before something ends it is told.
func TestTheHouseSetsStandInsAndWarnings(t *testing.T) {
	clause.Covers(t, "C020", "C025")
	each(t, func(t *testing.T, o *office) {
		o.Settings.Rules = rules(t)
		lead := access.ActorOf("lead", access.DutyLead)
		admit := func(name string, hours int) error {
			_, _, _, err := o.Admit(t.Context(), lead, Admission{Name: "王五 " + name, Username: name, Unit: o.guards.ID, Identity: "110101" + name, ConfirmedBy: "队长", Hours: hours})
			return err
		}
		due := func(what string) (all []Due) {
			t.Helper()
			list, err := o.Due(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range list {
				if d.What == what {
					all = append(all, d)
				}
			}
			return all
		}
		if err := admit("standin-1", 12); err != nil {
			t.Fatal(err)
		}
		if got := due(DuePosition); len(got) != 3 {
			t.Errorf("positions that must be held by default: %+v", got)
		}
		if got := due(DueContract); len(got) != 0 {
			t.Errorf("thirty days before the contract ends: %+v", got)
		}
		left := o.Settings.Rules.Put(map[string]json.RawMessage{"stand_in.hours": json.RawMessage("6"), "stand_in.most": json.RawMessage("1"),
			"due.positions": json.RawMessage(`["leader"]`), "due.days": json.RawMessage("180")})
		if len(left) != 0 {
			t.Fatalf("%v", left)
		}
		if err := admit("standin-2", 7); problem.Of(err).Params["max"] != 6 {
			t.Errorf("more than the house allows: %v", err)
		}
		if err := admit("standin-3", 6); err != nil {
			t.Fatal(err)
		}
		if s, err := o.Stood(t.Context()); err != nil || !slices.Equal(s.Over, []string{o.guards.ID}) {
			t.Errorf("two where one is too many already: %+v, %v", s, err)
		}
		if got := due(DuePosition); len(got) != 1 || got[0].Position != access.Leader {
			t.Errorf("positions that must be held: %+v", got)
		}
		if got := due(DueContract); len(got) != 1 {
			t.Errorf("half a year before the contract ends: %+v", got)
		}
	})
}

func TestStandInsThatAreRefused(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		good := Admission{Name: "王五", Username: "standin-1", Unit: o.guards.ID, Identity: "110101", ConfirmedBy: "队长", Hours: 8}
		before := len(o.acts(""))
		for name, c := range map[string]struct {
			edit func(*Admission)
			want error
		}{
			"no photo":     {func(a *Admission) { a.Picture = []byte("GIF89a") }, ErrPhoto},
			"a large one":  {func(a *Admission) { a.Picture = make([]byte, MaxPhotoBytes+1) }, ErrPhotoLarge},
			"for days":     {func(a *Admission) { a.Hours = 13 }, ErrStandInHours},
			"for nothing":  {func(a *Admission) { a.Hours = 0 }, ErrStandInHours},
			"a department": {func(a *Admission) { a.Unit = o.house.ID }, ErrStandInCompany},
			"no unit":      {func(a *Admission) { a.Unit = "nowhere" }, ErrStandInCompany},
			"a name taken": {func(a *Admission) { a.Username = "BOSS" }, account.ErrUsernameTaken},
		} {
			a := good
			c.edit(&a)
			if _, _, _, err := o.Admit(t.Context(), access.ActorOf("lead", access.DutyLead), a); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if _, _, _, err := o.Admit(t.Context(), o.admin, good); !errors.Is(err, access.ErrRightMissing) {
			t.Errorf("by an administrator: %v", err)
		}
		if _, err := o.units.End(t.Context(), o.admin, o.contract.ID, "over"); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := o.Admit(t.Context(), access.ActorOf("lead", access.DutyLead), good); !errors.Is(err, ErrStandInCompany) {
			t.Errorf("after the contract: %v", err)
		}
		if n := len(o.acts("")); n != before+1 { // the end of the contract
			t.Errorf("%d acts", n-before)
		}
		if s, err := o.Stood(t.Context()); err != nil || len(s.StandIns) != 0 || len(s.Over) != 0 {
			t.Errorf("%+v, %v", s, err)
		}
	})
}

func TestLeaving(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		if _, err := o.units.Update(t.Context(), o.admin, o.house.ID, unit.Change{Responsible: &li}); err != nil {
			t.Fatal(err)
		}
		o.Open = func(context.Context, string) ([]Item, error) { return []Item{{"hold", "h1", "案件"}}, nil }
		for _, back := range []time.Duration{24 * time.Hour, 29 * 24 * time.Hour, 31 * 24 * time.Hour} {
			err := o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				return ledger.Record(ctx, tx, ledger.Act{At: o.now.Add(-back).UnixMicro(), Person: li, Kind: "live.opened", Camera: "c"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		l, err := o.Leaving(t.Context(), o.admin, li)
		if err != nil || len(l.Looks) != 2 || l.Looks[0].At < l.Looks[1].At || l.More || !slices.Equal(l.Open, []Item{{"unit", o.house.ID, "保卫处"}, {"hold", "h1", "案件"}}) {
			t.Fatalf("%+v, %v", l, err)
		}
		if _, err := o.Leave(t.Context(), o.admin, li, "retires", []string{"crown"}); !errors.Is(err, ErrHanded) {
			t.Errorf("a crown: %v", err)
		}
		if _, err := o.Leave(t.Context(), o.admin, o.admin.Person, "retires", nil); !errors.Is(err, ErrOwnFile) {
			t.Errorf("oneself: %v", err)
		}
		if _, err := o.Leave(t.Context(), o.admin, li, "retires", []string{"card", "keys"}); err != nil {
			t.Fatal(err)
		}
		if who, err := o.Accounts.Person(t.Context(), li); err != nil || !who.Disabled {
			t.Errorf("%+v, %v", who, err)
		}
		if act := o.acts("person.left"); len(act) != 1 || act[0].Detail["open"] != 2.0 || len(act[0].Detail["returned"].([]any)) != 2 {
			t.Errorf("%+v", act)
		}
		// The last administrator cannot leave, whoever carries it out.
		if _, err := o.Leave(t.Context(), access.ActorOf("another", access.Administrator), o.admin.Person, "retires", nil); !errors.Is(err, account.ErrLastAdministrator) {
			t.Errorf("the last administrator: %v", err)
		}
	})
}

func TestPhotos(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		li := o.person("li", access.Operator)
		var raw bytes.Buffer
		if err := jpeg.Encode(&raw, image.NewGray(image.Rect(0, 0, 1200, 600)), nil); err != nil {
			t.Fatal(err)
		}
		// An EXIF segment (APP1) with a place in it, behind the start of the picture.
		exif := append([]byte{0xff, 0xe1, 0, 20}, []byte("Exif\x00\x00GPS 39.9,116")...)
		marked := slices.Concat(raw.Bytes()[:2], exif, raw.Bytes()[2:])
		if err := o.Portray(t.Context(), o.admin, li, marked); err != nil {
			t.Fatal(err)
		}
		kept, err := o.Photo(t.Context(), li)
		if err != nil || bytes.Contains(kept, []byte("GPS")) || bytes.Contains(kept, []byte("Exif")) {
			t.Fatalf("%d bytes, %v", len(kept), err)
		}
		if head, err := jpeg.DecodeConfig(bytes.NewReader(kept)); err != nil || head.Width != 480 || head.Height != 240 {
			t.Errorf("%+v, %v", head, err)
		}
		for name, c := range map[string]struct {
			raw  []byte
			want error
		}{"text": {[]byte("hello"), ErrPhoto}, "half": {marked[:200], ErrPhoto}, "too many bytes": {make([]byte, MaxPhotoBytes+1), ErrPhotoLarge}, "too many pixels": {wide(), ErrPhotoLarge}} {
			if err := o.Portray(t.Context(), o.admin, li, c.raw); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
		if err := o.Portray(t.Context(), o.admin, li, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := o.Photo(t.Context(), li); !errors.Is(err, ErrNoPhoto) {
			t.Error(err)
		}
	})
}

// wide is the head of a PNG that says it is 60,000 by 60,000 pixels.
func wide() []byte {
	chunk := []byte("IHDR\x00\x00\xea\x60\x00\x00\xea\x60\x08\x02\x00\x00\x00")
	head := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	return binary.BigEndian.AppendUint32(head, crc32.ChecksumIEEE(chunk))
}

func rules(t *testing.T) *rule.Set {
	t.Helper()
	s, err := rule.NewSet(Parameters())
	if err != nil {
		t.Fatal(err)
	}
	return s
}
