// Package policy keeps what the house says about rights: rules that widen or narrow what
// the positions may do by themselves. A version is asked for by one person, approved by
// another whom it gives nothing, and in force from then on; no version is ever changed.
// (C014, C022, C023, C111, C112; design, promise 6.)
package policy

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/position"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/event"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals of changes.
var (
	ErrUnknown = problem.New(problem.NotFound, "rights_version_unknown", "There is no such version of the rights.")
	ErrWaits   = problem.New(problem.Conflict, "rights_waits", "Another change of the rights waits for a decision.")
	ErrDecided = problem.New(problem.Conflict, "rights_decided", "This change was decided already.")
	ErrStale   = problem.New(problem.Conflict, "rights_stale", "The rights were changed meanwhile. Look at them again.")
	ErrSame    = problem.New(problem.Invalid, "rights_same", "These are the rules that are in force.").On("rules")
	ErrOwn     = problem.New(problem.Forbidden, "rights_own", "Who asked for the change does not approve it. Another person does.")
	ErrOwnGain = problem.New(problem.Forbidden, "rights_own_position", "The change is about a position that you hold. Somebody in another position decides on it.") // position
	ErrOther   = problem.New(problem.Forbidden, "rights_of_another", "Only who asked for the change withdraws it.")
	ErrNobody  = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
)

// The kinds of acts.
const (
	kindProposed  = "rights.proposed"
	kindApproved  = "rights.approved"
	kindRejected  = "rights.rejected"
	kindWithdrawn = "rights.withdrawn"
)

// believe is how long (µs) rights that were read are trusted without asking again: another
// node may have changed them.
// Those of which an act is on its way into the log are asked for again sooner, some times.
const (
	believe     = 1_000_000
	await       = 200_000
	mostAwaited = 20
)

// Version is the rules as somebody wanted them. Times are µs since 1970 UTC.
type Version struct {
	ID        string
	Rules     []Rule
	Base      string // version in force when it was asked for
	Reason    string
	AskedBy   string
	AskedAt   int64
	DecidedBy string
	DecidedAt int64
	Decision  string // approved, rejected, withdrawn, or empty
	Note      string
	InForceAt int64 // 0: it never was
}

type versionRow struct {
	bun.BaseModel `bun:"table:rights_policies,alias:policy"`
	ID            string `bun:",pk"`
	Rules         string
	Base          string
	Reason        string
	AskedBy       string
	AskedAt       int64
	DecidedBy     *string
	DecidedAt     *int64
	Decision      *string
	Note          string
	InForceAt     *int64
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r *versionRow) version() (Version, error) {
	v := Version{ID: r.ID, Base: r.Base, Reason: r.Reason, AskedBy: r.AskedBy, AskedAt: r.AskedAt, DecidedBy: value(r.DecidedBy),
		DecidedAt: value(r.DecidedAt), Decision: value(r.Decision), Note: r.Note, InForceAt: value(r.InForceAt)}
	return v, problem.Wrap(json.Unmarshal([]byte(r.Rules), &v.Rules), "read rights "+r.ID)
}

// Policies keeps the versions. It has no goroutines of its own.
type Policies struct {
	DB    *db.DB
	Bus   *event.Bus // told when rights change; may be nil
	Clock clock.Clock
	// Places gives where every camera hangs; nil: nobody has told places. Areas tells which
	// areas there are; nil: none.
	Places func(ctx context.Context, tx bun.IDB) (map[string]access.Place, error)
	Areas  func(ctx context.Context, tx bun.IDB) (known func(area string) bool, err error)
	// Demands gives what the house demands of footage by the grade of its camera; nil: nothing.
	Demands func() access.Demands
	// Aloof gives the positions that are kept from the cameras of control rooms; nil: access.Aloof.
	Aloof func() []string
	// Acts are asked whether people here made the rules in force: what nobody made allows
	// nothing, and what it denies stays denied. Nil: there is no log, and rows are believed.
	Acts Acts

	proving sync.Mutex // guards known; held while the log is asked
	known   *Founded

	mu     sync.Mutex // guards what follows
	rights *access.Rights
	readAt int64 // µs
	era    int   // counts changes, so that what was read before one is not believed after it
	// awaited counts how often since the last change rights were read that no act makes yet.
	awaited int
}

// Current gives the rights in force. It mostly answers from memory.
func (p *Policies) Current(ctx context.Context) (*access.Rights, error) {
	now := p.Clock.Micro()
	p.mu.Lock()
	r, at, era, patience := p.rights, p.readAt, p.era, int64(believe)
	if r != nil && !r.Proved() && p.awaited < mostAwaited {
		patience = await
	}
	p.mu.Unlock()
	if r != nil && now >= at && now-at < patience {
		return r, nil
	}
	before := r
	v, err := inForce(ctx, p.DB.Read())
	if err != nil {
		return nil, err
	}
	if r, err = p.believed(ctx, v); err != nil {
		return nil, err
	}
	p.mu.Lock()
	if p.era == era {
		p.rights, p.readAt = r, now
		if !r.Proved() {
			p.awaited++
		}
	}
	p.mu.Unlock()
	if before != nil && !before.Proved() && r.Proved() && p.Bus != nil {
		p.Bus.Publish(event.Event{Kind: "rights"}) // more may be done than just now
	}
	return r, nil
}

// Changed forgets what was read, and lets everything that runs be decided again: rules or
// places are other than they were.
func (p *Policies) Changed() {
	p.mu.Lock()
	p.rights = nil
	p.era++
	p.awaited = 0
	p.mu.Unlock()
	if p.Bus != nil {
		p.Bus.Publish(event.Event{Kind: "rights"})
	}
}

// inForce gives the version in force, the built-in one where there is no other.
func inForce(ctx context.Context, tx bun.IDB) (Version, error) {
	var rows []versionRow
	err := tx.NewSelect().Model(&rows).Where("in_force_at IS NOT NULL").OrderExpr("in_force_at DESC, id DESC").Limit(1).Scan(ctx)
	if err != nil {
		return Version{}, problem.Wrap(err, "read the rights in force")
	}
	if len(rows) == 0 {
		return Version{ID: access.BuiltIn}, nil
	}
	return rows[0].version()
}

// InForce is Policies.InForce for who has asked for the right already.
func InForce(ctx context.Context, tx bun.IDB) (Version, error) { return inForce(ctx, tx) }

// InForce gives the version in force; its id is access.BuiltIn where there is no other.
func (p *Policies) InForce(ctx context.Context, actor access.Actor) (Version, error) {
	if err := access.Can(actor, access.RightsRead, ""); err != nil {
		return Version{}, err
	}
	return inForce(ctx, p.DB.Read())
}

// List gives all versions, newest first, the built-in one aside.
func (p *Policies) List(ctx context.Context, actor access.Actor) ([]Version, error) {
	if err := access.Can(actor, access.RightsRead, ""); err != nil {
		return nil, err
	}
	var rows []versionRow
	if err := p.DB.Read().NewSelect().Model(&rows).OrderExpr("asked_at DESC, id DESC").Limit(500).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list rights")
	}
	all := make([]Version, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].version(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Preview checks rules without asking for them, and gives what they would be as rights.
func (p *Policies) Preview(ctx context.Context, actor access.Actor, rules []Rule) (*access.Rights, error) {
	if err := access.Can(actor, access.RightsRead, ""); err != nil {
		return nil, err
	}
	rules, err := p.clean(ctx, p.DB.Read(), rules)
	if err != nil {
		return nil, err
	}
	r, _, err := p.compiled(ctx, Version{Rules: rules})
	return r, err
}

// compiled gives what a version makes of the positions that there are, and where cameras hang
// now; places is the latter.
func (p *Policies) compiled(ctx context.Context, v Version) (r *access.Rights, places map[string]access.Place, err error) {
	register, err := position.Read(ctx, p.DB.Read())
	if err != nil {
		return nil, nil, err
	}
	if places, err = p.hung(ctx); err != nil {
		return nil, nil, err
	}
	r = compile(v.ID, v.Rules, places, position.Own(register))
	if p.Demands != nil {
		r = r.Demanding(p.Demands)
	}
	if p.Aloof != nil {
		r = r.Aside(p.Aloof)
	}
	return r, places, nil
}

// believed is compiled of the version in force, within what the acts make.
func (p *Policies) believed(ctx context.Context, v Version) (*access.Rights, error) {
	r, places, err := p.compiled(ctx, v)
	if err != nil || p.Acts == nil {
		return r, err
	}
	register, err := position.Read(ctx, p.DB.Read())
	if err != nil {
		return nil, err
	}
	own := position.Own(register)
	f, err := p.founded(ctx, &v, own)
	if err != nil || f.is(&v, own) {
		return r, err
	}
	r = r.Within(compile(f.Version, f.Rules, places, f.Own))
	switch waits, err := ledger.Underway(ctx, p.DB.Read(), kinds()...); {
	case err != nil:
		return nil, err
	case waits:
		r = r.Awaited()
	}
	return r, nil
}

// hung gives where every camera hangs now; nil where nobody tells.
func (p *Policies) hung(ctx context.Context) (map[string]access.Place, error) {
	if p.Places == nil {
		return nil, nil
	}
	return p.Places(ctx, p.DB.Read())
}

// As gives a version, the one in force where id is empty, with the rights that it makes of
// what positions may do by themselves, and where cameras hang now. places is the latter.
func (p *Policies) As(ctx context.Context, actor access.Actor, id string) (v Version, r *access.Rights, places map[string]access.Place, err error) {
	if err := access.Can(actor, access.RightsRead, ""); err != nil {
		return Version{}, nil, nil, err
	}
	switch id {
	case "":
		v, err = inForce(ctx, p.DB.Read())
	case access.BuiltIn:
		v = Version{ID: access.BuiltIn}
	default:
		v, err = one(ctx, p.DB.Read(), id)
	}
	if err != nil {
		return Version{}, nil, nil, err
	}
	r, places, err = p.compiled(ctx, v)
	return v, r, places, err
}

func one(ctx context.Context, tx bun.IDB, id string) (Version, error) {
	var rows []versionRow
	if err := tx.NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err != nil {
		return Version{}, problem.Wrap(err, "read rights")
	}
	if len(rows) == 0 {
		return Version{}, ErrUnknown
	}
	return rows[0].version()
}

func (p *Policies) clean(ctx context.Context, tx bun.IDB, rules []Rule) ([]Rule, error) {
	known := func(string) bool { return false } // where no areas are kept, none can be named
	if p.Areas != nil {
		var err error
		if known, err = p.Areas(ctx, tx); err != nil {
			return nil, err
		}
	}
	register, err := position.Read(ctx, tx)
	if err != nil {
		return nil, err
	}
	return clean(rules, known, register)
}

// Propose asks for other rules, whole, in place of those of the version base.
func (p *Policies) Propose(ctx context.Context, actor access.Actor, base string, rules []Rule, reason string) (Version, error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Version{}, err
	}
	if actor.Person == "" {
		return Version{}, ErrNobody
	}
	reason, err := text.Block("reason", reason, 4, 1000)
	if err != nil {
		return Version{}, err
	}
	var v Version
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		v, err = p.propose(ctx, tx, actor, base, rules, reason)
		return err
	})
	if err != nil {
		return Version{}, err
	}
	return v, nil
}

// Without asks in tx for the rules in force but some, by whoever may ask for rules.
func (p *Policies) Without(ctx context.Context, tx bun.Tx, actor access.Actor, ids []string, reason string) error {
	if err := access.Can(actor, access.RightsPropose, ""); err != nil {
		return err
	}
	now, err := inForce(ctx, tx)
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(now.Rules), func(r Rule) bool { return slices.Contains(ids, r.ID) })
	_, err = p.propose(ctx, tx, actor, now.ID, rest, reason)
	return err
}

func (p *Policies) propose(ctx context.Context, tx bun.Tx, actor access.Actor, base string, rules []Rule, reason string) (Version, error) {
	v := Version{ID: db.NewID(), Base: base, Reason: reason, AskedBy: actor.Person}
	now, err := inForce(ctx, tx)
	if err != nil {
		return Version{}, err
	}
	if now.ID != base {
		return Version{}, ErrStale
	}
	if v.Rules, err = p.clean(ctx, tx, rules); err != nil {
		return Version{}, err
	}
	if len(v.Rules) == len(now.Rules) && len(Touched(now.Rules, v.Rules)) == 0 {
		return Version{}, ErrSame
	}
	body, err := json.Marshal(v.Rules)
	if err != nil {
		return Version{}, err
	}
	v.AskedAt = p.Clock.Micro()
	row := versionRow{ID: v.ID, Rules: string(body), Base: base, Reason: reason, AskedBy: v.AskedBy, AskedAt: v.AskedAt}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		if db.IsUnique(err) {
			return Version{}, ErrWaits
		}
		return Version{}, problem.Wrap(err, "propose rights")
	}
	return v, ledger.Record(ctx, tx, actor.For(access.RightsPropose, "").Act(v.AskedAt, kindProposed, v.ID, "", map[string]any{"base": base, "rules": v.Rules, "reason": reason}))
}

// Decide approves or rejects what somebody else asked for.
func (p *Policies) Decide(ctx context.Context, actor access.Actor, id string, approve bool, note string) (Version, error) {
	if err := access.Throughout(actor, access.RightsApprove, ""); err != nil {
		return Version{}, err
	}
	least := 0
	if !approve {
		least = 4
	}
	note, err := text.Block("note", note, least, 1000)
	if err != nil {
		return Version{}, err
	}
	decision, kind := "rejected", kindRejected
	if approve {
		decision, kind = "approved", kindApproved
	}
	v, err := p.end(ctx, actor, id, decision, kind, note, func(now, v Version, held []access.Position) error {
		if v.AskedBy == actor.Person {
			return ErrOwn
		}
		if !approve {
			return nil
		}
		if v.Base != now.ID {
			return ErrStale
		}
		for _, t := range Touched(now.Rules, v.Rules) {
			if slices.Contains(held, t) { // or gone by, which holds for them as well
				return ErrOwnGain.With("position", string(t)) // nobody decides on their own rights
			}
		}
		return nil
	})
	if err == nil && approve {
		p.Changed()
	}
	return v, err
}

// Withdraw takes back what one asked for.
func (p *Policies) Withdraw(ctx context.Context, actor access.Actor, id string) (Version, error) {
	if err := access.Throughout(actor, access.RightsPropose, ""); err != nil {
		return Version{}, err
	}
	return p.end(ctx, actor, id, "withdrawn", kindWithdrawn, "", func(_, v Version, _ []access.Position) error {
		if v.AskedBy != actor.Person {
			return ErrOther
		}
		return nil
	})
}

// end decides on a version, once.
func (p *Policies) end(ctx context.Context, actor access.Actor, id, decision, kind, note string, may func(now, v Version, held []access.Position) error) (v Version, err error) {
	if actor.Person == "" || decision != "withdrawn" && !actor.InPerson() {
		return Version{}, ErrNobody
	}
	err = p.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		now, err := inForce(ctx, tx)
		if err != nil {
			return err
		}
		if v, err = one(ctx, tx, id); err != nil {
			return err
		}
		if v.DecidedAt != 0 {
			return ErrDecided
		}
		held := actor.Positions()
		register, err := position.Read(ctx, tx)
		if err != nil {
			return err
		}
		for _, o := range position.Own(register) { // what is said of its basis is said of it
			if slices.Contains(held, o.Position) {
				held = append(held, o.Basis)
			}
		}
		if err := may(now, v, held); err != nil {
			return err
		}
		at := p.Clock.Micro()
		v.DecidedBy, v.DecidedAt, v.Decision, v.Note = actor.Person, at, decision, note
		set := tx.NewUpdate().Model((*versionRow)(nil)).Set("decided_by = ?", actor.Person).Set("decided_at = ?", at).Set("decision = ?", decision).Set("note = ?", note)
		detail := map[string]any{"note": note}
		if decision == "approved" {
			// A clock that was set back must not put a new version before an older one.
			v.InForceAt = max(at, now.InForceAt+1)
			set.Set("in_force_at = ?", v.InForceAt)
			detail["before"], detail["rules"], detail["base"] = append([]Rule{}, now.Rules...), v.Rules, v.Base
		}
		if _, err := set.Where("id = ?", id).Exec(ctx); err != nil {
			return problem.Wrap(err, "decide on rights")
		}
		right := access.RightsApprove
		if kind == kindWithdrawn {
			right = access.RightsPropose
		}
		return ledger.Record(ctx, tx, actor.For(right, "").Act(at, kind, id, "", detail))
	})
	if err != nil {
		return Version{}, err
	}
	return v, nil
}
