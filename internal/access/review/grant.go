package review

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/policy"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
)

// Kinds of lines. What gives rights is not positions of people alone: a token acts in its
// owner's name, a rule of the house says what a position may, and a group of a directory gives
// a position to whoever is in it.
const (
	OfPosition = "position"
	OfToken    = "token"
	OfRule     = "rule"
	OfGroup    = "group"
)

// ErrGroup refuses to withdraw what the configuration says.
var ErrGroup = problem.New(problem.Conflict, "review_group", "The configuration says what a group of a directory gives. Take it out there and start the program again; the line then is gone.") // directory, group

// Group is one of a directory that gives a position.
type Group struct {
	Directory, Group string
	Position         access.Position
}

// Grant is what gives rights and is no position of a person.
type Grant struct {
	Kind    string `json:"-"`
	Subject string `json:"-"`

	Name      string          `json:"name"`              // of the token, the rule or the group
	Position  access.Position `json:"position"`          // that the rule is about, or the group gives
	Actions   []access.Action `json:"actions,omitempty"` // of the token or the rule
	Areas     []string        `json:"areas,omitempty"`   // ids, of the rule; none: everywhere
	Deny      bool            `json:"deny,omitempty"`    // the rule forbids
	Terms     *policy.Rule    `json:"rule,omitempty"`    // the whole rule
	Directory string          `json:"directory,omitempty"`
	Expires   int64           `json:"expires,omitempty"` // µs, of the token; 0: never
}

type grantRow struct {
	bun.BaseModel `bun:"table:rights_review_grants,alias:item"`
	ID            string `bun:",pk"`
	Review        string
	Kind          string
	Subject       string
	Person        *string
	Said          string
	SinceAt       int64
	UsedAt        int64
	Decision      string
	DecidedBy     *string
	DecidedAt     *int64
	Reason        string
}

func (r *grantRow) item() (Item, error) {
	i := Item{ID: r.ID, Line: Line{Person: value(r.Person), Since: r.SinceAt, UsedAt: r.UsedAt, Open: true, Grant: &Grant{Kind: r.Kind, Subject: r.Subject}},
		Decision: r.Decision, DecidedBy: value(r.DecidedBy), DecidedAt: value(r.DecidedAt), Reason: r.Reason}
	if err := json.Unmarshal([]byte(r.Said), i.Grant); err != nil {
		return i, problem.Wrap(err, "read a line of a review")
	}
	i.Position, i.Areas, i.Until = i.Grant.Position, i.Grant.Areas, i.Grant.Expires
	return i, nil
}

func (r *grantRow) row() string {
	return "rights_review_grants " + r.Review + " " + r.Kind + " " + r.Subject
}

// grants gives the tokens that open something, the rules in force and the groups that give
// positions. used finds when a rule last decided; nil: nobody asks for it.
func (r *Reviews) grants(ctx context.Context, tx bun.IDB, used func(ctx context.Context, rule string) (int64, error)) (rows []grantRow, err error) {
	add := func(g Grant, person string, since, usedAt int64) error {
		said, err := json.Marshal(g)
		row := grantRow{Kind: g.Kind, Subject: g.Subject, Said: string(said), SinceAt: since, UsedAt: usedAt}
		if person != "" {
			row.Person = &person
		}
		rows = append(rows, row)
		return err
	}
	tokens, err := account.OpenTokens(ctx, tx, r.Clock.Micro())
	if err != nil {
		return nil, err
	}
	for _, t := range tokens {
		g := Grant{Kind: OfToken, Subject: t.ID, Name: t.Name, Actions: t.Actions, Expires: value(t.ExpiresAt)}
		if err := add(g, t.Person, t.CreatedAt, value(t.UsedOn)); err != nil {
			return nil, err
		}
	}
	now, err := policy.InForce(ctx, tx)
	if err != nil {
		return nil, err
	}
	for _, rule := range now.Rules {
		subject, err := subjectOf(&rule)
		if err != nil {
			return nil, err
		}
		var usedAt int64
		if used != nil {
			if usedAt, err = used(ctx, rule.ID); err != nil {
				return nil, err
			}
		}
		g := Grant{Kind: OfRule, Subject: subject, Name: rule.ID, Position: rule.Position, Actions: rule.Actions, Areas: rule.Areas, Deny: rule.Deny, Terms: &rule}
		if err := add(g, "", now.InForceAt, usedAt); err != nil {
			return nil, err
		}
	}
	if r.Groups == nil {
		return rows, nil
	}
	for _, g := range r.Groups() {
		grant := Grant{Kind: OfGroup, Subject: strings.Join([]string{g.Directory, string(g.Position), g.Group}, " "), Name: g.Group, Position: g.Position, Directory: g.Directory}
		if slices.ContainsFunc(rows, func(r grantRow) bool { return r.Kind == OfGroup && r.Subject == grant.Subject }) {
			continue // said twice
		}
		if err := add(grant, "", 0, 0); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// subjectOf names a rule as it stands: one that was changed since, which two people decided on,
// is another.
func subjectOf(r *policy.Rule) (string, error) {
	body, err := json.Marshal(r)
	sum := sha256.Sum256(body)
	return r.ID + " " + hex.EncodeToString(sum[:8]), err
}

// decided finds when a rule last decided, as far back as uses are looked for. It reads in a
// transaction of its own.
func (r *Reviews) decided(ctx context.Context, rule string) (int64, error) {
	page, err := trail.Read(ctx, r.DB, trail.Query{Rules: []string{rule}, From: r.Clock.Now().Add(-usedBack).UnixMicro(), Limit: 1})
	if err != nil || len(page.Entries) == 0 {
		return 0, err
	}
	return page.Entries[0].Act.At, nil
}

// sumGrants goes on with the digest of the lines of a review. A review without such lines has
// the digest that it had before there were any.
func sumGrants(rows []grantRow) string {
	var all strings.Builder
	for _, g := range slices.SortedFunc(slices.Values(rows), func(a, b grantRow) int { return cmp.Compare(a.ID, b.ID) }) {
		fmt.Fprintf(&all, "%s %s %q %s %s %d %d\n", g.ID, g.Kind, g.Subject, value(g.Person), g.Said, g.SinceAt, g.UsedAt)
	}
	return all.String()
}

// insertGrants writes the lines of a new review.
func insertGrants(ctx context.Context, tx bun.Tx, review string, rows []grantRow) error {
	for i := range rows {
		rows[i].ID, rows[i].Review = db.NewID(), review
	}
	for some := range slices.Chunk(rows, 500) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return problem.Wrap(err, "open review")
		}
	}
	return nil
}

// decideGrants decides on lines that are no positions; told has what ends with them.
func (r *Reviews) decideGrants(ctx context.Context, tx bun.Tx, actor access.Actor, rows []grantRow, decision, reason string) (told []func(), err error) {
	if decision == Renewed {
		if len(rows) > 0 {
			return nil, ErrDecision // such a line never changes: what is another is gone
		}
		return nil, nil
	}
	now, err := r.grants(ctx, tx, nil)
	if err != nil {
		return nil, err
	}
	var rules []string
	for i := range rows {
		row := &rows[i]
		switch {
		case row.Person != nil && *row.Person == actor.Person:
			return nil, ErrOwn
		case row.Decision != "":
			return nil, ErrDecided
		}
		item, err := row.item()
		if err != nil {
			return nil, err
		}
		is := decision
		if !slices.ContainsFunc(now, func(n grantRow) bool { return n.Kind == row.Kind && n.Subject == row.Subject }) {
			is = Gone
		}
		if is == Withdrawn {
			switch row.Kind {
			case OfToken:
				end, err := r.Accounts.Revoke(ctx, tx, actor, access.RightsReview, row.Subject)
				if err != nil {
					return nil, err
				}
				told = append(told, end)
			case OfRule:
				rules = append(rules, item.Grant.Name)
			case OfGroup:
				return nil, ErrGroup.With("directory", item.Grant.Directory).With("group", item.Grant.Name)
			}
		}
		at := r.Clock.Micro()
		row.Decision, row.DecidedBy, row.DecidedAt, row.Reason = is, &actor.Person, &at, reason
		if _, err := tx.NewUpdate().Model(row).Column("decision", "decided_by", "decided_at", "reason").WherePK().Exec(ctx); err != nil {
			return nil, problem.Wrap(err, "decide on a line of a review")
		}
		kind := map[string]string{Confirmed: kindConfirmed, Withdrawn: kindWithdrawn, Gone: kindGone}[is]
		err = ledger.Record(ctx, tx, actor.For(access.RightsReview, "").Act(at, kind, row.Review, "",
			map[string]any{"grant": row.Kind, "subject": row.Subject, "reason": reason, "used": row.UsedAt}))
		if err != nil {
			return nil, err
		}
	}
	// Rules are decided on by two: who reviews asks for them without these, and another person says.
	if len(rules) > 0 {
		if r.Policies == nil {
			return nil, ErrUnknown
		}
		if err := r.Policies.Without(ctx, tx, actor, rules, reason); err != nil {
			return nil, err
		}
	}
	return told, nil
}
