// Package sidedoor keeps, in the file of each camera, every way to its pictures that leads past
// this program: the client of a recorder, the page of the device, an app of its maker, an account
// that several people use. Somebody says of each that it is closed, or whose it is; what nobody
// knows is a finding, and so is a password of the device that has grown old (C101, C113).
package sidedoor

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals.
var (
	ErrCamera = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.")
	ErrKind   = problem.New(problem.Invalid, "door_kind", "There is no such way to pictures.").On("kind")
	ErrState  = problem.New(problem.Invalid, "door_state", "A way to pictures is closed, owned or unknown.").On("state")
	ErrOwner  = problem.New(problem.Invalid, "door_owner", "Say who answers for what is not closed: a person of the register, or a name.").On("owner")
	ErrPerson = problem.New(problem.Invalid, "door_person", "There is no such person.").On("owner")
	ErrSince  = problem.New(problem.Invalid, "door_since", "This is no day up to today, such as 2026-11-22.").On("since")
	ErrLabel  = problem.New(problem.Invalid, "door_label", "Say what it is; only what is not in the list has a name of its own.").On("label")
)

// Kind is what leads to pictures.
type Kind string

// Kinds. The first four are asked about at every camera.
const (
	Recorder Kind = "recorder_client" // of a recorder that has the camera as well
	Page     Kind = "web_page"        // of the device
	App      Kind = "cloud_app"       // of its maker, by way of the internet
	Shared   Kind = "shared_account"  // on the device, that several people use
	Other    Kind = "other"
)

// Asked are the kinds that are asked about at every camera.
func Asked() []Kind { return []Kind{Recorder, Page, App, Shared} }

// State is what is known of a way.
type State string

// States.
const (
	Closed  State = "closed"
	Owned   State = "owned"
	Unknown State = "unknown"
)

// passwordDays is how old the password of a device may become.
var passwordDays = rule.Int{Key: "device.password_days", Default: 180, Least: 1, Most: 3650, Unit: "days", Guard: rule.Higher, Clauses: []string{"C113"}}

// Parameters gives what an institution sets of devices.
func Parameters() []rule.Parameter { return []rule.Parameter{passwordDays} }

// Door is one way to the pictures of a camera.
type Door struct {
	Kind      Kind
	Label     string // what it is, of Other
	State     State
	Owner     string // id of the person who answers for it; empty: see OwnerName
	OwnerName string // where that is nobody of the register
	Since     string // day of the site from which on that has been so; empty: nobody has looked
	Note      string
	CheckedBy string // person who looked; empty: nobody, or from the command line
	CheckedAt int64  // µs; 0: nobody has looked
}

// Password is how old that of a device is.
type Password struct {
	At      int64 // µs, when the one that is kept became another
	Days    int   // since then
	Most    int   // days that it may be old
	Overdue bool
}

// File is what a camera's file says of the ways past this program.
type File struct {
	Camera   string
	Doors    []Door    // those that are asked about first, in their order
	Unknown  int       // how many nobody knows about
	Password *Password // the oldest of its streams; nil: none is kept
}

// Findings tells how much is to be done.
func (f *File) Findings() int {
	if f.Password != nil && f.Password.Overdue {
		return f.Unknown + 1
	}
	return f.Unknown
}

// Register keeps the files.
type Register struct {
	DB    *db.DB
	Clock clock.Clock
	Rules *rule.Set
	Zone  *time.Location // of the site; nil: UTC
}

type row struct {
	bun.BaseModel `bun:"table:side_doors,alias:side_door"`
	Camera        string `bun:",pk"`
	Kind          Kind   `bun:",pk"`
	Label         string `bun:",pk"`
	State         State
	Owner         string
	OwnerName     string
	Since         string
	Note          string
	CheckedBy     string
	CheckedAt     int64
}

func (r *row) door() Door {
	return Door{r.Kind, r.Label, r.State, r.Owner, r.OwnerName, r.Since, r.Note, r.CheckedBy, r.CheckedAt}
}

// List gives the files of all cameras in service, by the age of the camera.
func (x *Register) List(ctx context.Context) ([]File, error) {
	var cameras []string
	err := x.DB.Read().NewSelect().Table("cameras").Column("id").Where("retired_at IS NULL").OrderExpr("created_at, id").Scan(ctx, &cameras)
	if err != nil {
		return nil, problem.Wrap(err, "read cameras")
	}
	return x.files(ctx, cameras...)
}

// Of gives the file of one camera, in service or not.
func (x *Register) Of(ctx context.Context, camera string) (File, error) {
	if err := there(ctx, x.DB.Read(), camera); err != nil {
		return File{}, err
	}
	all, err := x.files(ctx, camera)
	if err != nil {
		return File{}, err
	}
	return all[0], nil
}

func (x *Register) files(ctx context.Context, cameras ...string) ([]File, error) {
	var rows []row
	q := x.DB.Read().NewSelect().Model(&rows).OrderExpr("camera, kind, label")
	if len(cameras) == 1 {
		q.Where("camera = ?", cameras[0])
	}
	if err := q.Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "read ways to pictures")
	}
	var streams []struct {
		Camera     string
		PasswordAt int64
	}
	err := x.DB.Read().NewSelect().Table("camera_streams").ColumnExpr("camera, MIN(password_at) AS password_at").Where("password IS NOT NULL").Group("camera").Scan(ctx, &streams)
	if err != nil {
		return nil, problem.Wrap(err, "read how old passwords are")
	}
	of, at := map[string][]row{}, map[string]int64{}
	for _, r := range rows {
		of[r.Camera] = append(of[r.Camera], r)
	}
	for _, s := range streams {
		at[s.Camera] = s.PasswordAt
	}
	now, most := x.Clock.Micro(), passwordDays.Get(x.Rules)
	all := make([]File, len(cameras))
	for i, c := range cameras {
		all[i] = File{Camera: c, Doors: doors(of[c])}
		for _, d := range all[i].Doors {
			if d.State == Unknown {
				all[i].Unknown++
			}
		}
		if changed, kept := at[c]; kept {
			days := int(max(0, now-changed) / (24 * time.Hour).Microseconds())
			all[i].Password = &Password{changed, days, most, days > most}
		}
	}
	return all, nil
}

// doors puts in order what is known, and what is asked about and nobody has looked at.
func doors(rows []row) (all []Door) {
	for _, k := range Asked() {
		d := Door{Kind: k, State: Unknown}
		if i := slices.IndexFunc(rows, func(r row) bool { return r.Kind == k }); i >= 0 {
			d = rows[i].door()
		}
		all = append(all, d)
	}
	for i := range rows {
		if rows[i].Kind == Other {
			all = append(all, rows[i].door())
		}
	}
	return all
}

func there(ctx context.Context, tx bun.IDB, camera string) error {
	n, err := tx.NewSelect().Table("cameras").Where("id = ?", camera).Count(ctx)
	if err == nil && n == 0 {
		return ErrCamera
	}
	return problem.Wrap(err, "look for a camera")
}

// clean brings what was typed into form. Without a day it is so since today.
func (x *Register) clean(ctx context.Context, tx bun.IDB, d *Door) (err error) {
	if d.Kind != Other && !slices.Contains(Asked(), d.Kind) {
		return ErrKind
	}
	if d.Label, err = text.Line("label", d.Label, 0, 100); err != nil {
		return err
	}
	if (d.Label != "") != (d.Kind == Other) {
		return ErrLabel
	}
	if d.Note, err = text.Line("note", d.Note, 0, 500); err != nil {
		return err
	}
	if d.OwnerName, err = text.Line("ownerName", d.OwnerName, 0, 100); err != nil {
		return err
	}
	switch d.State {
	case Owned:
		if (d.Owner == "") == (d.OwnerName == "") {
			return ErrOwner
		}
	case Closed, Unknown:
		d.Owner, d.OwnerName = "", ""
	default:
		return ErrState
	}
	if d.Owner != "" {
		n, err := tx.NewSelect().Table("people").Where("id = ?", d.Owner).Count(ctx)
		if err == nil && n == 0 {
			return ErrPerson
		}
		if err != nil {
			return problem.Wrap(err, "look for a person")
		}
	}
	zone := x.Zone
	if zone == nil {
		zone = time.UTC
	}
	today := x.Clock.Now().In(zone).Format(time.DateOnly)
	if d.Since == "" {
		d.Since = today
	}
	if day, err := time.Parse(time.DateOnly, d.Since); err != nil || d.Since > today || day.Year() < 1990 {
		return ErrSince
	}
	return nil
}

const kindChecked = "camera.side_door_checked"

// Check puts down what somebody has found out about one way to the pictures of a camera.
func (x *Register) Check(ctx context.Context, actor access.Actor, camera string, d Door) (File, error) {
	if err := access.Can(actor, access.CameraConfigure, camera); err != nil {
		return File{}, err
	}
	err := x.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := there(ctx, tx, camera); err != nil {
			return err
		}
		if err := x.clean(ctx, tx, &d); err != nil {
			return err
		}
		at := x.Clock.Micro()
		r := row{Camera: camera, Kind: d.Kind, Label: d.Label, State: d.State, Owner: d.Owner, OwnerName: d.OwnerName, Since: d.Since, Note: d.Note, CheckedBy: actor.Person, CheckedAt: at}
		q := tx.NewInsert().Model(&r).On("CONFLICT (camera, kind, label) DO UPDATE")
		for _, c := range []string{"state", "owner", "owner_name", "since", "note", "checked_by", "checked_at"} {
			q.Set(c + " = EXCLUDED." + c)
		}
		if _, err := q.Exec(ctx); err != nil {
			return problem.Wrap(err, "keep a way to pictures")
		}
		return ledger.Record(ctx, tx, actor.For(access.CameraConfigure, camera).Act(at, kindChecked, camera, camera, map[string]any{
			"door": d.Kind, "label": d.Label, "state": d.State, "owner": d.Owner, "ownerName": d.OwnerName, "since": d.Since, "note": d.Note}))
	})
	if err != nil {
		return File{}, err
	}
	return x.Of(ctx, camera)
}
