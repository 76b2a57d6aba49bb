package staff

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/factor/card"
	"watchroom/internal/access/password"
	"watchroom/internal/access/unit"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
	"watchroom/internal/text"
)

// Refusals of a stand-in.
var (
	ErrStandInCompany = problem.New(problem.Invalid, "stand_in_company", "A stand-in comes from a guard company whose contract runs.").On("unit")
	ErrStandInUnknown = problem.New(problem.NotFound, "stand_in_unknown", "There is no such stand-in, or the shift is over.")
	ErrStandInHours   = problem.New(problem.Invalid, "stand_in_hours", "A stand-in stays for one shift.").On("hours") // max
)

// StandIn is a guard of a company who was let in for one shift (practice P5).
type StandIn struct {
	ID          string
	Person      string
	Unit        string // the company
	Identity    string // what was shown, such as the number of the identity card
	ConfirmedBy string // at the company
	AdmittedBy  string // person
	At          int64  // µs
	Until       int64  // µs, exclusive; when the account ends
	SignedAt    *int64 // µs, when the guard signed briefing and pledge; nil: not yet
	HasPhoto    bool
}

// Admission is what the duty lead states.
type Admission struct {
	Name        string
	Username    string
	Unit        string
	Identity    string
	ConfirmedBy string
	Hours       int
	Picture     []byte      // JPEG or PNG of the guard; empty: it comes later, see PortrayStandIn
	Card        secret.Text // what the reader types, of a card for the shift; empty: none
	CardName    string
}

type standInRow struct {
	bun.BaseModel `bun:"table:stand_ins,alias:stand_in"`
	ID            string `bun:",pk"`
	Person        string
	Unit          string
	Identity      string
	ConfirmedBy   string
	AdmittedBy    string
	At            int64
	Until         int64
	BegunAt       *int64
	SignedAt      *int64
	SignedText    string
}

// Admit makes an account for one shift, with a card where one is held to the reader, in the position stand_in, and its password, which
// is shown once and opens nothing before the guard has chosen one. It shows no picture before
// the guard has read the briefing and signed the pledge, see Sign. Of the identity the act says
// the end alone.
func (f *Files) Admit(ctx context.Context, actor access.Actor, a Admission) (in StandIn, who account.Person, initial secret.Text, err error) {
	if err := access.Can(actor, access.StandInAdmit, ""); err != nil {
		return in, who, "", err
	}
	if a.Name, err = text.Line("name", a.Name, 1, 100); err != nil {
		return in, who, "", err
	}
	if a.Identity, err = text.Line("identity", a.Identity, 4, 60); err != nil {
		return in, who, "", err
	}
	if a.ConfirmedBy, err = text.Line("confirmedBy", a.ConfirmedBy, 2, 200); err != nil {
		return in, who, "", err
	}
	most := standInHours.Get(f.Settings.Rules)
	if a.Hours < 1 || a.Hours > most {
		return in, who, "", ErrStandInHours.With("max", most)
	}
	var small []byte
	if len(a.Picture) > 0 {
		if small, err = redraw(a.Picture); err != nil {
			return in, who, "", err
		}
	}
	held := access.Everywhere(access.StandIn)
	areas, all := access.AreasOf(actor, access.StandInAdmit)
	if !all { // who stands in sees no farther than who lets them in
		if held[0].Areas = areas; len(areas) == 0 {
			return in, who, "", access.Throughout(actor, access.StandInAdmit, "")
		}
	}
	initial = password.Make()
	draft, err := f.Accounts.Draft(ctx, actor, account.NewPerson{Username: a.Username, DisplayName: a.Name,
		Holdings: held, Password: initial}, false)
	if err != nil {
		return in, who, "", err
	}
	draft.Shift()
	var badge card.New
	if a.Card != "" {
		if badge, err = f.Cards.Draft(actor, draft.ID(), a.Card, a.CardName); err != nil {
			return in, who, "", err
		}
	}
	at := f.Clock.Micro()
	until := at + (time.Duration(a.Hours) * time.Hour).Microseconds()
	r := standInRow{ID: db.NewID(), Person: draft.ID(), Unit: a.Unit, Identity: a.Identity, ConfirmedBy: a.ConfirmedBy,
		AdmittedBy: actor.Person, At: at, Until: until}
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		by, err := unit.Running(ctx, tx, a.Unit)
		if err != nil {
			return err
		}
		of, err := unit.Load(ctx, tx, a.Unit)
		switch {
		case problem.Of(err).Code == unit.ErrUnknown.Code:
			return ErrStandInCompany
		case err != nil:
			return err
		case of.Kind != unit.Guards || of.RetiredAt != nil || by == nil || by.Until < until:
			return ErrStandInCompany
		}
		if err := once(ctx, tx, a.Identity, at); err != nil {
			return err
		}
		if who, err = f.Accounts.Admit(ctx, tx, actor, draft); err != nil {
			return err
		}
		who.Unit, who.ValidFrom, who.ValidUntil = a.Unit, &at, &until
		if err := account.Place(ctx, tx, who.ID, who.Unit, who.ValidFrom, who.ValidUntil); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
			return problem.Wrap(err, "admit stand-in")
		}
		if small != nil {
			if err := hang(ctx, tx, who.ID, small, at); err != nil {
				return err
			}
		}
		if a.Card != "" {
			if _, err := f.Cards.Issue(ctx, tx, actor.For(access.StandInAdmit, ""), badge, actor.Origin); err != nil {
				return err
			}
		}
		return ledger.Record(ctx, tx, actor.For(access.StandInAdmit, "").Act(at, kindAdmitted, who.ID, "", map[string]any{
			"unit": a.Unit, keyStandIn: r.ID, "identityEnds": endOf(a.Identity), "confirmedBy": a.ConfirmedBy, "photo": small != nil, "until": until}))
	})
	in = r.standIn()
	in.HasPhoto = small != nil
	return in, who, initial, err
}

func (r *standInRow) standIn() StandIn {
	return StandIn{ID: r.ID, Person: r.Person, Unit: r.Unit, Identity: r.Identity, ConfirmedBy: r.ConfirmedBy, AdmittedBy: r.AdmittedBy, At: r.At, Until: r.Until, SignedAt: r.SignedAt}
}

// Stood is who stood in during the last 30 days, newest first, and how many of each company.
type Stood struct {
	StandIns []StandIn
	Over     []string // companies of which there were too many
}

// Stood lists the stand-ins of the last 30 days.
func (f *Files) Stood(ctx context.Context) (Stood, error) {
	var rows []standInRow
	err := f.DB.Read().NewSelect().Model(&rows).Where("at > ?", f.Clock.Now().Add(-30*24*time.Hour).UnixMicro()).OrderExpr("at DESC, id DESC").Scan(ctx)
	if err != nil {
		return Stood{}, problem.Wrap(err, "list stand-ins")
	}
	var shown []string
	if err := f.DB.Read().NewSelect().Model((*photoRow)(nil)).Column("person").Scan(ctx, &shown); err != nil {
		return Stood{}, problem.Wrap(err, "list photos")
	}
	most := standIns.Get(f.Settings.Rules)
	out, of := Stood{StandIns: make([]StandIn, len(rows)), Over: []string{}}, map[string]int{}
	for i := range rows {
		out.StandIns[i] = rows[i].standIn()
		out.StandIns[i].HasPhoto = slices.Contains(shown, rows[i].Person)
		if of[rows[i].Unit]++; of[rows[i].Unit] == most+1 {
			out.Over = append(out.Over, rows[i].Unit)
		}
	}
	return out, nil
}

// standing gives the shifts of stand-ins that run at an instant (µs).
func (f *Files) standing(ctx context.Context, now int64) (rows []standInRow, err error) {
	err = f.DB.Read().NewSelect().Model(&rows).Where("at <= ? AND until > ?", now, now).OrderExpr("until, id").Scan(ctx)
	return rows, problem.Wrap(err, "list the stand-ins who are in")
}

// PortrayStandIn keeps the photo of a stand-in whose shift is not over, by who lets them in.
func (f *Files) PortrayStandIn(ctx context.Context, actor access.Actor, id string, picture []byte) error {
	if err := access.Can(actor, access.StandInAdmit, ""); err != nil {
		return err
	}
	small, err := redraw(picture)
	if err != nil {
		return err
	}
	at := f.Clock.Micro()
	return f.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []standInRow
		if err := tx.NewSelect().Model(&rows).Where("id = ? AND until > ?", id, at).Scan(ctx); err != nil {
			return problem.Wrap(err, "read stand-in")
		}
		if len(rows) == 0 {
			return ErrStandInUnknown
		}
		if err := hang(ctx, tx, rows[0].Person, small, at); err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.StandInAdmit, "").Act(at, "person.photo_kept", rows[0].Person, "", map[string]any{keyStandIn: id}))
	})
}
