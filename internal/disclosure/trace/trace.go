// Package trace follows a picture that leaked back to who looked: from the mark that it
// bears, or from a camera and a minute. Everything it tells stands in the acts; it puts
// together what belongs to one look. Following a trace is an act itself.
package trace

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/ledger"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
)

// KindTraced is the act of following a trace.
const KindTraced = "mark.traced"

// ErrWhat refuses a question that names neither.
var ErrWhat = problem.New(problem.Invalid, "trace_question", "Give the mark, or a camera and the minute.").On("mark")

// What sort of look it was.
const (
	Live     = "live"     // moving pictures of then
	Picture  = "picture"  // still pictures of then
	Playback = "playback" // footage
	Snapshot = "snapshot" // a kept picture
)

const (
	minute   = 60_000_000     // µs
	longLive = 1440 * minute  // how long ago a live view whose end is not on record may have begun
	longAway = 60 * 24 * 3600 // seconds, how long ago a sign-in is looked for
	mostActs = 2000           // that are put together for one answer
)

// Look is somebody looking at a camera: what the acts say of it. Instants are µs.
type Look struct {
	Kind   string
	Mark   string   // empty: versions before bore none
	Acts   []string // ids, the first is the one by which it was allowed
	Camera string

	Person    string
	Positions []string
	Unit      string
	Session   string // id; empty with a token
	Token     string // id
	Address   string
	Agent     string // of the session: browser and machine; empty where that is not on record any more
	SignedIn  int64  // when the session was opened; 0: not known

	From, To               int64 // of looking; To is 0 where no end is on record
	FootageFrom, FootageTo int64 // of what was seen, To exclusive
	Viewing                string
	Purpose, Reason        string
	Snapshot               string // id of the kept picture

	Present []trail.Present // who else was at the screen
	Second  trail.Second    // who agreed as the second person
	Rooms   []Room          // what the cameras of control rooms saw meanwhile
}

// beside takes in who was present, each once.
func (l *Look) beside(all []trail.Present) {
	for _, p := range all {
		if !slices.Contains(l.Present, p) {
			l.Present = append(l.Present, p)
		}
	}
}

// Question is what is known of a picture: its mark, or its camera and a minute.
type Question struct {
	Mark   string // as people type it
	Camera string
	At     int64 // µs, within the minute that the picture shows
}

// Answer is what was found.
type Answer struct {
	Mark  string // in the one form; empty where the question was another
	Looks []Look // the newest first
	// Partial tells that there is more than one answer holds.
	Partial bool
}

// Traces follows them.
type Traces struct {
	DB    *db.DB
	Clock clock.Clock
	// Ended is when a viewing came to its end, or will (µs); 0: there is none.
	Ended func(ctx context.Context, viewing string) (int64, error)
	// Rooms gives the cameras of the control rooms in which a computer of an address may have
	// stood at an instant (µs); nil: no room has one.
	Rooms func(ctx context.Context, at int64, address string) ([]Watched, error)
}

// Follow answers a question to who may read acts about the cameras concerned, and puts on
// record that it was asked before it tells anything.
func (t *Traces) Follow(ctx context.Context, actor access.Actor, q Question) (*Answer, error) {
	switch {
	case q.Mark != "":
		m, err := mark.Parse(q.Mark)
		if err != nil {
			return nil, err
		}
		q.Mark, q.Camera, q.At = m, "", 0
	case q.Camera == "" || q.At <= 0:
		return nil, ErrWhat
	}
	if err := access.Can(actor, access.ActRead, q.Camera); err != nil {
		return nil, err
	}
	var scope *[]string
	if cameras, narrow := access.ReachOf(actor, access.ActRead).Narrow(); narrow {
		scope = &cameras
	}
	ask := t.byMark
	if q.Mark == "" {
		ask = t.byMinute
	}
	a, err := ask(ctx, q, scope)
	if err != nil {
		return nil, err
	}
	a.Mark = q.Mark
	for i := range a.Looks {
		if err := t.complete(ctx, &a.Looks[i]); err != nil {
			return nil, err
		}
		if err := t.room(ctx, actor, &a.Looks[i], q.At); err != nil {
			return nil, err
		}
	}
	return a, t.record(ctx, actor, q, a)
}

// record puts on record who followed which trace, and how far it led.
func (t *Traces) record(ctx context.Context, actor access.Actor, q Question, a *Answer) error {
	camera, detail := q.Camera, map[string]any{"found": len(a.Looks)}
	if q.Mark != "" {
		detail["trace"] = q.Mark // not as a mark: nobody looked at anything by it
	} else {
		detail["minute"] = q.At - q.At%minute
	}
	var persons, rooms []any
	for _, l := range a.Looks {
		for _, r := range l.Rooms {
			if !slices.Contains(rooms, any(r.Camera)) {
				rooms = append(rooms, r.Camera)
			}
		}
		if camera == "" {
			camera = l.Camera
		}
		if !slices.Contains(persons, any(l.Person)) {
			persons = append(persons, l.Person)
		}
	}
	if len(persons) > 0 {
		detail["persons"] = persons
	}
	if len(rooms) > 0 {
		detail["rooms"] = rooms
	}
	subject := q.Mark
	if subject == "" {
		subject = q.Camera
	}
	return t.DB.Tx(ctx, func(ctx context.Context, tx bun.Tx) error {
		return ledger.Record(ctx, tx, actor.For(access.ActRead, camera).Act(t.Clock.Micro(), KindTraced, subject, camera, detail))
	})
}

// acts reads all that a query finds, the newest first.
func (t *Traces) acts(ctx context.Context, q trail.Query) (all []trail.Entry, partial bool, err error) {
	q.Limit = trail.MaxLimit
	for {
		page, err := trail.Read(ctx, t.DB, q)
		if err != nil {
			return nil, false, err
		}
		all = append(all, page.Entries...)
		switch {
		case page.Older == "":
			return all, false, nil
		case len(all) >= mostActs:
			return all, true, nil
		}
		q.Before = page.Older
	}
}

func (t *Traces) byMark(ctx context.Context, q Question, scope *[]string) (*Answer, error) {
	found, partial, err := t.acts(ctx, trail.Query{Marks: []string{q.Mark}, Scope: scope})
	if err != nil {
		return nil, err
	}
	return &Answer{Looks: together(found), Partial: partial}, nil
}

// byMinute finds who saw a camera's pictures of a minute: live in that minute, or played back
// or kept whenever.
func (t *Traces) byMinute(ctx context.Context, q Question, scope *[]string) (*Answer, error) {
	from := q.At - q.At%minute
	to := from + minute
	about := trail.Query{Cameras: []string{q.Camera}, Scope: scope}
	seen := about
	seen.Kinds = []string{"live.", "viewing.opened", "snapshot."}
	seen.FootageFrom, seen.FootageTo = from, to
	found, partial, err := t.acts(ctx, seen)
	if err != nil {
		return nil, err
	}
	// A live view that had begun before and whose end is not on record may have gone on. What
	// has an end that lies in the minute or behind it was found by its interval.
	before := about
	before.Kinds = []string{"live.opened", "live.continued", "live.closed"}
	before.From, before.To = from-longLive, from
	earlier, more, err := t.acts(ctx, before)
	if err != nil {
		return nil, err
	}
	closed, there := map[string]bool{}, map[string]bool{}
	for _, e := range found {
		there[e.Act.ID] = true
	}
	for _, e := range slices.Concat(found, earlier) {
		if e.Act.Kind == "live.closed" {
			closed[opened(&e)] = true
		}
	}
	for _, e := range earlier {
		if e.Act.Kind != "live.closed" && !closed[opened(&e)] && !there[e.Act.ID] {
			found = append(found, e)
		}
	}
	return &Answer{Looks: together(found), Partial: partial || more}, nil
}

// opened is the act that a live view began with, as the acts tell by which it went on and
// ended.
func opened(e *trail.Entry) string {
	switch e.Act.Kind {
	case "live.opened":
		return e.Act.ID
	case "live.continued", "live.closed":
		id, _ := e.Act.Detail["opened"].(string)
		return id
	}
	return ""
}

// together makes looks of acts: an end belongs to its beginning, and still pictures of one
// camera in one session are one look.
func together(found []trail.Entry) []Look {
	slices.SortFunc(found, func(a, b trail.Entry) int { return int(sign(a.Act.At - b.Act.At)) }) // the oldest first
	var looks []Look
	live := map[string]int{}     // index of a look by the act that it began with
	pictures := map[string]int{} // by session and camera
	for i := range found {
		e := &found[i]
		switch e.Act.Kind {
		case "live.opened":
			live[e.Act.ID] = len(looks)
			looks = append(looks, lookOf(e, Live))
		case "live.continued", "live.closed":
			at, known := live[opened(e)]
			if !known { // it began before what was read
				at = len(looks)
				live[opened(e)] = at
				l := lookOf(e, Live)
				l.From = e.From
				l.Acts = append([]string{opened(e)}, l.Acts...)
				looks = append(looks, l)
			} else {
				looks[at].Acts = append(looks[at].Acts, e.Act.ID)
				looks[at].FootageTo = e.To
			}
			if e.Act.Kind == "live.closed" {
				looks[at].From, looks[at].To = e.From, e.To
				looks[at].FootageFrom, looks[at].FootageTo = e.From, e.To
			}
			looks[at].beside(e.Present)
			if looks[at].Second == (trail.Second{}) {
				looks[at].Second = e.Second
			}
		case "live.accompanied":
			for at := range looks {
				if l := &looks[at]; l.Kind == Live && l.Camera == e.Act.Camera && l.Session == e.Session && l.Token == e.Token {
					l.beside(e.Present)
				}
			}
		case "live.picture":
			key := e.Session + "/" + e.Token + "/" + e.Act.Camera
			if at, known := pictures[key]; known {
				looks[at].Acts, looks[at].To = append(looks[at].Acts, e.Act.ID), e.Act.At
				looks[at].FootageTo = e.Act.At + 1
				continue
			}
			pictures[key] = len(looks)
			looks = append(looks, lookOf(e, Picture))
		case "viewing.opened":
			l := lookOf(e, Playback)
			l.Viewing = e.Act.Subject
			looks = append(looks, l)
		case "snapshot.taken", "snapshot.viewed":
			l := lookOf(e, Snapshot)
			l.Snapshot, l.To = e.Act.Subject, e.Act.At
			l.Viewing, _ = e.Act.Detail["viewing"].(string)
			looks = append(looks, l)
		}
	}
	slices.SortStableFunc(looks, func(a, b Look) int { return int(sign(b.From - a.From)) })
	return looks
}

func sign(n int64) int64 { return max(-1, min(1, n)) }

func lookOf(e *trail.Entry, kind string) Look {
	return Look{
		Kind: kind, Mark: e.Mark, Acts: []string{e.Act.ID}, Camera: e.Act.Camera,
		Person: e.Act.Person, Positions: e.Positions, Unit: e.Unit, Session: e.Session, Token: e.Token, Address: e.Address,
		From: e.Act.At, FootageFrom: e.From, FootageTo: e.To, Purpose: e.Purpose, Reason: e.Reason, Present: slices.Clone(e.Present), Second: e.Second,
	}
}

// complete adds what other records say: when a viewing ended, and at which console the
// session was opened.
func (t *Traces) complete(ctx context.Context, l *Look) error {
	if l.Kind == Playback && t.Ended != nil {
		end, err := t.Ended(ctx, l.Viewing)
		if err != nil {
			return err
		}
		l.To = end
	}
	if l.Session == "" {
		return nil
	}
	q := trail.Query{Persons: []string{l.Person}, Kinds: []string{"session.opened"}, From: l.From - longAway*1_000_000, To: l.From + 1}
	opened, _, err := t.acts(ctx, q)
	if err != nil {
		return err
	}
	for _, e := range opened {
		if e.Act.Subject == l.Session {
			l.Agent, _ = e.Act.Detail["agent"].(string)
			l.SignedIn = e.Act.At
		}
	}
	return nil
}
