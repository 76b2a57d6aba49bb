package regime_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/access"
	"watchroom/internal/access/proposal"
	"watchroom/internal/db"
	"watchroom/internal/regime"
	"watchroom/internal/testkit/dbtest"
	"watchroom/internal/testkit/held"
)

// told is what the model knows of a proposal.
type told struct {
	by        string
	before    int
	after     int
	state     proposal.State
	approvals []string
}

// TestTheStateMachine walks proposals of one parameter through every order of steps and
// holds what happens against a model of a few lines: who may do what when, what is in
// force after it, and that nothing else changes anything.
func TestTheStateMachine(t *testing.T) {
	for _, engine := range []db.Engine{db.SQLite, db.PostgreSQL} {
		t.Run(string(engine), func(t *testing.T) {
			d := dbtest.Open(t, engine)
			s := set(t)
			p, us := node(t, d, s, nil), hire(t, d)
			everybody := map[string]access.Actor{"boss": us.boss, "other": us.other, "chief": us.chief, "vice": us.vice, "auditor": us.auditor, "admin": us.admin}
			names := []string{"admin", "auditor", "boss", "chief", "other", "vice"}
			proposes, approves := []string{"boss", "chief", "other"}, []string{"chief", "vice"}
			value, version := 10, int64(0)
			rapid.Check(t, func(t *rapid.T) {
				ctx := t.Context()
				all := map[string]*told{}
				var ids []string
				pick := func(t *rapid.T) (string, *told) {
					if len(ids) == 0 {
						t.Skip("nothing proposed yet")
					}
					id := rapid.SampledFrom(ids).Draw(t, "proposal")
					return id, all[id]
				}
				t.Repeat(map[string]func(*rapid.T){
					"propose": func(t *rapid.T) {
						who, to := rapid.SampledFrom(names).Draw(t, "who"), rapid.IntRange(7, 13).Draw(t, "value")
						one, err := p.Propose(ctx, everybody[who], wish("word.letters", strconv.Itoa(to)), "because")
						switch {
						case !slices.Contains(proposes, who):
							refused(t, err, access.ErrRightMissing)
						case to < 8:
							refused(t, err, nil)
						case to == value:
							refused(t, err, regime.ErrSame)
						case err != nil:
							t.Fatal(err)
						default:
							all[one.ID] = &told{by: who, before: value, after: to, state: proposal.Proposed}
							ids = append(ids, one.ID)
						}
					},
					"approve": func(t *rapid.T) {
						id, m := pick(t)
						who := rapid.SampledFrom(names).Draw(t, "who")
						_, err := p.Decide(ctx, everybody[who], id, true, "")
						switch {
						case !slices.Contains(approves, who):
							refused(t, err, access.ErrRightMissing)
						case m.state != proposal.Proposed:
							refused(t, err, proposal.ErrDecided)
						case m.by == who:
							refused(t, err, proposal.ErrOwn)
						case slices.Contains(m.approvals, who):
							refused(t, err, regime.ErrTwice)
						case m.before != value:
							refused(t, err, proposal.ErrOvertaken)
						case err != nil:
							t.Fatal(err)
						default:
							m.approvals = append(m.approvals, who)
							if m.after > m.before || len(m.approvals) == 2 {
								m.state, value, version = proposal.Approved, m.after, version+1
							}
						}
					},
					"reject": func(t *rapid.T) {
						id, m := pick(t)
						who := rapid.SampledFrom(names).Draw(t, "who")
						_, err := p.Decide(ctx, everybody[who], id, false, "no, never")
						switch {
						case !slices.Contains(approves, who):
							refused(t, err, access.ErrRightMissing)
						case m.state != proposal.Proposed:
							refused(t, err, proposal.ErrDecided)
						case m.by == who:
							refused(t, err, proposal.ErrOwn)
						case err != nil:
							t.Fatal(err)
						default:
							m.state = proposal.Rejected
						}
					},
					"withdraw": func(t *rapid.T) {
						id, m := pick(t)
						who := rapid.SampledFrom(names).Draw(t, "who")
						_, err := p.Withdraw(ctx, everybody[who], id, "")
						switch {
						case !slices.Contains(proposes, who):
							refused(t, err, access.ErrRightMissing)
						case m.state != proposal.Proposed:
							refused(t, err, proposal.ErrDecided)
						case m.by != who:
							refused(t, err, proposal.ErrNotYours)
						case err != nil:
							t.Fatal(err)
						default:
							m.state = proposal.Withdrawn
						}
					},
					"": func(t *rapid.T) {
						if got := letters.Get(s); got != value {
							t.Fatalf("%d is in force, want %d", got, value)
						}
					},
				})
				whole, err := p.Read(ctx, us.auditor)
				if err != nil || whole.Version != version {
					t.Fatalf("version %d, want %d, %v", whole.Version, version, err)
				}
				for _, id := range ids {
					if one, err := p.Proposal(ctx, id); err != nil || one.State != all[id].state {
						t.Fatalf("%+v, %v, want %s", one, err, all[id].state)
					}
				}
				for _, o := range whole.Open { // so that the next walk does not carry them along
					if _, err := p.Withdraw(ctx, everybody[nameOf(everybody, o.ProposedBy)], o.ID, ""); err != nil {
						t.Fatal(err)
					}
				}
			})
			held.Honest(t, d, regime.Differ)
		})
	}
}

func nameOf(all map[string]access.Actor, person string) string {
	for name, a := range all {
		if a.Person == person {
			return name
		}
	}
	return ""
}

// refused wants err to be a refusal: want, or any where want is nil.
func refused(t *rapid.T, err, want error) {
	if err == nil || want != nil && !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
}
