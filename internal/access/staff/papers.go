package staff

import (
	"context"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Which papers end the right to see pictures when they run out. Where none is set they are
// shown as due and nothing more.
var (
	// PledgeEnds: without a pledge of secrecy on file nobody sees pictures (C100).
	PledgeEnds = rule.Bool{Key: "pledge.ends", Guard: rule.Lower, Clauses: []string{"C100"}}
	// VettingYears is how long a vetting is good; 0: it counts for nothing.
	VettingYears = rule.Int{Key: "vetting.years", Least: 0, Most: 10, Unit: "years", Guard: rule.Higher, Off: true, Clauses: []string{"C100", "C020"}}
	// LicenceEnds: who has a guard's licence sees pictures while it is good (C025). It says
	// nothing of those who have none on file: not everybody who watches is a guard.
	LicenceEnds = rule.Bool{Key: "licence.ends", Guard: rule.Lower, Clauses: []string{"C025", "C020"}}
)

// What is told of the files, and who stands in.
var (
	// dueDays is how long before something runs out it is told.
	dueDays = rule.Int{Key: "due.days", Default: 30, Least: 7, Most: 180, Unit: "days", Guard: rule.Lower, Clauses: []string{"C020", "C025"}}
	// filled are the positions that stand at risk while nobody holds them: upkeep, operation
	// and review, where the house names no others.
	filled = rule.Names{Key: "due.positions", Register: "position", Longest: 40, Guard: rule.Lower, Clauses: []string{"C020"},
		Default: []string{string(access.Technician), string(access.Supervisor), string(access.Auditor)}}
	// qualified are the positions that stand at risk while somebody holds them without a
	// qualification on file that is good.
	qualified = rule.Names{Key: "due.qualified", Register: "position", Default: []string{}, Longest: 40, Guard: rule.Lower, Clauses: []string{"C020"}}
	// ownerDays is how long after it was added a camera may have nobody who answers for it.
	ownerDays = rule.Int{Key: "due.owner_days", Default: 7, Least: 1, Most: 90, Unit: "days", Guard: rule.Higher, Clauses: []string{"C010"}}
	// standInHours is the longest shift of a stand-in.
	standInHours = rule.Int{Key: "stand_in.hours", Default: 12, Least: 4, Most: 24, Unit: "hours", Guard: rule.Higher, Clauses: []string{"C025"}}
	// briefing is how long a stand-in has the briefing open before signing it.
	briefing = rule.Duration{Key: "stand_in.briefing", Default: 10 * time.Minute, Least: time.Minute, Most: time.Hour, Guard: rule.Lower, Clauses: []string{"C100", "C025"}}
	// standIns is how many of one company in 30 days become a finding above it.
	standIns = rule.Int{Key: "stand_in.most", Default: 8, Least: 1, Most: 100, Unit: "times", Guard: rule.Higher, Clauses: []string{"C025"}}
)

// Parameters gives what an institution sets of papers and stand-ins.
func Parameters() []rule.Parameter {
	return []rule.Parameter{PledgeEnds, pledgeMonths, VettingYears, LicenceEnds, dueDays, filled, qualified, ownerDays, standInHours, briefing, standIns}
}

// paper is one on which the right to see pictures depends.
type paper struct {
	lack access.Lack
	last Day // on which it is good; empty: it is not on file
}

// counting gives those that count for a file.
func (s *Settings) counting(r *fileRow, positions []access.Position) (all []paper) {
	if s.pledges(positions) {
		all = append(all, paper{access.LackPledge, r.PledgeUntil})
	}
	if s.vets(positions) {
		all = append(all, paper{access.LackVetting, s.vetted(r.VettedOn)})
	}
	// A licence in application is good until its day (practice P5).
	if last := max(r.LicenceUntil, r.LicencePending); LicenceEnds.Get(s.Rules) && last != "" {
		all = append(all, paper{access.LackLicence, last})
	}
	return all
}

// pledges and vets tell of whom a pledge, or a vetting, is asked. A stand-in signs the pledge
// to be let in at all, and is answered for by the company, for one shift (practice P5).
func (s *Settings) pledges(positions []access.Position) bool {
	return PledgeEnds.Get(s.Rules) && stays(positions)
}

func (s *Settings) vets(positions []access.Position) bool {
	return VettingYears.Get(s.Rules) > 0 && stays(positions)
}

func stays(positions []access.Position) bool {
	return slices.ContainsFunc(positions, func(p access.Position) bool { return p != access.StandIn })
}

// vetted is the last day on which a vetting is good.
func (s *Settings) vetted(on Day) Day {
	at, err := time.Parse(time.DateOnly, string(on))
	if err != nil {
		return ""
	}
	return Day(at.AddDate(VettingYears.Get(s.Rules), 0, -1).Format(time.DateOnly))
}

// Papers tells how those of a person stand on which the right to see pictures depends
// (C100, practice P7). It is asked for every request.
func (f *Files) Papers(ctx context.Context, person string, held []access.Holding) (out access.Papers, err error) {
	all, err := f.papers(ctx, person, held)
	for _, p := range all {
		end := f.Settings.end(p.last)
		switch now := f.Clock.Micro(); {
		case end == nil || *end <= now:
			if out.Lapsed == "" {
				out.Lapsed = p.lack
			}
		case out.Next == 0 || *end < out.Next:
			out.Next = *end
		}
	}
	if err != nil || !guest(held) {
		return out, err
	}
	r, err := admitted(ctx, f.DB.Read(), person)
	if r == nil || err != nil {
		return out, err
	}
	if r.SignedAt == nil {
		out.Lapsed = access.LackBriefing
	}
	out.Host, err = f.host(ctx, r)
	return out, err
}

// guest tells whether somebody stands in and is nothing else. Who holds another position as
// well is no guest any more: two people gave it.
func guest(held []access.Holding) bool {
	return len(held) > 0 && !slices.ContainsFunc(held, func(h access.Holding) bool { return h.Position != access.StandIn })
}

// host gives who let a stand-in in, and how that one stands now.
func (f *Files) host(ctx context.Context, r *standInRow) (*access.Host, error) {
	host, now := &access.Host{Person: r.AdmittedBy}, f.Clock.Micro()
	actor, who, err := f.Accounts.Stands(ctx, r.AdmittedBy)
	switch {
	case problem.Of(err).Code == account.ErrPersonUnknown.Code:
		return host, nil // which may nothing
	case err != nil:
		return nil, err
	case !who.Disabled && (who.ValidFrom == nil || *who.ValidFrom <= now) && (who.ValidUntil == nil || now < *who.ValidUntil):
		host.Standing = actor.Standing()
	}
	return host, nil
}

func (f *Files) papers(ctx context.Context, person string, held []access.Holding) ([]paper, error) {
	if s := f.Settings.Rules; !PledgeEnds.Get(s) && VettingYears.Get(s) == 0 && !LicenceEnds.Get(s) {
		return nil, nil
	}
	rows := []fileRow{}
	if err := f.DB.Read().NewSelect().Model(&rows).Where("person = ?", person).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read the file of a person")
	}
	positions := make([]access.Position, len(held))
	for i := range held {
		positions[i] = held[i].Position
	}
	if !slices.ContainsFunc(positions, access.Position.Watches) {
		return nil, nil
	}
	return f.Settings.counting(&append(rows, fileRow{})[0], positions), nil
}

// Ending is a paper of one's own by which the right to see pictures ends, or has ended.
type Ending struct {
	Paper access.Lack
	On    Day // its last day; empty: it is not on file
	Ended bool
}

// Ending gives those of a person that are not good for longer than the days of warning, so
// that whoever watches is told before (C100).
func (f *Files) Ending(ctx context.Context, person string, held []access.Holding) (list []Ending, err error) {
	all, err := f.papers(ctx, person, held)
	today := f.Settings.today(f.Clock.Micro())
	for _, p := range all {
		if p.last == "" || left(today, p.last) <= f.Settings.warn() {
			list = append(list, Ending{p.lack, p.last, p.last < today})
		}
	}
	return list, err
}

// papersOf are the days of a file on which rights may depend.
func papersOf(r *fileRow) [4]Day {
	return [4]Day{r.PledgeUntil, r.VettedOn, r.LicenceUntil, r.LicencePending}
}
