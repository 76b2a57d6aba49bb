// Package arrival looks at every session that opens: whether the person has too many, and
// whether they have come from there before (C113).
package arrival

import (
	"context"
	"net/netip"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/access/attempt"
	"watchroom/internal/access/factor"
	"watchroom/internal/access/limit"
	"watchroom/internal/clock"
	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/rule"
)

// Limits of sessions: so many a person, and what becomes of one more.
var (
	most = rule.Int{Key: "session.most", Default: 50, Least: 1, Most: 500, Unit: "sessions",
		Guard: rule.Higher, Clauses: []string{"C113"}}
	beyond = rule.Word{Key: "session.beyond", Default: endOldest, Words: []string{endOldest, refuseNew},
		Guard: rule.Free, Clauses: []string{"C113"}}
)

// What becomes of one session more.
const (
	endOldest = "end_oldest"
	refuseNew = "refuse_new"
)

// Parameters gives what an institution sets of arrivals.
func Parameters() []rule.Parameter { return []rule.Parameter{most, beyond} }

// Arrivals looks at sessions that open.
type Arrivals struct {
	Clock   clock.Clock
	Rules   *rule.Set // see Parameters; nil: the defaults
	Account *account.Control
	Factors *factor.Factors
}

// mostDevices is how many browsers know a person: the newest. Each is a place where attempts
// at the name have a limit of their own.
const mostDevices = 20

type deviceRow struct {
	bun.BaseModel `bun:"table:sign_in_devices,alias:device"`
	Person        string `bun:",pk"`
	Device        string `bun:",pk"`
	FirstAt       int64
	LastAt        int64
}

type placeRow struct {
	bun.BaseModel `bun:"table:sign_in_places,alias:place"`
	Person        string `bun:",pk"`
	Network       string `bun:",pk"`
	Agent         string `bun:",pk"`
	FirstAt       int64
	LastAt        int64
}

// Opening is account.Control's Opening: it refuses with account.ErrSessionsFull, or ends the
// oldest sessions, as the rules say, and leaves a notice about a place that is new.
func (a *Arrivals) Opening(ctx context.Context, tx bun.Tx, who access.Actor, s account.Session) (out account.Opened, err error) {
	if out.Ended, err = a.room(ctx, tx, who, s); err != nil {
		return out, err
	}
	if out.NewPlace, err = a.place(ctx, tx, s); err != nil {
		return out, err
	}
	if out.NewPlace {
		out.Told = func() { a.Factors.Tell(s.Person) }
	}
	return out, a.device(ctx, tx, s.Person, who.Origin.Device)
}

// room makes room for one session more.
func (a *Arrivals) room(ctx context.Context, tx bun.Tx, who access.Actor, s account.Session) (ended []string, err error) {
	open, err := a.Account.OpenSessions(ctx, tx, s.Person)
	if err != nil {
		return nil, err
	}
	may := most.Get(a.Rules)
	if len(open) < may {
		return nil, nil
	}
	if beyond.Get(a.Rules) == refuseNew {
		return nil, account.ErrSessionsFull.With("most", may)
	}
	for _, old := range open[:len(open)-may+1] {
		if err := account.DropSession(ctx, tx, old.ID); err != nil {
			return nil, err
		}
		act := who.Act(a.Clock.Micro(), "session.closed", old.ID, "", map[string]any{"person": s.Person, "reason": "limit", "most": may})
		if err := ledger.Record(ctx, tx, act); err != nil {
			return nil, err
		}
		ended = append(ended, old.ID)
	}
	return ended, nil
}

// place notes from where somebody comes, and tells them elsewhere where it is new. The first
// time of all is not: there is nothing to compare it with, and nobody else to tell.
func (a *Arrivals) place(ctx context.Context, tx bun.Tx, s account.Session) (fresh bool, err error) {
	var known []placeRow
	if err := tx.NewSelect().Model(&known).Where("person = ?", s.Person).Scan(ctx); err != nil {
		return false, problem.Wrap(err, "read places of signing in")
	}
	at := a.Clock.Micro()
	here := placeRow{Person: s.Person, Network: Network(s.Address), Agent: Agent(s.Agent), FirstAt: at, LastAt: at}
	network, agent := false, false
	for _, k := range known {
		network, agent = network || k.Network == here.Network, agent || k.Agent == here.Agent
	}
	_, err = tx.NewInsert().Model(&here).On("CONFLICT (person, network, agent) DO UPDATE").Set("last_at = EXCLUDED.last_at").Exec(ctx)
	if err != nil {
		return false, problem.Wrap(err, "note a place of signing in")
	}
	if len(known) == 0 || network && agent {
		return false, nil
	}
	return true, a.Factors.Notify(ctx, tx, s.Person, factor.Notice{Kind: "new_place", At: at, Address: s.Address, Name: here.Agent, Session: s.ID})
}

// device notes in which browser somebody signed in, and forgets those of long ago.
func (a *Arrivals) device(ctx context.Context, tx bun.Tx, person, device string) error {
	if device == "" {
		return nil
	}
	at := a.Clock.Micro()
	_, err := tx.NewInsert().Model(&deviceRow{Person: person, Device: device, FirstAt: at, LastAt: at}).
		On("CONFLICT (person, device) DO UPDATE").Set("last_at = EXCLUDED.last_at").Exec(ctx)
	if err != nil {
		return problem.Wrap(err, "note a browser of signing in")
	}
	newest := tx.NewSelect().Model((*deviceRow)(nil)).Column("device").Where("person = ?", person).OrderExpr("last_at DESC, device").Limit(mostDevices)
	_, err = tx.NewDelete().Model((*deviceRow)(nil)).Where("person = ?", person).Where("device NOT IN (?)", newest).Exec(ctx)
	return problem.Wrap(err, "forget old browsers of signing in")
}

// Known is account.Control's Known. Where nobody can say, the place is a stranger's.
func (a *Arrivals) Known(ctx context.Context, who account.Named, from access.Origin) attempt.Knows {
	is := func(model any, of, where, value string) bool {
		q := a.Account.DB.Read().NewSelect().Model(model).Where("?.? = ?", bun.Ident(of), bun.Ident(where), value)
		if who.Person != "" {
			q.Where("?.person = ?", bun.Ident(of), who.Person)
		} else {
			q.Join("JOIN people AS person ON person.id = ?.person", bun.Ident(of)).
				Where("person.username_key = ?", who.Username).Where("person.directory = ?", who.Directory)
		}
		yes, err := q.Exists(ctx)
		return err == nil && yes
	}
	switch {
	case from.Device != "" && is((*deviceRow)(nil), "device", "device", from.Device):
		return attempt.Device
	case is((*placeRow)(nil), "place", "network", Network(from.Address)):
		return attempt.Address
	}
	return attempt.Stranger
}

// Network is where an address belongs: neighbours of IPv4 are one place, since addresses
// change hands in a house.
func Network(address string) string {
	if ip, err := netip.ParseAddr(address); err == nil && ip.Unmap().Is4() {
		return limit.Wide(address)
	}
	return limit.Network(address)
}

// Agent is the browser and its system in a User-Agent (RFC 9110, 10.1.5), without their
// versions: an update is no new place.
func Agent(header string) string {
	first := func(signs [][2]string) string {
		for _, s := range signs {
			if strings.Contains(header, s[0]) {
				return s[1]
			}
		}
		return ""
	}
	// The order counts: most name themselves and all that they want to be taken for.
	browser := first([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"MicroMessenger", "WeChat"}, {"QQBrowser", "QQ Browser"}, {"Firefox/", "Firefox"},
		{"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := first([][2]string{{"Windows", "Windows"}, {"Android", "Android"}, {"iPhone", "iOS"}, {"iPad", "iOS"}, {"Mac OS", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "" && system == "": // a program: its first word
		name, _, _ := strings.Cut(header, "/")
		name, _, _ = strings.Cut(name, " ")
		return name[:min(len(name), 40)]
	case browser == "" || system == "":
		return browser + system
	}
	return browser + ", " + system
}
