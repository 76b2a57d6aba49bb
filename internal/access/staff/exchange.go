package staff

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/unit"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
)

// ErrImportOwn refuses the line of who imports: nobody keeps their own file.
var ErrImportOwn = problem.New(problem.Forbidden, "import_own_line", "The line is about yourself. Take it out; nobody keeps their own file.").On("username")

// Columns are those of a table of people. A person is found by the user name; one who is
// not there is added, locked until an administrator makes a password. Positions of people
// who are there are not changed by a table.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "username", EN: "User name", ZH: "用户名", Need: true}, {Key: "displayName", EN: "Name", ZH: "姓名"},
		{Key: "positions", EN: "Positions", ZH: "岗位角色"}, {Key: "unit", EN: "Unit", ZH: "单位"}, {Key: "validUntil", EN: "Account until", ZH: "账号有效期至"},
		{Key: "phone", EN: "Telephone", ZH: "电话"}, {Key: "licence", EN: "Guard licence", ZH: "保安员证号"}, {Key: "licenceUntil", EN: "Licence until", ZH: "保安员证有效期至"},
		{Key: "licencePending", EN: "Licence in application until", ZH: "保安员证申领中，限期至"}, {Key: "qualification", EN: "Qualification", ZH: "资格"},
		{Key: "qualificationUntil", EN: "Qualification until", ZH: "资格有效期至"}, {Key: "vettedOn", EN: "Vetted on", ZH: "背景审查日期"}, {Key: "pledgeUntil", EN: "Pledge until", ZH: "保密承诺有效期至"},
	}
}

// Export gives the people whose accounts are open as the lines of a table.
func (f *Files) Export(ctx context.Context) ([][]string, error) {
	people, err := f.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	files, err := f.List(ctx)
	if err != nil {
		return nil, err
	}
	units, _, err := unit.Paths(ctx, f.DB.Read())
	if err != nil {
		return nil, err
	}
	var lines [][]string
	for i := range people {
		p := &people[i]
		if p.Disabled {
			continue
		}
		positions := make([]string, len(p.Positions()))
		for k, held := range p.Positions() {
			positions[k] = string(held)
		}
		until := ""
		if p.ValidUntil != nil {
			until = string(f.Settings.today(*p.ValidUntil - 1))
		}
		file := files[p.ID]
		lines = append(lines, []string{p.Username, p.DisplayName, strings.Join(positions, " "), units[p.Unit], until, file.Phone, file.Licence,
			string(file.LicenceUntil), string(file.LicencePending), file.Qualification, string(file.QualificationUntil), string(file.VettedOn), string(file.PledgeUntil)})
	}
	return lines, nil
}

// Import takes in a table of people, all of it or nothing; as a dry run nothing at all. The
// act names the file by its digest.
func (f *Files) Import(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (out sheet.Outcome, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return out, err
	}
	var moved []string
	err = f.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		moved = nil
		_, units, err := unit.Paths(ctx, tx)
		if err != nil {
			return err
		}
		err = out.Take(records, Columns(), dry, func(r *sheet.Record) error {
			id, err := f.line(ctx, tx, actor, r, units, &out)
			moved = append(moved, id)
			return err
		})
		if err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(f.Clock.Micro(), "person.imported", "", "", out.Detail(digest)))
	})
	if errors.Is(err, sheet.ErrUndone) {
		return out, nil
	}
	if err == nil {
		f.Accounts.Told(moved, "rights", "term")
	}
	return out, err
}

// line takes in one line and gives the id of its person.
func (f *Files) line(ctx context.Context, tx bun.Tx, actor access.Actor, r *sheet.Record, units map[string]string, out *sheet.Outcome) (string, error) {
	who, err := account.LoadNamed(ctx, tx, r.Values["username"])
	added := problem.Of(err).Code == account.ErrPersonUnknown.Code
	switch {
	case added:
		var positions []access.Position
		for _, word := range strings.FieldsFunc(r.Values["positions"], func(c rune) bool { return strings.ContainsRune(" ,;、，；", c) }) {
			positions = append(positions, access.Position(word))
		}
		draft, err := f.Accounts.Draft(ctx, actor, account.NewPerson{Username: r.Values["username"], DisplayName: r.Values["displayName"], Holdings: access.Everywhere(positions...)}, true)
		if err != nil {
			return "", err
		}
		out.Created++
		if who, err = f.Accounts.Admit(ctx, tx, actor, draft); err != nil {
			return "", err
		}
	case err != nil:
		return "", err
	case who.ID == actor.Person:
		return "", ErrImportOwn
	}
	c := Change{Phone: r.Get("phone"), Licence: r.Get("licence"), Qualification: r.Get("qualification"),
		LicenceUntil: (*Day)(r.Get("licenceUntil")), LicencePending: (*Day)(r.Get("licencePending")),
		QualificationUntil: (*Day)(r.Get("qualificationUntil")), VettedOn: (*Day)(r.Get("vettedOn")), PledgeUntil: (*Day)(r.Get("pledgeUntil"))}
	if of := r.Get("unit"); of != nil {
		id := units[sheet.PathKey(*of)]
		if *of != "" && id == "" {
			return "", ErrUnit
		}
		c.Unit = &id
	}
	if until := r.Get("validUntil"); until != nil {
		d, err := day("validUntil", Day(*until))
		if err != nil {
			return "", err
		}
		c.Term = &Term{From: who.ValidFrom, Until: f.Settings.end(d)}
		if who.ValidUntil != nil && f.Settings.today(*who.ValidUntil-1) == d {
			c.Term = nil // to the hour what it is
		}
	}
	renamed := false
	if name := r.Values["displayName"]; !added && name != "" && name != who.DisplayName {
		if err := f.Accounts.Rename(ctx, tx, actor, who, name); err != nil {
			return "", err
		}
		renamed = true
	}
	before, photo, err := read(ctx, tx, who.ID)
	if err != nil {
		return "", err
	}
	after, _, moved, err := f.keep(ctx, tx, actor, who.ID, c)
	switch {
	case err != nil:
		return "", err
	case added:
	case moved || renamed || after != before.file(photo):
		out.Changed++
	default:
		out.Same++
	}
	return who.ID, nil
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
