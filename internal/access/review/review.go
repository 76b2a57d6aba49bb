// Package review looks through who holds what, again and again: each position of each person
// is confirmed or withdrawn with a reason by somebody else, and a review that is overdue is
// told (C113). Beside it stand reports from the trail: what was refused, lookups that nothing
// followed, and patterns that look like a personal purpose (C105).
package review

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/holding"
	"watchroom/internal/access/policy"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
	"watchroom/internal/text"
)

// Refusals.
var (
	ErrUnknown   = problem.New(problem.NotFound, "review_unknown", "There is no such review of rights, or no such line in it.")
	ErrRuns      = problem.New(problem.Conflict, "review_runs", "A review of rights is open already.")
	ErrClosed    = problem.New(problem.Conflict, "review_closed", "This review of rights is closed.")
	ErrNobody    = problem.New(problem.Conflict, "review_empty", "Nobody holds anything that could be reviewed.")
	ErrOwn       = problem.New(problem.Forbidden, "review_own", "Nobody reviews their own rights; somebody else does.")
	ErrDecided   = problem.New(problem.Conflict, "review_decided", "This line was decided on already.")
	ErrDecision  = problem.New(problem.Invalid, "review_decision", "Confirm or withdraw, or renew the line.").On("decision")
	ErrLines     = problem.New(problem.Invalid, "review_lines", "Choose one line at least and 500 at most.").On("items")
	ErrDirectory = problem.New(problem.Conflict, "review_directory", "The groups of a directory say what this account holds. Take it out of the group there.") // directory
	ErrPerson    = problem.New(problem.Forbidden, "review_person", "A review needs a person who is signed in.")
)

// Decisions on a line.
const (
	Confirmed = "confirmed"
	Withdrawn = "withdrawn"
	Gone      = "gone"    // the position was no longer held when somebody came to decide
	Renewed   = "renewed" // no decision yet: the line says what is held now
)

const mostLines = 500 // decided on at once

// Line is a position that a person holds, or a Grant. Times are µs since 1970 UTC, 0 for none.
type Line struct {
	Person   string
	Position access.Position
	Areas    []string // ids; none: everywhere
	From     int64
	Until    int64
	Since    int64 // since when it is held as it is
	UsedAt   int64 // when it last decided that the person may do something, as far back as is looked
	Open     bool  // the account is not disabled
	Alone    bool  // one person gave it alone, and no review has confirmed it

	Grant *Grant // what it is where it is no position of a person; nil: it is one
}

// Review is one campaign.
type Review struct {
	ID       string
	OpenedBy string
	OpenedAt int64
	DueAt    int64
	Note     string
	ClosedAt int64 // when the last line was decided on
	Items    []Item
}

// Item is a line of a review with what was decided.
type Item struct {
	ID string
	Line
	Now       *Held  // how it is held now, where that is not what the line says; nil once it was decided on
	Decision  string // empty: not yet
	DecidedBy string
	DecidedAt int64
	Reason    string
}

// order puts positions first, then tokens, rules and groups.
func (i *Item) order() int {
	if i.Grant == nil {
		return 0
	}
	return 1 + slices.Index([]string{OfToken, OfRule, OfGroup}, i.Grant.Kind)
}

// State says how the house stands to its reviews.
type State struct {
	LastAt  int64 // when the last was closed; 0: none yet
	NextAt  int64 // when the next is to be closed
	Overdue bool
}

// Reviews keeps them.
type Reviews struct {
	DB       *db.DB
	Clock    clock.Clock
	Accounts *account.Control
	Rules    *rule.Set // see Parameters; nil: the defaults
	// Policies keeps the rules of the house; nil: none can be withdrawn.
	Policies *policy.Policies
	// Groups gives those of directories that give positions; nil: none does.
	Groups func() []Group
	Zone   *time.Location // of the site, in which hours of footage are counted; nil: UTC
}

type reviewRow struct {
	bun.BaseModel `bun:"table:rights_reviews,alias:review"`
	ID            string `bun:",pk"`
	OpenedBy      string
	OpenedAt      int64
	DueAt         int64
	Note          string
	ClosedAt      *int64
}

type itemRow struct {
	bun.BaseModel `bun:"table:rights_review_items,alias:item"`
	ID            string `bun:",pk"`
	Review        string
	Person        string
	Position      access.Position
	Areas         string
	FromAt        int64
	UntilAt       int64
	SinceAt       int64
	UsedAt        int64
	Decision      string
	DecidedBy     *string
	DecidedAt     *int64
	Reason        string
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

func (r *itemRow) item() (Item, error) {
	i := Item{ID: r.ID, Line: Line{Person: r.Person, Position: r.Position, From: r.FromAt, Until: r.UntilAt, Since: r.SinceAt, UsedAt: r.UsedAt, Open: true},
		Decision: r.Decision, DecidedBy: value(r.DecidedBy), DecidedAt: value(r.DecidedAt), Reason: r.Reason}
	return i, problem.Wrap(json.Unmarshal([]byte(r.Areas), &i.Areas), "read a line of a review")
}

// Lines gives who holds what, since when, and when it was last used, in order of the
// accounts. A review is about the whole house: who may review in some areas only may not.
func (r *Reviews) Lines(ctx context.Context, actor access.Actor) ([]Line, error) {
	if err := access.Throughout(actor, access.RightsReview, ""); err != nil {
		return nil, err
	}
	all, err := r.lines(ctx)
	if err != nil {
		return nil, err
	}
	grants, err := r.grants(ctx, r.DB.Read(), r.decided)
	if err != nil {
		return nil, err
	}
	for i := range grants {
		item, err := grants[i].item()
		if err != nil {
			return nil, err
		}
		all = append(all, item.Line)
	}
	return all, nil
}

func (r *Reviews) lines(ctx context.Context) ([]Line, error) {
	people, err := r.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	since, err := holding.Since(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	alone, err := holding.Alone(ctx, r.DB.Read())
	if err != nil {
		return nil, err
	}
	all := []Line{}
	for i := range people {
		p := &people[i]
		used, err := r.used(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, h := range p.Holdings {
			all = append(all, Line{Person: p.ID, Position: h.Position, Areas: h.Areas, From: h.From, Until: h.Until,
				Since: since[p.ID][h.Position], UsedAt: used[h.Position], Open: !p.Disabled, Alone: slices.Contains(alone[p.ID], h.Position)})
		}
	}
	return all, nil
}

// How far the last use of a position is looked for.
const (
	usedBack  = 13 * 31 * 24 * time.Hour
	usedActs  = 100 // of a page
	usedPages = 5   // of one person
)

// used finds in the trail when each position of a person last decided.
func (r *Reviews) used(ctx context.Context, p *account.Person) (map[access.Position]int64, error) {
	found := map[access.Position]int64{}
	q := trail.Query{Persons: []string{p.ID}, Verdicts: []string{trail.Allowed}, From: r.Clock.Now().Add(-usedBack).UnixMicro(), Limit: usedActs}
	for range usedPages {
		if len(p.Holdings) == 0 {
			break
		}
		page, err := trail.Read(ctx, r.DB, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Entries {
			e := &page.Entries[i]
			if by := access.Position(e.Position); by != "" && found[by] == 0 {
				found[by] = e.Act.At
			}
		}
		q.Before = page.Older
		if q.Before == "" || !slices.ContainsFunc(p.Holdings, func(h access.Holding) bool { return found[h.Position] == 0 }) {
			break
		}
	}
	return found, nil
}

// Open begins a review of all that is held by accounts that are open.
func (r *Reviews) Open(ctx context.Context, actor access.Actor, note string) (Review, error) {
	if err := access.Throughout(actor, access.RightsReview, ""); err != nil {
		return Review{}, err
	}
	if actor.Person == "" {
		return Review{}, ErrPerson
	}
	note, err := text.Block("note", note, 0, 1000)
	if err != nil {
		return Review{}, err
	}
	lines, err := r.lines(ctx)
	if err != nil {
		return Review{}, err
	}
	lines = slices.DeleteFunc(lines, func(l Line) bool { return !l.Open })
	grants, err := r.grants(ctx, r.DB.Read(), r.decided)
	if err != nil {
		return Review{}, err
	}
	if len(lines)+len(grants) == 0 {
		return Review{}, ErrNobody
	}
	one := reviewRow{ID: db.NewID(), OpenedBy: actor.Person, Note: note}
	items := make([]itemRow, len(lines))
	for i, l := range lines {
		areas, err := json.Marshal(append([]string{}, l.Areas...))
		if err != nil {
			return Review{}, err
		}
		items[i] = itemRow{ID: db.NewID(), Review: one.ID, Person: l.Person, Position: l.Position, Areas: string(areas), FromAt: l.From, UntilAt: l.Until, SinceAt: l.Since, UsedAt: l.UsedAt}
	}
	err = r.DB.SerializableTx(ctx, func(ctx context.Context, tx bun.Tx) error {
		n, err := tx.NewSelect().Model((*reviewRow)(nil)).Where("closed_at IS NULL").Count(ctx)
		if err != nil {
			return problem.Wrap(err, "read reviews")
		}
		if n > 0 {
			return ErrRuns
		}
		one.OpenedAt = r.Clock.Micro()
		one.DueAt = one.OpenedAt + (time.Duration(days.Get(r.Rules)) * 24 * time.Hour).Microseconds()
		if _, err := tx.NewInsert().Model(&one).Exec(ctx); err != nil {
			return problem.Wrap(err, "open review")
		}
		for some := range slices.Chunk(items, 500) {
			if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
				return problem.Wrap(err, "open review")
			}
		}
		if err := insertGrants(ctx, tx, one.ID, grants); err != nil {
			return err
		}
		detail := map[string]any{"lines": len(items) + len(grants), keyDigest: digest(items, grants), "due": one.DueAt}
		if note != "" {
			detail["note"] = note
		}
		return ledger.Record(ctx, tx, actor.For(access.RightsReview, "").Act(one.OpenedAt, kindOpened, one.ID, "", detail))
	})
	if err != nil {
		return Review{}, err
	}
	return whole(ctx, r.DB.Read(), one)
}

// List gives the reviews, the newest first, at most 50, without their lines.
func (r *Reviews) List(ctx context.Context, actor access.Actor) ([]Review, error) {
	if err := access.Throughout(actor, access.RightsReview, ""); err != nil {
		return nil, err
	}
	var rows []reviewRow
	if err := r.DB.Read().NewSelect().Model(&rows).OrderExpr("opened_at DESC, id DESC").Limit(50).Scan(ctx); err != nil {
		return nil, problem.Wrap(err, "list reviews")
	}
	all := make([]Review, len(rows))
	for i := range rows {
		all[i] = rows[i].review()
	}
	return all, nil
}

func (r *reviewRow) review() Review {
	return Review{ID: r.ID, OpenedBy: r.OpenedBy, OpenedAt: r.OpenedAt, DueAt: r.DueAt, Note: r.Note, ClosedAt: value(r.ClosedAt)}
}

// One gives a review with its lines.
func (r *Reviews) One(ctx context.Context, actor access.Actor, id string) (Review, error) {
	if err := access.Throughout(actor, access.RightsReview, ""); err != nil {
		return Review{}, err
	}
	row, err := load(ctx, r.DB.Read(), id)
	if err != nil {
		return Review{}, err
	}
	return whole(ctx, r.DB.Read(), row)
}

func load(ctx context.Context, tx bun.IDB, id string) (reviewRow, error) {
	var rows []reviewRow
	if err := tx.NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err != nil {
		return reviewRow{}, problem.Wrap(err, "read review")
	}
	if len(rows) == 0 {
		return reviewRow{}, ErrUnknown
	}
	return rows[0], nil
}

// whole reads the lines of a review: those that nobody has decided on first.
func whole(ctx context.Context, tx bun.IDB, row reviewRow) (Review, error) {
	var rows []itemRow
	if err := tx.NewSelect().Model(&rows).Where("review = ?", row.ID).Scan(ctx); err != nil {
		return Review{}, problem.Wrap(err, "read review")
	}
	var grants []grantRow
	if err := tx.NewSelect().Model(&grants).Where("review = ?", row.ID).Scan(ctx); err != nil {
		return Review{}, problem.Wrap(err, "read review")
	}
	alone, err := holding.Alone(ctx, tx)
	if err != nil {
		return Review{}, err
	}
	held, err := heldNow(ctx, tx)
	if err != nil {
		return Review{}, err
	}
	out := row.review()
	out.Items = make([]Item, len(rows))
	for i := range rows {
		if out.Items[i], err = rows[i].item(); err != nil {
			return Review{}, err
		}
		if rows[i].Decision != "" {
			continue
		}
		out.Items[i].Alone = slices.Contains(alone[rows[i].Person], rows[i].Position)
		now := held[rows[i].key()]
		differs, err := rows[i].differs(now)
		if err != nil {
			return Review{}, err
		}
		if len(differs) > 0 {
			out.Items[i].Now = now
		}
	}
	for i := range grants {
		item, err := grants[i].item()
		if err != nil {
			return Review{}, err
		}
		out.Items = append(out.Items, item)
	}
	slices.SortStableFunc(out.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.DecidedAt, b.DecidedAt), cmp.Compare(a.order(), b.order()), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Position, b.Position))
	})
	return out, nil
}
