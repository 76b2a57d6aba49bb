package review_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/policy"
	"watchroom/internal/access/review"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
	"watchroom/internal/testkit/people"
	"watchroom/internal/text"
)

// office is a house with somebody in every position that matters.
type office struct {
	*review.Reviews
	t                              *testing.T
	now                            time.Time
	admin, guard, lead, boss, eyes access.Actor
}

func newOffice(t *testing.T, d *db.DB) *office {
	o := &office{t: t, now: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)}
	clock := func() time.Time { return o.now }
	accounts := &account.Control{DB: d, Bus: &event.Bus{}, Clock: clock}
	if err := accounts.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	o.Reviews = &review.Reviews{DB: d, Clock: clock, Accounts: accounts, Zone: time.FixedZone("site", 8*3600)}
	o.admin = people.Add(t, d, "admin", access.Administrator)
	o.guard = people.Add(t, d, "guard", access.Operator, access.DutyLead)
	o.lead, o.boss, o.eyes = people.Add(t, d, "lead", access.Leader), people.Add(t, d, "boss", access.Supervisor), people.Add(t, d, "eyes", access.Auditor)
	return o
}

func each(t *testing.T, fn func(t *testing.T, o *office)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fn(t, newOffice(t, d))
		held.Honest(t, d, review.Differ)
	})
}

// did puts an act on record.
func (o *office) did(acts ...ledger.Act) {
	o.t.Helper()
	err := o.DB.Tx(o.t.Context(), func(ctx context.Context, tx bun.Tx) error {
		for _, a := range acts {
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) item(r review.Review, who access.Actor, p access.Position) string {
	o.t.Helper()
	for _, i := range r.Items {
		if i.Person == who.Person && i.Position == p {
			return i.ID
		}
	}
	o.t.Fatalf("no line of %s", p)
	return ""
}

// TestAReviewOfRights walks one from its opening to its close.
func TestAReviewOfRights(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		used := o.now.Add(-time.Hour).UnixMicro()
		o.did(o.guard.For(access.PlaybackView, "").Act(used, "viewing.opened", "v", "", nil), o.guard.For(access.PeopleManage, "").Act(used+1, "person.created", "x", "", nil))
		one, err := o.Open(ctx, o.eyes, "the half-yearly one")
		if err != nil || len(one.Items) != 6 || one.DueAt != one.OpenedAt+14*86400e6 {
			t.Fatalf("%+v, %v", one, err)
		}
		for _, i := range one.Items {
			want := int64(0)
			if i.Person == o.guard.Person && i.Position == access.Operator {
				want = used
			}
			if i.UsedAt != want {
				t.Errorf("%s was used at %d, want %d", i.Position, i.UsedAt, want)
			}
		}
		if _, err := o.Open(ctx, o.boss, ""); !errors.Is(err, review.ErrRuns) {
			t.Errorf("a second one: %v", err)
		}
		own, duty, watch := o.item(one, o.eyes, access.Auditor), o.item(one, o.guard, access.DutyLead), o.item(one, o.guard, access.Operator)
		for _, c := range []struct {
			name             string
			actor            access.Actor
			id               string
			items            []string
			decision, reason string
			want             error
		}{
			{"who runs the system", o.admin, one.ID, []string{duty}, review.Confirmed, "still needed", access.ErrRightMissing},
			{"who is reviewed", o.eyes, one.ID, []string{duty, own}, review.Confirmed, "still needed", review.ErrOwn},
			{"without a reason", o.eyes, one.ID, []string{duty}, review.Confirmed, " ", text.ErrRequired},
			{"neither", o.eyes, one.ID, []string{duty}, "maybe", "still needed", review.ErrDecision},
			{"nothing", o.eyes, one.ID, nil, review.Confirmed, "still needed", review.ErrLines},
			{"of another review", o.eyes, one.ID, []string{duty, "0000000000000"}, review.Confirmed, "still needed", review.ErrUnknown},
			{"no review", o.eyes, "0000000000000", []string{duty}, review.Confirmed, "still needed", review.ErrUnknown},
			{"the last administrator", o.eyes, one.ID, []string{watch, o.item(one, o.admin, access.Administrator)}, review.Withdrawn, "not needed", account.ErrLastAdministrator},
		} {
			if _, err := o.Decide(ctx, c.actor, c.id, c.items, c.decision, c.reason); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
		}
		if got, err := o.One(ctx, o.boss, one.ID); err != nil || got.Items[0].Decision != "" || got.Items[5].Decision != "" {
			t.Fatalf("refused ones left %+v, %v", got, err)
		}

		told := o.Accounts.Bus.Subscribe(8)
		defer told.Close()
		o.now = o.now.Add(time.Hour)
		if _, err := o.Decide(ctx, o.eyes, one.ID, []string{duty}, review.Withdrawn, "no longer leads a shift"); err != nil {
			t.Fatal(err)
		}
		who, err := o.Accounts.Person(ctx, o.guard.Person)
		if err != nil || len(who.Holdings) != 1 || who.Holdings[0].Position != access.Operator {
			t.Errorf("the guard holds %+v, %v", who.Holdings, err)
		}
		<-told.C
		if events, _ := told.Take(); len(events) != 1 || events[0].Person != o.guard.Person {
			t.Errorf("told of %+v", events)
		}
		if _, err := o.Decide(ctx, o.boss, one.ID, []string{duty}, review.Confirmed, "still needed"); !errors.Is(err, review.ErrDecided) {
			t.Errorf("twice: %v", err)
		}
		// What somebody else took away meanwhile is gone, whatever was meant.
		if _, err := o.Accounts.ChangePerson(ctx, access.CommandLine(), o.guard.Person, account.PersonChange{Holdings: &[]access.Holding{}}); err != nil {
			t.Fatal(err)
		}
		rest := []string{watch, o.item(one, o.admin, access.Administrator), o.item(one, o.boss, access.Supervisor), o.item(one, o.lead, access.Leader)}
		if got, err := o.Decide(ctx, o.eyes, one.ID, rest, review.Confirmed, "still needed"); err != nil || got.ClosedAt != 0 {
			t.Fatalf("%+v, %v", got, err)
		}
		if s, err := o.State(ctx); err != nil || !s.Overdue || s.LastAt != 0 { // these accounts are of 1970
			t.Errorf("%+v, %v", s, err)
		}
		o.now = o.now.Add(15 * 24 * time.Hour)
		done, err := o.Decide(ctx, o.boss, one.ID, []string{own}, review.Confirmed, "audits us")
		if err != nil || done.ClosedAt == 0 {
			t.Fatalf("%+v, %v", done, err)
		}
		decisions := map[string]int{}
		for _, i := range done.Items {
			decisions[i.Decision]++
		}
		if diff := cmp.Diff(map[string]int{"confirmed": 4, "withdrawn": 1, "gone": 1}, decisions); diff != "" {
			t.Error(diff)
		}
		if _, err := o.Decide(ctx, o.boss, one.ID, []string{own}, review.Confirmed, "audits us"); !errors.Is(err, review.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if s, err := o.State(ctx); err != nil || s.Overdue || s.LastAt != done.ClosedAt || time.UnixMicro(s.NextAt).UTC() != time.Date(2027, 6, 7, 9, 0, 0, 0, time.UTC) {
			t.Errorf("%+v, %v", s, err)
		}
		acts, _, err := ledger.List(ctx, o.DB.Read(), ledger.Filter{Kind: "review."})
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]int{}
		for _, a := range acts {
			kinds[a.Kind]++
			if a.Kind == "review.closed" && a.Detail["late"] != true {
				t.Errorf("%+v", a)
			}
		}
		if diff := cmp.Diff(map[string]int{"review.opened": 1, "review.withdrawn": 1, "review.confirmed": 4, "review.gone": 1, "review.closed": 1}, kinds); diff != "" {
			t.Error(diff)
		}
		o.now = o.now.AddDate(0, 7, 0)
		if s, err := o.State(ctx); err != nil || !s.Overdue {
			t.Errorf("seven months later: %+v, %v", s, err)
		}
		lines, err := o.Lines(ctx, o.eyes)
		if err != nil || len(lines) != 4 {
			t.Errorf("%+v, %v", lines, err)
		}
		o.now = o.now.Add(time.Hour)
		if _, err := o.Open(ctx, o.eyes, ""); err != nil { // one more, which waits
			t.Fatal(err)
		}
		held.Altered(t, o.DB, map[string][]string{"rights_reviews": nil, "rights_review_items": nil}, review.Differ)
		earlier := `UPDATE acts SET detail = replace(detail, '"sha256"', '"x"'); UPDATE rights_review_items SET used_at = 7`
		dbtest.Forge(t, o.DB, earlier, func(ctx context.Context, tx bun.Tx) {
			if all := held.Rows(t, review.Differ)(ctx, tx); len(all) > 0 {
				t.Errorf("an earlier version: %q", all)
			}
		})
	})
}

// TestADirectoryHasItsOwnReview: what its groups give is taken in the group.
func TestADirectoryHasItsOwnReview(t *testing.T) {
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		err := o.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE people SET directory = 'ad' WHERE id = ?", o.guard.Person)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		one, err := o.Open(ctx, o.eyes, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Decide(ctx, o.eyes, one.ID, []string{o.item(one, o.guard, access.DutyLead)}, review.Withdrawn, "not needed"); !errors.Is(err, review.ErrDirectory) || problem.Of(err).Params["directory"] != "ad" {
			t.Errorf("%v", err)
		}
		if _, err := o.Decide(ctx, o.eyes, one.ID, []string{o.item(one, o.guard, access.DutyLead)}, review.Confirmed, "still needed"); err != nil {
			t.Error(err)
		}
	})
}

// TestAMarkAnswersForWhatItMarks: what follows a look is what is done under that viewing, or about
// the footage that was looked at. One mark a day does not answer for every look of the day.
func TestAMarkAnswersForWhatItMarks(t *testing.T) {
	clause.Covers(t, "C105")
	each(t, func(t *testing.T, o *office) {
		footage := o.now.Add(-100 * time.Hour)
		minute := func(m int) int64 { return footage.Add(time.Duration(m) * time.Minute).UnixMicro() }
		ago := func(m int) int64 { return o.now.Add(-72*time.Hour + time.Duration(m)*time.Minute).UnixMicro() }
		for i, id := range []string{"private", "fight", "marked", "lost"} { // at other footage each
			o.did(o.guard.For(access.PlaybackView, "gate").Act(ago(i), "viewing.opened", id, "gate", map[string]any{"reason": "x", "purpose": "incident", "from": minute(10 * i), "to": minute(10*i + 10)}))
		}
		for i, d := range []struct {
			kind   string
			detail map[string]any
		}{
			{"snapshot.taken", map[string]any{"at": minute(5), "viewing": "fight"}}, // it says under which
			{"bookmark.created", map[string]any{"at": minute(25)}},
			{"bookmark.retracted", nil},
			{"loss.explained", nil}, // about no footage that is there: the look before it
		} {
			o.did(o.guard.For(access.BookmarkWrite, "gate").Act(ago(10+i), d.kind, "s", "gate", d.detail))
		}
		got, err := o.Report(t.Context(), o.eyes, o.now.AddDate(0, 0, -30).UnixMicro(), o.now.UnixMicro())
		if err != nil {
			t.Fatal(err)
		}
		if want := []review.Lookup{{Person: o.guard.Person, Times: 4, Followed: 3, Without: 1}}; !cmp.Equal(got.Lookups, want) {
			t.Errorf("%+v, want %+v", got.Lookups, want)
		}
	})
}

// TestAColleagueIsNamedInManyWays: by the Chinese part of the name, by the other, by the user name;
// and not by a word that happens to hold it.
func TestAColleagueIsNamedInManyWays(t *testing.T) {
	clause.Covers(t, "C105")
	o := newOffice(t, dbtest.Open(t, db.SQLite))
	fang := people.Add(t, o.DB, "fang07", access.Operator)
	err := o.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE people SET display_name = '王芳 Wang Fang（东门）' WHERE id = ?", fang.Person)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		reason string
		names  bool
	}{
		{"看看王芳昨晚几点走的", true}, {"王芳 Wang Fang", true}, {"where did Wang Fang go", true}, {"WANG  FANG, again", true}, {"where is wangfang", true}, {"看看 ｆａｎｇ０７", true},
		{"王先生的包", false}, {"the Wang family", false}, {"a fang of a dog", false}, {"wang fangs", false}, {"东门有人打架", false}, {"fang071", false},
	} {
		at := o.now.Add(time.Duration(-1000+10*i) * time.Minute).UnixMicro()
		o.did(o.guard.For(access.PlaybackView, "gate").Act(at, "viewing.opened", fmt.Sprintf("v%02d", i), "gate", map[string]any{"reason": c.reason, "purpose": "incident"}))
		got, err := o.Report(t.Context(), o.eyes, at, at+1)
		if err != nil {
			t.Fatal(err)
		}
		if named := slices.ContainsFunc(got.Patterns, func(p review.Pattern) bool { return p.Kind == review.Colleague && p.Other == fang.Person }); named != c.names {
			t.Errorf("%s: %v", c.reason, named)
		}
	}
}

// TestReports: figures of refusals, of lookups that nothing followed, and of patterns.
func TestReports(t *testing.T) {
	clause.Covers(t, "C105", "C114")
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		mate := people.Add(t, o.DB, "李大伟", access.Operator)
		hour := time.Hour
		looked := func(who access.Actor, viewing, camera, reason string, ago time.Duration, footage time.Time) {
			at := o.now.Add(-ago).UnixMicro()
			o.did(who.For(access.PlaybackView, camera).Act(at, "viewing.opened", viewing, camera, map[string]any{"reason": reason, "purpose": "incident",
				"from": footage.Add(-5 * time.Minute).UnixMicro(), "to": footage.Add(5 * time.Minute).UnixMicro()}))
		}
		night := func(day int) time.Time { return time.Date(2026, 11, day, 22, 30, 0, 0, o.Zone) }
		for day := 10; day < 15; day++ { // five evenings at the gate of the dormitory
			looked(o.guard, "g"+string(rune('a'+day)), "gate", "再看一次", time.Duration(24*(22-day))*hour, night(day))
		}
		for i := range 5 { // the same minute of the till, which an incident may need
			looked(mate, "t"+string(rune('a'+i)), "till", "the missing money", 48*hour+time.Duration(i)*time.Minute, night(19))
		}
		o.did(mate.For(access.BookmarkWrite, "till").Act(o.now.Add(-47*hour).UnixMicro(), "bookmark.created", "b", "till", map[string]any{"at": night(19).UnixMicro()}))
		looked(o.boss, "b1", "hall", "to see when 李大伟 came", 3*hour, night(20))
		looked(o.boss, "b1", "yard", "to see when 李大伟 came", 3*hour, night(20))
		for i := range 3 {
			o.did(o.guard.For(access.ActRead, "").Act(o.now.Add(-time.Duration(i)*hour).UnixMicro(), "access.refused", "", []string{"gate", "yard", "gate"}[i], map[string]any{"count": i + 1}))
		}
		from, to := o.now.AddDate(0, 0, -30).UnixMicro(), o.now.Add(time.Second).UnixMicro()
		got, err := o.Report(ctx, o.eyes, from, to)
		if err != nil {
			t.Fatal(err)
		}
		want := &review.Report{From: from, To: to, Viewings: 11, Repeats: 5, FollowUp: 24 * hour,
			Refused: []review.Refused{{Person: o.guard.Person, Action: "act.read", Times: 6, Cameras: 2, LastAt: o.now.UnixMicro()}},
			Lookups: []review.Lookup{{Person: o.guard.Person, Times: 5, Without: 5}, {Person: o.boss.Person, Times: 1, Open: 1}, {Person: mate.Person, Times: 5, Followed: 5}},
			Patterns: []review.Pattern{
				{Kind: review.SameHour, Person: o.guard.Person, Camera: "gate", Hour: 22, Times: 5, FirstAt: o.now.Add(-12 * 24 * hour).UnixMicro(), LastAt: o.now.Add(-8 * 24 * hour).UnixMicro()},
				{Kind: review.SameCamera, Person: mate.Person, Camera: "till", Times: 5, FirstAt: o.now.Add(-48*hour - 4*time.Minute).UnixMicro(), LastAt: o.now.Add(-48 * hour).UnixMicro()},
				{Kind: review.Colleague, Person: o.boss.Person, Other: mate.Person, Times: 1, FirstAt: o.now.Add(-3 * hour).UnixMicro(), LastAt: o.now.Add(-3 * hour).UnixMicro()},
			}}
		if want.Patterns[0].Person > want.Patterns[1].Person {
			want.Patterns[0], want.Patterns[1] = want.Patterns[1], want.Patterns[0]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("want (-), got (+):\n%s", diff)
		}
		for name, c := range map[string]struct {
			actor    access.Actor
			from, to int64
			want     error
		}{
			"an operator":   {o.guard, from, to, access.ErrRightMissing},
			"in some areas": {access.NewActor("e", access.NewRights("v", nil, map[string]access.Place{}), access.Standing{Holdings: []access.Holding{{Position: access.Auditor, Areas: []string{"east"}}}}), from, to, access.ErrElsewhere},
			"backwards":     {o.eyes, to, from, review.ErrSpan},
			"a year":        {o.eyes, o.now.AddDate(-1, 0, 0).UnixMicro(), to, review.ErrSpan},
			"from nowhere":  {o.eyes, 0, 5, review.ErrSpan},
		} {
			if _, err := o.Report(ctx, c.actor, c.from, c.to); !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
		}
	})
}

// TestTokensRulesAndGroupsAreReviewed: what gives rights besides positions is confirmed or
// withdrawn as well; a token at once, a rule by two people, a group where it is configured.
func TestTokensRulesAndGroupsAreReviewed(t *testing.T) {
	clause.Covers(t, "C113")
	each(t, func(t *testing.T, o *office) {
		ctx := t.Context()
		policies := &policy.Policies{DB: o.DB, Bus: &event.Bus{}, Clock: o.Clock}
		o.Policies = policies
		o.Groups = func() []review.Group {
			return []review.Group{{Directory: "ad", Group: "cn=guards", Position: access.Operator}}
		}
		made, value, err := o.Accounts.CreateToken(ctx, access.CommandLine(), account.NewToken{Person: o.admin.Person, Name: "Prometheus", Actions: []access.Action{access.MetricsRead}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Accounts.ByToken(ctx, value); err != nil {
			t.Fatal(err)
		}
		rules := []policy.Rule{{ID: "night", Position: access.Auditor, Actions: []access.Action{access.LiveView}}, {ID: "no pictures", Position: access.Technician, Actions: []access.Action{access.LiveView}, Deny: true}}
		asked, err := policies.Propose(ctx, o.boss, access.BuiltIn, rules, "as agreed")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := policies.Decide(ctx, o.lead, asked.ID, true, ""); err != nil {
			t.Fatal(err)
		}
		o.did(ledger.Act{At: o.now.Add(-time.Minute).UnixMicro(), Kind: "live.opened", Person: o.eyes.Person, Subject: "x", Detail: map[string]any{access.KeyDecision: map[string]any{"verdict": access.Allowed, "rule": "night", "position": "auditor"}}})
		one, err := o.Open(ctx, o.eyes, "")
		if err != nil {
			t.Fatal(err)
		}
		by := map[string]review.Item{}
		for _, i := range one.Items {
			if i.Grant != nil {
				by[i.Grant.Kind+" "+i.Grant.Name] = i
			}
		}
		token, night, denial, group := by["token Prometheus"], by["rule night"], by["rule no pictures"], by["group cn=guards"]
		day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC).UnixMicro()
		if len(by) != 4 || token.Person != o.admin.Person || token.UsedAt != day || token.Grant.Actions[0] != access.MetricsRead || night.Position != access.Auditor || night.UsedAt == 0 || denial.UsedAt != 0 || !denial.Grant.Deny || group.Position != access.Operator || group.Grant.Directory != "ad" {
			t.Fatalf("%+v", by)
		}
		if lines, err := o.Lines(ctx, o.eyes); err != nil || len(lines) != 10 {
			t.Errorf("%d lines, %v", len(lines), err)
		}
		for _, c := range []struct {
			name  string
			by    access.Actor
			item  string
			how   string
			wants error
		}{
			{"what is configured", o.boss, group.ID, review.Withdrawn, review.ErrGroup},
			{"a rule, by who asks for none", o.eyes, night.ID, review.Withdrawn, access.ErrRightMissing},
			{"a line that never changes", o.boss, token.ID, review.Renewed, review.ErrDecision},
			{"by who runs the system", o.admin, token.ID, review.Withdrawn, access.ErrRightMissing},
		} {
			if _, err := o.Decide(ctx, c.by, one.ID, []string{c.item}, c.how, "no longer needed"); !errors.Is(err, c.wants) {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if _, err := o.Decide(ctx, o.eyes, one.ID, []string{group.ID, denial.ID}, review.Confirmed, "still needed"); err != nil {
			t.Fatal(err)
		}
		o.now = o.now.Add(time.Second) // the newest proposal comes first
		after, err := o.Decide(ctx, o.boss, one.ID, []string{token.ID, night.ID}, review.Withdrawn, "no longer needed")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Accounts.ByToken(ctx, value); !errors.Is(err, account.ErrNotSignedIn) {
			t.Errorf("the token %s opens: %v", made.ID, err)
		}
		// The rule is there until another person agrees, who takes out this one alone.
		all, err := policies.List(ctx, o.boss)
		if err != nil || len(all) != 2 || all[0].Decision != "" || len(all[0].Rules) != 1 || all[0].Rules[0].ID != "no pictures" || all[0].AskedBy != o.boss.Person {
			t.Errorf("%+v, %v", all, err)
		}
		left := 0
		for _, i := range after.Items {
			if i.Decision == "" {
				left++
			}
		}
		if left != 6 || after.ClosedAt != 0 {
			t.Errorf("%d left, closed %d", left, after.ClosedAt)
		}
		held.Altered(t, o.DB, map[string][]string{"rights_review_grants": nil}, review.Differ)
	})
}
