// Package staff keeps the file of every person beside the account: the unit, the guard's
// card (C025), qualification and vetting (C020), the yearly pledge of secrecy (C100),
// and for people from outside the term of the account (practice P5). It warns of what runs
// out, knows what a person who leaves still holds, and lets in a company's guard for one
// shift.
package staff

import (
	"context"
	"regexp"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals of acts on files. Those about text come from package text.
var (
	ErrOwnFile     = problem.New(problem.Forbidden, "own_file", "Nobody keeps their own file; somebody else does.")
	ErrDay         = problem.New(problem.Invalid, "day_invalid", "A day is written as 2026-11-22.")
	ErrUnit        = problem.New(problem.Invalid, "person_unit_unknown", "There is no such unit, or it is retired.").On("unit")
	ErrTermEmpty   = problem.New(problem.Invalid, "term_empty", "The account ends before it begins.").On("validUntil")
	ErrTermNeeded  = problem.New(problem.Invalid, "term_needed", "Who belongs to a company has an account until a day that is named.").On("validUntil")
	ErrTermBeyond  = problem.New(problem.Invalid, "term_beyond_contract", "The account would outlast the contract of the company.").On("validUntil") // until
	ErrLicenceless = problem.New(problem.Invalid, "licence_number_needed", "A licence that has an end has a number.").On("licence")
)

// Settings are what the house sets.
type Settings struct {
	Zone  *time.Location // in which days begin and end; nil: UTC
	Rules *rule.Set      // see Parameters; nil: the defaults
}

func (s *Settings) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

func (s *Settings) warn() int { return dueDays.Get(s.Rules) }

// Day is a civil day in the time zone of the site, written as 2026-11-22; empty is none.
type Day string

var dayForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}$`)

// day takes in a day for a field.
func day(field string, d Day) (Day, error) {
	if d == "" {
		return "", nil
	}
	at, err := time.Parse(time.DateOnly, string(d))
	if !dayForm.MatchString(string(d)) || err != nil || at.Year() < 1950 || at.Year() > 2200 {
		return "", ErrDay.On(field)
	}
	return d, nil
}

// today is the day of an instant (µs).
func (s *Settings) today(at int64) Day {
	return Day(time.UnixMicro(at).In(s.zone()).Format(time.DateOnly))
}

// end is the instant (µs) after the last day; nil for none.
func (s *Settings) end(d Day) *int64 {
	at, err := time.ParseInLocation(time.DateOnly, string(d), s.zone())
	if err != nil {
		return nil
	}
	us := at.AddDate(0, 0, 1).UnixMicro()
	return &us
}

// left counts the days from one to another; 0 on the last day itself.
func left(from, until Day) int {
	a, err := time.Parse(time.DateOnly, string(from))
	b, err2 := time.Parse(time.DateOnly, string(until))
	if err != nil || err2 != nil {
		return 0
	}
	return int(b.Sub(a).Hours() / 24)
}

// File is what is known of a person besides the account. A day until which something is
// good is its last one.
type File struct {
	Person             string
	Phone              string
	Licence            string // number of the guard's licence
	LicenceUntil       Day
	LicencePending     Day // in application; good as one until this day
	Qualification      string
	QualificationUntil Day
	VettedOn           Day
	PledgeUntil        Day // of secrecy
	HasPhoto           bool
}

// Change changes what is not nil.
type Change struct {
	Unit *string
	Term *Term

	Phone, Licence, Qualification                                           *string
	LicenceUntil, LicencePending, QualificationUntil, VettedOn, PledgeUntil *Day
}

// Term is from when until when (µs, exclusive) an account may be used; nil: no end.
type Term struct{ From, Until *int64 }

// Files keeps them.
type Files struct {
	DB       *db.DB
	Clock    clock.Clock
	Accounts *account.Control
	Settings Settings
	// Open tells what else is open in a person's name in other chapters; may be nil.
	Open func(ctx context.Context, person string) ([]Item, error)
	// Owners tells of every camera in service that was added before an instant (µs) who answers
	// for it, in the order in which they were added; may be nil.
	Owners func(ctx context.Context, before int64) ([]Owner, error)
	// Cards are the staff cards, one of which a stand-in may get for the shift.
	Cards *card.Cards
}

// Owner is who answers for a camera: the responsible of the unit in whose area it hangs.
type Owner struct {
	Camera string
	Person string // empty: no unit has the area, or nobody answers for the unit
}

type fileRow struct {
	bun.BaseModel      `bun:"table:person_files,alias:file"`
	Person             string `bun:",pk"`
	Phone              string
	Licence            string
	LicenceUntil       Day
	LicencePending     Day
	Qualification      string
	QualificationUntil Day
	VettedOn           Day
	PledgeUntil        Day
}

func (r *fileRow) file(photo bool) File {
	return File{r.Person, r.Phone, r.Licence, r.LicenceUntil, r.LicencePending, r.Qualification, r.QualificationUntil, r.VettedOn, r.PledgeUntil, photo}
}

// List gives the files by person. Who has none has no entry.
func (f *Files) List(ctx context.Context) (map[string]File, error) { return list(ctx, f.DB.Read()) }

// ListIn is List inside a transaction.
func (f *Files) ListIn(ctx context.Context, tx bun.IDB) (map[string]File, error) {
	return list(ctx, tx)
}

func list(ctx context.Context, tx bun.IDB) (map[string]File, error) {
	var rows []fileRow
	if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read files of people")
	}
	var photos []string
	if err := tx.NewSelect().Table("person_photos").Column("person").Scan(ctx, &photos); err != nil {
		return nil, problem.Wrap(err, "list photos of people")
	}
	has := map[string]bool{}
	for _, p := range photos {
		has[p] = true
	}
	files := make(map[string]File, len(rows))
	for i := range rows {
		files[rows[i].Person] = rows[i].file(has[rows[i].Person])
	}
	for _, p := range photos {
		if _, ok := files[p]; !ok {
			files[p] = File{Person: p, HasPhoto: true}
		}
	}
	return files, nil
}

// take applies what was typed to a row.
func (r *fileRow) take(c *Change) (err error) {
	words := func(to *string, field string, s *string, most int) {
		if err == nil && s != nil {
			*to, err = text.Line(field, *s, 0, most)
		}
	}
	days := func(to *Day, field string, d *Day) {
		if err == nil && d != nil {
			*to, err = day(field, *d)
		}
	}
	words(&r.Phone, "phone", c.Phone, 40)
	words(&r.Licence, "licence", c.Licence, 60)
	words(&r.Qualification, "qualification", c.Qualification, 200)
	days(&r.LicenceUntil, "licenceUntil", c.LicenceUntil)
	days(&r.LicencePending, "licencePending", c.LicencePending)
	days(&r.QualificationUntil, "qualificationUntil", c.QualificationUntil)
	days(&r.VettedOn, "vettedOn", c.VettedOn)
	days(&r.PledgeUntil, "pledgeUntil", c.PledgeUntil)
	if err == nil && r.LicenceUntil != "" && r.Licence == "" {
		return ErrLicenceless
	}
	return err
}
