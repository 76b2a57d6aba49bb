package kiosk

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Kind is in what a console differs from its set-up.
type Kind string

// Kinds of findings.
const (
	FileMissing Kind = "file_missing" // a file of the set-up
	FileChanged Kind = "file_changed"
	PolicyAdded Kind = "policy_added" // a policy of the browser that the set-up did not write
	USBAllowed  Kind = "usb_allowed"  // a driver of USB storage is not kept from loading
	USBLoaded   Kind = "usb_loaded"   // it is loaded
	Media       Kind = "media_mounted"
	Program     Kind = "program"    // one runs that is not on the list
	Unread      Kind = "unread"     // the checker could not look at something
	Profile     Kind = "profile"    // the set-up is another than at the first report; the server finds it
	Unreadable  Kind = "unreadable" // the row of the server cannot be read; the server finds it
)

// Reported are the kinds that a console itself may tell of.
func Reported() []Kind {
	return []Kind{FileMissing, FileChanged, PolicyAdded, USBAllowed, USBLoaded, Media, Program, Unread}
}

// Bounds of a report.
const (
	MaxFindings = 64
	MaxWhat     = 300 // characters
)

// Finding is one thing in which a console differs.
type Finding struct {
	Kind Kind   `json:"kind"`
	What string `json:"what"` // the file, driver, mount or program
}

// Report is what the checker of a console tells.
type Report struct {
	Profile  string // SHA-256 of the list of what the set-up wrote, in hexadecimal
	Findings []Finding
}

// taken checks a report, and puts its findings into order.
func (r Report) taken() (Report, error) {
	if b, err := hex.DecodeString(r.Profile); err != nil || len(b) != 32 || r.Profile != hex.EncodeToString(b) || len(r.Findings) > MaxFindings {
		return r, ErrReport
	}
	all := []Finding{}
	for _, f := range r.Findings {
		if !slices.Contains(Reported(), f.Kind) {
			return r, ErrReport
		}
		what, err := text.Line("what", f.What, 1, MaxWhat)
		if err != nil {
			return r, err
		}
		all = append(all, Finding{f.Kind, what})
	}
	r.Findings = ordered(all)
	return r, nil
}

func ordered(all []Finding) []Finding {
	slices.SortFunc(all, func(a, b Finding) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.What, b.What)) })
	return slices.Compact(all)
}

// Report takes a report of a console, which has its own token for it and no other. One that
// says the same as the one before is no act; what it changes is. The first after a token was
// made says which set-up counts.
func (x *Consoles) Report(ctx context.Context, actor access.Actor, id string, told Report) (after Console, err error) {
	if err := access.Can(actor, access.ConsoleReport, ""); err != nil {
		return after, err
	}
	if told, err = told.taken(); err != nil {
		return after, err
	}
	actor = actor.For(access.ConsoleReport, "")
	err = x.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		r, err := load(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case actor.Token == "" || actor.Token != r.Token:
			return ErrForeign
		}
		at, found := x.Clock.Micro(), told.Findings
		was := r.console()
		var acts []ledger.Act
		act := func(kind string, detail map[string]any) {
			detail["name"] = r.Name
			acts = append(acts, actor.Act(at, kind, id, "", detail))
		}
		switch r.Profile {
		case "":
			r.Profile = told.Profile
			act(kindSetUp, map[string]any{"profile": told.Profile})
		case told.Profile:
		default:
			found = ordered(append(slices.Clone(found), Finding{Profile, told.Profile}))
		}
		if r.SilentAt != nil {
			act(kindHeard, map[string]any{"silentAt": *r.SilentAt})
			r.SilentAt = nil
		}
		if !slices.Equal(found, was.Findings) {
			if len(found) > 0 {
				act(kindDrifted, map[string]any{"findings": found})
			} else {
				act(kindMended, map[string]any{})
			}
			r.DriftAt = drifted(r.DriftAt, at, len(found) > 0)
		}
		packed, err := json.Marshal(found)
		if err != nil {
			return err
		}
		r.Findings, r.ReportedAt = string(packed), &at
		if _, err := tx.NewUpdate().Model(&r).Column("profile", "findings", "reported_at", "drift_at", "silent_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "keep the report of a console")
		}
		for _, a := range acts {
			if err := ledger.Record(ctx, tx, a); err != nil {
				return err
			}
		}
		after = r.console()
		return nil
	})
	if err != nil {
		return Console{}, err
	}
	x.tell(after)
	return after, nil
}

// drifted is since when (µs) a console differs that does so at an instant, or no more.
func drifted(since *int64, at int64, differs bool) *int64 {
	if !differs {
		return nil
	}
	if since == nil {
		since = &at
	}
	return since
}
