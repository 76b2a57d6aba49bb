package staff

import (
	"context"
	"maps"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/unit"
)

// What can run out or be missing.
const (
	DueLicence       = "licence"
	DueApplication   = "licence_application"
	DueQualification = "qualification"
	DueVetting       = "vetting"
	DuePledge        = "pledge"
	DueTerm          = "account_term"
	DueContract      = "contract"
	DuePosition      = "position_vacant"
	DueUnqualified   = "position_unqualified"
	DueResponsible   = "unit_without_responsible"
	DueOwner         = "camera_without_owner"
	DueLeaving       = "leaving_open" // somebody left, and not all is settled; On is the day
	DueStandIn       = "stand_in_now" // a stand-in is in: the room is under-qualified until the shift ends; On is the day
)

// Due is something that runs out soon, has run out, or is missing.
type Due struct {
	What     string
	Person   string          // whose it is
	Unit     string          // whose contract, or who has nobody responsible
	Position access.Position // that nobody holds, or somebody without the qualification it demands
	Camera   string          // that nobody answers for
	On       Day             // the last day; empty: it is missing
	Days     int             // left, 0 on the last day, below it afterwards
}

// Due lists what runs out within the days of warning, has run out, or is missing, the most
// pressing first (C020, C025, C100).
func (f *Files) Due(ctx context.Context) ([]Due, error) {
	people, err := f.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	files, err := f.List(ctx)
	if err != nil {
		return nil, err
	}
	units := unit.Units{DB: f.DB, Clock: f.Clock}
	all, err := units.List(ctx)
	if err != nil {
		return nil, err
	}
	contracts, err := units.Contracts(ctx)
	if err != nil {
		return nil, err
	}
	now := f.Clock.Micro()
	in, err := f.inForce(ctx, people, now)
	if err != nil {
		return nil, err
	}
	list := f.Settings.due(f.Settings.today(now), people, files, all, contracts, in)
	open, err := f.unsettled(ctx, people)
	if err != nil {
		return nil, err
	}
	today := f.Settings.today(now)
	for _, person := range slices.Sorted(maps.Keys(open)) {
		on := f.Settings.today(open[person])
		list = append(list, Due{What: DueLeaving, Person: person, On: on, Days: left(today, on)})
	}
	shifts, err := f.standing(ctx, now)
	if err != nil {
		return nil, err
	}
	for _, s := range shifts {
		if i := slices.IndexFunc(people, func(p account.Person) bool { return p.ID == s.Person }); i < 0 || people[i].Shut(now) != "" {
			continue
		}
		on := f.Settings.today(s.Until)
		list = append(list, Due{What: DueStandIn, Person: s.Person, Unit: s.Unit, On: on, Days: left(today, on)})
	}
	slices.SortStableFunc(list, func(a, b Due) int { return a.rank() - b.rank() })
	orphans, err := f.orphans(ctx, people, now)
	return append(orphans, list...), err
}

// inForce gives, by person, the positions that those who can come in at an instant (µs) hold
// then, each with the one of the program that it goes by.
func (f *Files) inForce(ctx context.Context, people []account.Person, now int64) (map[string][]access.Own, error) {
	in := map[string][]access.Own{}
	for i := range people {
		p := &people[i]
		if p.Shut(now) != "" {
			continue
		}
		var held []access.Position
		for k := range p.Holdings {
			if p.Holdings[k].At(now) {
				held = append(held, p.Holdings[k].Position)
			}
		}
		gone, err := f.Accounts.GoneBy(ctx, held)
		if err != nil {
			return nil, err
		}
		in[p.ID] = gone
	}
	return in, nil
}

// atRisk are the positions that nobody holds who can come in, and those that somebody holds
// without the qualification that is demanded (C020).
func (s *Settings) atRisk(today Day, people []account.Person, files map[string]File, in map[string][]access.Own) (list []Due) {
	demanded, held := qualified.Get(s.Rules), map[string]bool{}
	for i := range people {
		id := people[i].ID
		file, told := files[id], map[access.Position]bool{}
		for _, o := range in[id] {
			held[string(o.Position)], held[string(o.Basis)] = true, true
			lapsed := file.QualificationUntil != "" && file.QualificationUntil < today
			if told[o.Position] || !o.Named(demanded) || file.Qualification != "" && !lapsed {
				continue
			}
			told[o.Position] = true
			d := Due{What: DueUnqualified, Person: id, Position: o.Position}
			if file.Qualification != "" {
				d.On, d.Days = file.QualificationUntil, left(today, file.QualificationUntil)
			}
			list = append(list, d)
		}
	}
	for _, position := range filled.Get(s.Rules) {
		if !held[position] {
			list = append(list, Due{What: DuePosition, Position: access.Position(position)})
		}
	}
	return list
}

// orphans are the cameras that nobody answers for some days after they were added, also where
// who did has left (C010, ruling R13).
func (f *Files) orphans(ctx context.Context, people []account.Person, now int64) (list []Due, err error) {
	if f.Owners == nil {
		return nil, nil
	}
	days := time.Duration(ownerDays.Get(f.Settings.Rules)) * 24 * time.Hour
	owners, err := f.Owners(ctx, now-days.Microseconds())
	here := map[string]bool{}
	for i := range people {
		p := &people[i]
		here[p.ID] = !p.Disabled && p.LeftAt == nil && (p.ValidUntil == nil || now < *p.ValidUntil)
	}
	for _, o := range owners {
		if !here[o.Person] {
			list = append(list, Due{What: DueOwner, Camera: o.Camera})
		}
	}
	return list, err
}

func (s *Settings) due(today Day, people []account.Person, files map[string]File, units []unit.Unit, contracts []unit.Contract, in map[string][]access.Own) []Due {
	list := []Due{}
	add := func(d Due) {
		if d.On == "" {
			return
		}
		if d.Days = left(today, d.On); d.Days <= s.warn() {
			list = append(list, d)
		}
	}
	last := func(until int64) Day { // the day in which an exclusive end lies
		return Day(time.UnixMicro(until - 1).In(s.zone()).Format(time.DateOnly))
	}
	for i := range people {
		p := &people[i]
		if p.Disabled {
			continue
		}
		file := files[p.ID]
		add(Due{What: DueLicence, Person: p.ID, On: file.LicenceUntil})
		if file.Licence == "" {
			add(Due{What: DueApplication, Person: p.ID, On: file.LicencePending})
		}
		add(Due{What: DueQualification, Person: p.ID, On: file.QualificationUntil})
		add(Due{What: DuePledge, Person: p.ID, On: file.PledgeUntil})
		if slices.ContainsFunc(p.Positions(), access.Position.Watches) {
			if s.pledges(p.Positions()) && file.PledgeUntil == "" {
				list = append(list, Due{What: DuePledge, Person: p.ID})
			}
			if s.vets(p.Positions()) {
				if file.VettedOn == "" {
					list = append(list, Due{What: DueVetting, Person: p.ID})
				}
				add(Due{What: DueVetting, Person: p.ID, On: s.vetted(file.VettedOn)})
			}
		}
		if p.ValidUntil != nil {
			add(Due{What: DueTerm, Person: p.ID, On: last(*p.ValidUntil)})
		}
	}
	for i := range contracts {
		if contracts[i].EndedAt == nil {
			add(Due{What: DueContract, Unit: contracts[i].Unit, On: last(contracts[i].Until)})
		}
	}
	for i := range units {
		if units[i].RetiredAt == nil && units[i].Responsible == "" && units[i].Kind == unit.Department {
			list = append(list, Due{What: DueResponsible, Unit: units[i].ID})
		}
	}
	list = append(list, s.atRisk(today, people, files, in)...)
	slices.SortStableFunc(list, func(a, b Due) int { return a.rank() - b.rank() })
	return list
}

// rank puts what is missing beside what ended yesterday.
func (d Due) rank() int {
	if d.On == "" {
		return -1
	}
	return d.Days
}
