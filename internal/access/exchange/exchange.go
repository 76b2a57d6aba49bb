// Package exchange takes the people of a house out as a table, and in again: who they are,
// what they hold where and for how long, of which company and by which contract, and whether
// the account is closed. It keeps nothing itself: positions go the way of two people
// (package appointment), files that of package staff. Passwords, second factors and photos are
// in no table, nor are stand-ins, who are let in for a shift by a person.
package exchange

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/area"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/proposal"
	"watchroom/internal/access/staff"
	"watchroom/internal/access/unit"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/sheet"
	"watchroom/internal/text"
)

// Refusals of lines.
var (
	ErrOwn       = problem.New(problem.Forbidden, "import_own_line", "The line is about yourself, and changes something. Take it out; nobody keeps their own file.").On("username")
	ErrTwice     = problem.New(problem.Invalid, "import_twice", "Another line is about the same person.").On("username") // line
	ErrState     = problem.New(problem.Invalid, "import_state", "An account is open or closed.").On("state")
	ErrDirectory = problem.New(problem.Invalid, "import_directory", "No table makes an account of a directory: it is there once the person signs in through it. Take the line out until then.").On("directory") // directory
	ErrStandIn   = problem.New(problem.Invalid, "import_stand_in", "No table lets in a stand-in. Who has the watch does, for one shift.").On("positions")
	ErrContract  = problem.New(problem.Invalid, "import_contract", "The unit works by another contract, or by none. Put the contract on record first.").On("contract")
	ErrDay       = problem.New(problem.Invalid, "import_day", "This is a day as 2026-11-22, or an instant as 2026-11-22T08:00:00+08:00.")
)

// state is whether an account is open.
type state string

const (
	open   state = "open"
	closed state = "closed"
)

func states() []state { return []state{open, closed} }

func stateNames() map[state][2]string {
	return map[state][2]string{open: {"open", "启用"}, closed: {"closed", "停用"}}
}

// Columns are those of a table of people. A person is found by the user name; one who is not
// there is added, locked until an administrator makes a password. What a column says that is
// there holds for everybody in the table; state, contract and directory say nothing where they
// are empty.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Key: "username", EN: "User name", ZH: "用户名", Need: true}, {Key: "displayName", EN: "Name", ZH: "姓名"},
		{Key: "positions", EN: "Positions", ZH: "岗位角色"}, {Key: "unit", EN: "Unit", ZH: "单位"}, {Key: "contract", EN: "Contract", ZH: "合同编号"},
		{Key: "validFrom", EN: "Account from", ZH: "账号有效期自"}, {Key: "validUntil", EN: "Account until", ZH: "账号有效期至"},
		{Key: "state", EN: "Account", ZH: "账号状态"}, {Key: "directory", EN: "Directory", ZH: "目录"},
		{Key: "phone", EN: "Telephone", ZH: "电话"}, {Key: "licence", EN: "Guard licence", ZH: "保安员证号"}, {Key: "licenceUntil", EN: "Licence until", ZH: "保安员证有效期至"},
		{Key: "licencePending", EN: "Licence in application until", ZH: "保安员证申领中，限期至"}, {Key: "qualification", EN: "Qualification", ZH: "资格"},
		{Key: "qualificationUntil", EN: "Qualification until", ZH: "资格有效期至"}, {Key: "vettedOn", EN: "Vetted on", ZH: "背景审查日期"}, {Key: "pledgeUntil", EN: "Pledge until", ZH: "保密承诺有效期至"},
	}
}

// People takes them in and out.
type People struct{ Files *staff.Files }

func (x *People) zone() *time.Location {
	if x.Files.Settings.Zone == nil {
		return time.UTC
	}
	return x.Files.Settings.Zone
}

// around is what lines name: areas, units, and by what contract units work.
type around struct {
	areas, units places
	contracts    map[string]string // number by unit
}

func (x *People) around(ctx context.Context, tx bun.IDB) (a around, err error) {
	if a.areas.paths, a.areas.ids, err = area.Paths(ctx, tx); err != nil {
		return a, err
	}
	if a.units.paths, a.units.ids, err = unit.Paths(ctx, tx); err != nil {
		return a, err
	}
	a.contracts = map[string]string{}
	for id := range a.units.paths {
		by, err := unit.Running(ctx, tx, id)
		if err != nil {
			return a, err
		}
		if by != nil {
			a.contracts[id] = by.Number
		}
	}
	return a, nil
}

// guest tells whether somebody stands in and is nothing else.
func guest(held []access.Holding) bool {
	return len(held) > 0 && !slices.ContainsFunc(held, func(h access.Holding) bool { return h.Position != access.StandIn })
}

// Export gives all people but stand-ins as the lines of a table, those of closed accounts too.
func (x *People) Export(ctx context.Context) ([][]string, error) {
	people, err := x.Files.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	files, err := x.Files.List(ctx)
	if err != nil {
		return nil, err
	}
	a, err := x.around(ctx, x.Files.DB.Read())
	if err != nil {
		return nil, err
	}
	var lines [][]string
	for i := range people {
		if !guest(people[i].Holdings) {
			file := files[people[i].ID]
			lines = append(lines, x.cells(&people[i], &file, &a))
		}
	}
	return lines, nil
}

// cells is the line of a person.
func (x *People) cells(p *account.Person, f *staff.File, a *around) []string {
	from, until, is := "", "", open
	if p.ValidFrom != nil {
		from = sheet.Start(*p.ValidFrom, x.zone())
	}
	if p.ValidUntil != nil {
		until = sheet.End(*p.ValidUntil, x.zone())
	}
	if p.Disabled {
		is = closed
	}
	return []string{p.Username, p.DisplayName, write(p.Holdings, a.areas, x.zone()), a.units.paths[p.Unit], a.contracts[p.Unit], from, until, string(is), p.Directory,
		f.Phone, f.Licence, string(f.LicenceUntil), string(f.LicencePending), f.Qualification, string(f.QualificationUntil), string(f.VettedOn), string(f.PledgeUntil)}
}

// Import takes in a table of people, all of it or nothing; as a dry run nothing at all. The
// act names the file by its digest.
func (x *People) Import(ctx context.Context, actor access.Actor, records []sheet.Record, digest string, dry bool) (out sheet.Outcome, err error) {
	if err := access.Can(actor, access.PeopleManage, ""); err != nil {
		return out, err
	}
	var moved []string
	var told []func()
	err = x.Files.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		moved, told = nil, nil
		a, err := x.around(ctx, tx)
		if err != nil {
			return err
		}
		seen := map[string]int{}
		err = out.Take(records, Columns(), dry, func(r *sheet.Record) error {
			key := text.Key(r.Values["username"])
			if line, twice := seen[key]; twice {
				return ErrTwice.With("line", line)
			}
			seen[key] = r.Line
			l := line{People: x, around: &a, actor: actor, r: r}
			done, err := l.take(ctx, tx)
			switch {
			case err != nil:
				return err
			case l.added:
				out.Created++
			case done:
				out.Changed++
			default:
				out.Same++
			}
			moved, told = append(moved, l.who.ID), append(told, l.told...)
			return nil
		})
		if err != nil {
			return err
		}
		return ledger.Record(ctx, tx, actor.For(access.PeopleManage, "").Act(x.Files.Clock.Micro(), "person.imported", "", "", out.Detail(digest)))
	})
	if errors.Is(err, sheet.ErrUndone) {
		return out, nil
	}
	if err == nil {
		for _, tell := range told {
			tell()
		}
		x.Files.Accounts.Told(moved, "rights", "term") // what runs is decided anew
	}
	return out, err
}

// line is one of them that is taken in.
type line struct {
	*People
	*around
	actor access.Actor
	r     *sheet.Record

	who   account.Person
	added bool
	told  []func() // to be called once it stands
}

// take takes it in, and tells whether it changed something.
func (l *line) take(ctx context.Context, tx bun.Tx) (done bool, err error) {
	l.who, err = account.LoadNamed(ctx, tx, l.r.Values["username"])
	l.added = problem.Of(err).Code == account.ErrPersonUnknown.Code
	if err != nil && !l.added {
		return false, err
	}
	if l.who.ID == l.actor.Person && !l.added {
		return false, l.own(ctx, tx)
	}
	if d := l.r.Values["directory"]; d != "" && (l.added || text.Key(d) != text.Key(l.who.Directory)) {
		return false, ErrDirectory.With("directory", short(d))
	}
	change, err := l.wanted()
	if err != nil {
		return false, err
	}
	if l.added {
		if err := l.admit(ctx, tx, change); err != nil {
			return false, err
		}
		change.Holdings, change.DisplayName = nil, nil
	}
	file, err := l.file(ctx, tx)
	if err != nil {
		return false, err
	}
	if err := l.pending(ctx, tx, &change); err != nil {
		return false, err
	}
	acts := false
	if change.DisplayName != nil || change.Holdings != nil || change.Disabled != nil {
		before := l.who
		after, tell, err := l.Files.Accounts.ChangeIn(ctx, tx, l.actor, l.who.ID, change)
		if err != nil {
			return false, err
		}
		l.told = append(l.told, tell)
		acts = after.DisplayName != before.DisplayName || after.Disabled != before.Disabled || change.Holdings != nil
	}
	return file || acts, l.contract()
}

// own takes a line about who imports where it says what is.
func (l *line) own(ctx context.Context, tx bun.Tx) error {
	files, err := l.Files.ListIn(ctx, tx)
	if err != nil {
		return err
	}
	file := files[l.who.ID]
	cells := l.cells(&l.who, &file, l.around)
	for i, c := range Columns() {
		if cell := l.r.Get(c.Key); cell != nil && c.Key != "username" && *cell != cells[i] {
			return ErrOwn
		}
	}
	return nil
}

// wanted reads what the line says of the account.
func (l *line) wanted() (c account.PersonChange, err error) {
	if name := l.r.Values["displayName"]; name != "" && name != l.who.DisplayName {
		c.DisplayName = &name
	}
	if cell := l.r.Get("positions"); cell != nil {
		held, err := read(*cell, l.areas, l.zone())
		if err != nil {
			return c, err
		}
		standsIn := func(h access.Holding) bool { return h.Position == access.StandIn }
		if slices.ContainsFunc(held, standsIn) && !slices.ContainsFunc(l.who.Holdings, standsIn) {
			return c, ErrStandIn
		}
		c.Holdings = &held
	}
	if cell := l.r.Values["state"]; cell != "" {
		is, ok := sheet.Word(cell, states(), stateNames())
		if !ok {
			return c, ErrState
		}
		if shut := is == closed; shut != l.who.Disabled {
			c.Disabled = &shut
		}
	}
	return c, nil
}

// admit makes the account. It has no password: nothing opens it.
func (l *line) admit(ctx context.Context, tx bun.Tx, c account.PersonChange) error {
	n := account.NewPerson{Username: l.r.Values["username"], DisplayName: l.r.Values["displayName"]}
	if c.Holdings != nil {
		n.Holdings = *c.Holdings
	}
	draft, err := l.Files.Accounts.Draft(ctx, l.actor, n, true)
	if err != nil {
		return err
	}
	l.who, err = l.Files.Accounts.Admit(ctx, tx, l.actor, draft)
	return err
}

// file keeps what the line says of the file, the unit and the term.
func (l *line) file(ctx context.Context, tx bun.Tx) (changed bool, err error) {
	r := l.r
	c := staff.Change{Phone: r.Get("phone"), Licence: r.Get("licence"), Qualification: r.Get("qualification"),
		LicenceUntil: (*staff.Day)(r.Get("licenceUntil")), LicencePending: (*staff.Day)(r.Get("licencePending")),
		QualificationUntil: (*staff.Day)(r.Get("qualificationUntil")), VettedOn: (*staff.Day)(r.Get("vettedOn")), PledgeUntil: (*staff.Day)(r.Get("pledgeUntil"))}
	if of := r.Get("unit"); of != nil {
		id := l.units.ids[sheet.PathKey(*of)]
		if *of != "" && id == "" {
			return false, staff.ErrUnit
		}
		c.Unit = &id
	}
	term := staff.Term{From: l.who.ValidFrom, Until: l.who.ValidUntil}
	for _, end := range []struct {
		key   string
		to    **int64
		parse func(string, *time.Location) (int64, bool)
	}{{"validFrom", &term.From, sheet.ParseStart}, {"validUntil", &term.Until, sheet.ParseEnd}} {
		cell := r.Get(end.key)
		if cell == nil {
			continue
		}
		*end.to, c.Term = nil, &term
		if *cell != "" {
			at, ok := end.parse(*cell, l.zone())
			if !ok {
				return false, ErrDay.On(end.key)
			}
			*end.to = &at
		}
	}
	after, changed, err := l.Files.KeepIn(ctx, tx, l.actor, l.who.ID, c)
	l.who = after
	return changed, err
}

// pending leaves out positions that are held, or wait for another person already: the same
// table twice proposes nothing twice.
func (l *line) pending(ctx context.Context, tx bun.Tx, c *account.PersonChange) error {
	if c.Holdings == nil {
		return nil
	}
	wanted, err := holding.Check(ctx, *c.Holdings, l.Files.Accounts.Areas)
	if err != nil {
		return err
	}
	if holding.Same(wanted, l.who.Holdings) {
		c.Holdings = nil
		return nil
	}
	p, err := proposal.Of(ctx, tx, proposal.Positions, l.who.ID)
	if err != nil || p == nil {
		return err
	}
	waits, err := holding.Parse(p.ValueAfter)
	if err == nil && holding.Same(wanted, waits) {
		c.Holdings = nil
	}
	return err
}

// contract refuses a line that names another contract than that by which the unit works.
func (l *line) contract() error {
	if number := l.r.Values["contract"]; number != "" && text.Key(number) != text.Key(l.contracts[l.who.Unit]) {
		return ErrContract
	}
	return nil
}
