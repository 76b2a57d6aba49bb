// Package sharedlogin finds accounts that more than one person seems to use: passwords are never
// told to others (C113). What it finds is a finding for the duty lead, not a proof.
package sharedlogin

import (
	"context"
	"encoding/json"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// within is how fast an account must go there and back between two addresses to be found:
// who walks from one console to another does so once, and not back at once.
var within = rule.Duration{Key: "shared.within", Default: 5 * time.Minute, Least: time.Minute, Most: time.Hour,
	Guard: rule.Lower, Clauses: []string{"C113"}}

// Parameters gives what an institution sets of it.
func Parameters() []rule.Parameter { return []rule.Parameter{within} }

// Refusals of acts on findings.
var (
	ErrUnknown  = problem.New(problem.NotFound, "shared_login_unknown", "There is no such finding.")
	ErrAnswered = problem.New(problem.Conflict, "shared_login_answered", "Somebody has answered this finding already.")
	ErrNobody   = problem.New(problem.Forbidden, "person_needed", "This act needs a person who is signed in.")
	ErrOwn      = problem.New(problem.Forbidden, "shared_login_own", "Nobody judges a finding about themselves.")
	ErrAnswer   = problem.New(problem.Invalid, "shared_login_answer", "An answer is own, shared or taken.").On("answer")
)

// Answers to a finding.
const (
	Own    = "own"    // the person was in both places
	Shared = "shared" // somebody else was, with the password that they were told
	Taken  = "taken"  // somebody else was, and should not have been able to: all sessions end
)

// Place is where an account was used.
type Place struct {
	Address string `json:"address"`
	Agent   string `json:"agent"`
}

// Finding is an account that was used in several places at once.
type Finding struct {
	ID      string
	Person  string
	FirstAt int64 // µs
	LastAt  int64 // µs
	Times   int
	Places  []Place

	Answer     string // empty while it is open
	Note       string
	AnsweredBy string
	AnsweredAt *int64 // µs
}

type row struct {
	bun.BaseModel `bun:"table:shared_logins,alias:finding"`
	ID            string `bun:",pk"`
	Person        string
	FirstAt       int64
	LastAt        int64
	Times         int
	Places        string
	Answer        string
	Note          string
	AnsweredBy    string
	AnsweredAt    *int64
}

func (r *row) finding() Finding {
	f := Finding{ID: r.ID, Person: r.Person, FirstAt: r.FirstAt, LastAt: r.LastAt, Times: r.Times, Places: []Place{},
		Answer: r.Answer, Note: r.Note, AnsweredBy: r.AnsweredBy, AnsweredAt: r.AnsweredAt}
	if json.Unmarshal([]byte(r.Places), &f.Places) != nil {
		f.Places = []Place{} // a damaged row says where not
	}
	return f
}

// Watch finds them.
type Watch struct {
	DB      *db.DB
	Clock   clock.Clock
	Log     *slog.Logger
	Rules   *rule.Set // see Parameters; nil: the defaults
	Account *account.Control
	// Alarm tells how many findings are open; may be nil.
	Alarm func(open int)

	news  atomic.Bool // something was found since Ring last told
	moves moves
}

// Start tells what is open from before.
func (w *Watch) Start(ctx context.Context) error {
	if w.Log == nil {
		w.Log = slog.New(slog.DiscardHandler)
	}
	return w.ring(ctx)
}

// Touched looks at an account that is touched at (µs) in one session: it is found where it
// was touched at another address since the input before in this one, and all of it in so
// short a time that one person would have had to go there and back. So it is where one
// session is touched from another address and from the first again, as with a cookie that was
// copied. It is called in the transaction that notes the input; Ring follows.
func (w *Watch) Touched(ctx context.Context, tx bun.Tx, who account.Identity, at int64) error {
	here := who.Session
	if here == nil {
		return nil
	}
	from := Place{who.Actor.Origin.Address, who.Actor.Origin.Agent}
	if other, back := w.moves.touched(here.ID, from, at, within.Get(w.Rules).Microseconds()); back {
		return w.found(ctx, tx, who, []Place{from, other}, at)
	}
	if here.InputAt == 0 || at-here.InputAt > within.Get(w.Rules).Microseconds() {
		return nil
	}
	open, err := w.Account.OpenSessions(ctx, tx, who.Actor.Person)
	if err != nil {
		return err
	}
	places := []Place{{here.Address, here.Agent}}
	for _, s := range open {
		if p := (Place{s.Address, s.Agent}); s.Address != here.Address && s.InputAt > here.InputAt && s.InputAt <= at && !slices.Contains(places, p) {
			places = append(places, p)
		}
	}
	if len(places) == 1 {
		return nil
	}
	return w.found(ctx, tx, who, places, at)
}

// mostPlaces bounds what one finding lists.
const mostPlaces = 20

// found opens a finding, or adds to the one that is open.
func (w *Watch) found(ctx context.Context, tx bun.Tx, who account.Identity, places []Place, at int64) error {
	var rows []row
	err := tx.NewSelect().Model(&rows).Where("person = ? AND answered_at IS NULL", who.Actor.Person).Limit(1).Scan(ctx)
	if err != nil {
		return problem.Wrap(err, "read findings")
	}
	w.news.Store(true)
	f := Finding{ID: db.NewID(), Person: who.Actor.Person, FirstAt: at}
	if len(rows) > 0 {
		f = rows[0].finding()
	}
	f.Times++
	for _, p := range places {
		if !slices.Contains(f.Places, p) && len(f.Places) < mostPlaces {
			f.Places = append(f.Places, p)
		}
	}
	packed, err := json.Marshal(f.Places)
	if err != nil {
		return err
	}
	r := row{ID: f.ID, Person: f.Person, FirstAt: f.FirstAt, LastAt: at, Times: f.Times, Places: string(packed)}
	if len(rows) > 0 {
		_, err = tx.NewUpdate().Model(&r).Column("last_at", "times", "places").WherePK().Exec(ctx)
		return problem.Wrap(err, "add to a finding")
	}
	if _, err := tx.NewInsert().Model(&r).Exec(ctx); err != nil {
		return problem.Wrap(err, "open a finding")
	}
	// The program finds it, and nobody does it.
	return ledger.Record(ctx, tx, ledger.Act{At: at, Kind: "shared_login.found", Subject: f.Person, Detail: map[string]any{"finding": f.ID, "places": f.Places}})
}

// Ring tells how many findings are open where there is something new.
func (w *Watch) Ring(ctx context.Context) {
	if !w.news.Swap(false) {
		return
	}
	if err := w.ring(ctx); err != nil {
		w.Log.WarnContext(ctx, "the findings about shared logins could not be counted", "error", err)
	}
}

func (w *Watch) ring(ctx context.Context) error {
	if w.Alarm == nil {
		return nil
	}
	n, err := w.DB.Read().NewSelect().Model((*row)(nil)).Where("answered_at IS NULL").Count(ctx)
	if err != nil {
		return problem.Wrap(err, "count findings")
	}
	w.Alarm(int(n))
	return nil
}

// mostListed bounds a list of findings.
const mostListed = int64(500)

// List gives the findings, those that are open first and the newest of each first; at most
// 500. It needs people.read.
func (w *Watch) List(ctx context.Context, actor access.Actor) ([]Finding, error) {
	if err := access.Can(actor, access.PeopleRead, ""); err != nil {
		return nil, err
	}
	var rows []row
	err := w.DB.Read().NewSelect().Model(&rows).
		OrderExpr("CASE WHEN answered_at IS NULL THEN 0 ELSE 1 END, last_at DESC, id").Limit(mostListed).Scan(ctx)
	all := make([]Finding, len(rows))
	for i := range rows {
		all[i] = rows[i].finding()
	}
	return all, problem.Wrap(err, "list findings")
}

// Judge answers a finding. Where the account was taken, all its sessions end. Its refusals
// are ErrNobody, ErrUnknown, ErrAnswered, ErrOwn, ErrAnswer, and those of the note.
func (w *Watch) Judge(ctx context.Context, actor access.Actor, id, answer, note string) (Finding, error) {
	if err := access.Throughout(actor, access.SharedLoginJudge, ""); err != nil {
		return Finding{}, err
	}
	if !slices.Contains([]string{Own, Shared, Taken}, answer) {
		return Finding{}, ErrAnswer
	}
	if !actor.InPerson() {
		return Finding{}, ErrNobody
	}
	note, err := text.Line("note", note, 4, 500)
	if err != nil {
		return Finding{}, err
	}
	var after Finding
	told := func(string) {}
	err = w.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []row
		if err := tx.NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err != nil {
			return problem.Wrap(err, "read a finding")
		}
		switch {
		case len(rows) == 0:
			return ErrUnknown
		case rows[0].AnsweredAt != nil:
			return ErrAnswered
		case rows[0].Person == actor.Person:
			return ErrOwn
		}
		at := w.Clock.Micro()
		r := rows[0]
		r.Answer, r.Note, r.AnsweredBy, r.AnsweredAt = answer, note, actor.Person, &at
		if _, err := tx.NewUpdate().Model(&r).Column("answer", "note", "answered_by", "answered_at").WherePK().Exec(ctx); err != nil {
			return problem.Wrap(err, "answer a finding")
		}
		if answer == Taken {
			var err error
			if told, err = w.Account.EndAll(ctx, tx, r.Person, ""); err != nil {
				return err
			}
		}
		after = r.finding()
		return ledger.Record(ctx, tx, actor.For(access.SharedLoginJudge, "").Act(at, "shared_login.judged", r.Person, "",
			map[string]any{"finding": id, "answer": answer, "note": note}))
	})
	if err != nil {
		return Finding{}, err
	}
	if answer == Taken {
		told("taken")
	}
	w.news.Store(true)
	w.Ring(ctx)
	return after, nil
}
