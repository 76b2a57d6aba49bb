package review

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/ledger/trail"
	"watchroom/internal/problem"
)

// ErrSpan refuses reports of a time that ends before it begins, or is longer than a quarter.
var ErrSpan = problem.New(problem.Invalid, "review_span", "Reports are about 92 days at most.").On("to") // days

const (
	mostSpan  = 92 * 24 * time.Hour
	pageActs  = 500
	mostPages = 40 // of acts that are read for one report
)

// Report is what the trail says of a time. Each figure has the acts behind it: those of the
// person, the kind, the camera and the time.
type Report struct {
	From, To int64 // µs, To exclusive
	Viewings int   // that were read for it
	Partial  bool  // there were more acts than are read; the figures are of the newest
	Repeats  int   // from how many on a pattern is one
	FollowUp time.Duration
	Refused  []Refused
	Lookups  []Lookup
	Patterns []Pattern
}

// Refused is how often a person was refused a right.
type Refused struct {
	Person  string
	Action  string // empty: various
	Times   int
	Cameras int // of how many cameras
	LastAt  int64
}

// Lookup is how often a person looked at recordings, and what came of it within the time that
// the house sets: a mark, a picture, a hold, an order, a request about the camera.
type Lookup struct {
	Person   string
	Times    int // the sum of the three
	Followed int
	Open     int // nothing came yet, and the time is not over
	Without  int
}

// Kinds of patterns that look like a personal purpose.
const (
	SameHour   = "same_hour"   // one camera at the same hour of the day, on different days of footage
	SameCamera = "same_camera" // one camera, again and again
	Colleague  = "colleague"   // the reason names somebody who has an account here
)

// Pattern is one that somebody should look at. It proves nothing.
type Pattern struct {
	Kind    string
	Person  string
	Camera  string // empty for Colleague
	Hour    int    // of the day of the footage, for SameHour
	Other   string // the person who is named
	Times   int
	FirstAt int64
	LastAt  int64
}

func (r *Reviews) zone() *time.Location {
	if r.Zone == nil {
		return time.UTC
	}
	return r.Zone
}

func local(us int64, zone *time.Location) time.Time { return time.UnixMicro(us).In(zone) }

// look is one camera of one viewing.
type look struct {
	viewing, person, camera, reason string
	at, from, to                    int64
}

// follow is an act that a lookup led to. It says under which viewing it was done, or about which
// footage, or neither.
type follow struct {
	viewing, person, camera string
	at, from, to            int64
}

// after tells whether it is what a look led to: one mark does not answer for all the looks of a
// day, but for those at what it marks.
func (f *follow) after(l *look, within int64) bool {
	switch {
	case f.person != l.person || f.camera != l.camera || f.at < l.at || f.at >= l.at+within:
		return false
	case f.viewing != "":
		return f.viewing == l.viewing
	}
	return f.from < l.to && f.to > l.from
}

// follows are the acts that a lookup leads to where it had a purpose.
func follows() []string {
	return []string{"bookmark.created", "snapshot.taken", "hold.", "deletion.", "loss.", "export.", "request.", "incident."}
}

// Report reads a time of the trail, from (µs) inclusive to exclusive.
func (r *Reviews) Report(ctx context.Context, actor access.Actor, from, to int64) (*Report, error) {
	for _, a := range []access.Action{access.RightsReview, access.ActRead} {
		if err := access.Throughout(actor, a, ""); err != nil {
			return nil, err
		}
	}
	if from <= 0 || to <= from || to-from > mostSpan.Microseconds() {
		return nil, ErrSpan.With("days", int(mostSpan.Hours()/24))
	}
	out := &Report{From: from, To: to, Repeats: repeats.Get(r.Rules), FollowUp: followUp.Get(r.Rules)}
	refused := map[[2]string]*Refused{}
	cameras := map[[2]string]map[string]bool{}
	err := r.acts(ctx, out, trail.Query{Kinds: []string{"access.refused"}, From: from, To: to}, func(e *trail.Entry) {
		k := [2]string{e.Act.Person, e.Action}
		one := refused[k]
		if one == nil {
			one = &Refused{Person: k[0], Action: k[1], LastAt: e.Act.At}
			refused[k], cameras[k] = one, map[string]bool{}
		}
		times, _ := e.Act.Detail["count"].(float64)
		one.Times += max(int(times), 1)
		if e.Act.Camera != "" {
			cameras[k][e.Act.Camera] = true
		}
	})
	if err != nil {
		return nil, err
	}
	for k, one := range refused {
		one.Cameras = len(cameras[k])
		out.Refused = append(out.Refused, *one)
	}
	var looks []look
	err = r.acts(ctx, out, trail.Query{Kinds: []string{"viewing.opened"}, From: from, To: to}, func(e *trail.Entry) {
		looks = append(looks, look{e.Act.Subject, e.Act.Person, e.Act.Camera, e.Reason, e.Act.At, e.Facets.From, e.Facets.To})
	})
	if err != nil {
		return nil, err
	}
	var done []follow
	err = r.acts(ctx, out, trail.Query{Kinds: follows(), From: from, To: to + out.FollowUp.Microseconds()}, func(e *trail.Entry) {
		under, _ := e.Act.Detail["viewing"].(string)
		done = append(done, follow{under, e.Act.Person, e.Act.Camera, e.Act.At, e.Facets.From, e.Facets.To})
	})
	if err != nil {
		return nil, err
	}
	people, err := r.Accounts.People(ctx)
	if err != nil {
		return nil, err
	}
	names := map[string]spelt{}
	for i := range people {
		names[people[i].ID] = spell(people[i].DisplayName, people[i].Username)
	}
	out.Viewings, out.Lookups = lookups(looks, done, out.FollowUp.Microseconds(), r.Clock.Micro())
	out.Patterns = patterns(looks, out.Repeats, r.zone(), names)
	slices.SortFunc(out.Refused, func(a, b Refused) int {
		return cmp.Or(b.Times-a.Times, cmp.Compare(a.Person, b.Person), cmp.Compare(a.Action, b.Action))
	})
	return out, nil
}

// acts reads those that are asked for, the newest first.
func (r *Reviews) acts(ctx context.Context, out *Report, q trail.Query, take func(*trail.Entry)) error {
	q.Limit = pageActs
	for range mostPages {
		page, err := trail.Read(ctx, r.DB, q)
		if err != nil {
			return err
		}
		for i := range page.Entries {
			take(&page.Entries[i])
		}
		if q.Before = page.Older; q.Before == "" {
			return nil
		}
	}
	out.Partial = true
	return nil
}

// lookups counts viewings by what came of them within a time (µs), as things are now (µs).
func lookups(looks []look, done []follow, within, now int64) (viewings int, all []Lookup) {
	led := map[string]bool{} // by viewing
	of := map[string]look{}
	at := map[[2]string][]*look{} // by person and camera
	for i := range looks {
		l := &looks[i]
		of[l.viewing] = *l
		at[[2]string{l.person, l.camera}] = append(at[[2]string{l.person, l.camera}], l)
	}
	for i := range done {
		f := &done[i]
		var last *look // for an act that says of no footage: the look just before it
		for _, l := range at[[2]string{f.person, f.camera}] {
			if f.after(l, within) {
				led[l.viewing] = true
			}
			if l.at <= f.at && f.at < l.at+within && (last == nil || l.at > last.at) {
				last = l
			}
		}
		if f.viewing == "" && f.from == 0 && f.to == 0 && last != nil {
			led[last.viewing] = true
		}
	}
	by := map[string]*Lookup{}
	for viewing, l := range of {
		one := by[l.person]
		if one == nil {
			one = &Lookup{Person: l.person}
			by[l.person] = one
		}
		one.Times++
		switch {
		case led[viewing]:
			one.Followed++
		case now < l.at+within:
			one.Open++
		default:
			one.Without++
		}
	}
	for _, one := range by {
		all = append(all, *one)
	}
	slices.SortFunc(all, func(a, b Lookup) int {
		return cmp.Or(b.Without-a.Without, b.Open-a.Open, cmp.Compare(a.Person, b.Person))
	})
	return len(of), all
}

// patterns finds what was looked at again and again. least is from how often on.
func patterns(looks []look, least int, zone *time.Location, names map[string]spelt) []Pattern {
	type key struct {
		kind, person, camera, other string
		hour                        int
	}
	found := map[key]*Pattern{}
	counted := map[key]map[string]bool{}
	note := func(k key, once string, at int64) {
		if counted[k] == nil {
			counted[k] = map[string]bool{}
			found[k] = &Pattern{Kind: k.kind, Person: k.person, Camera: k.camera, Other: k.other, Hour: k.hour, FirstAt: at, LastAt: at}
		}
		counted[k][once] = true
		found[k].FirstAt, found[k].LastAt = min(found[k].FirstAt, at), max(found[k].LastAt, at)
	}
	for _, l := range looks {
		note(key{kind: SameCamera, person: l.person, camera: l.camera}, l.viewing, l.at)
		if l.to > l.from {
			seen := local(l.from+(l.to-l.from)/2, zone)
			note(key{kind: SameHour, person: l.person, camera: l.camera, hour: seen.Hour()}, seen.Format(time.DateOnly), l.at)
		}
		han, words := parts(l.reason)
		for id, name := range names {
			if id != l.person && name.in(han, words) {
				note(key{kind: Colleague, person: l.person, other: id}, l.viewing, l.at)
			}
		}
	}
	narrower := map[[2]string]bool{} // who looked at which camera at one hour need not be told of the camera, too
	for k, p := range found {
		p.Times = len(counted[k])
		if k.kind == SameHour && p.Times >= least {
			narrower[[2]string{k.person, k.camera}] = true
		}
	}
	var all []Pattern
	for _, k := range slices.SortedFunc(maps.Keys(found), func(a, b key) int {
		return cmp.Or(found[b].Times-found[a].Times, cmp.Compare(a.person, b.person), cmp.Compare(a.camera, b.camera), cmp.Compare(a.kind, b.kind), a.hour-b.hour, cmp.Compare(a.other, b.other))
	}) {
		p := found[k]
		if k.kind != Colleague && p.Times < least || k.kind == SameCamera && narrower[[2]string{k.person, k.camera}] {
			continue
		}
		all = append(all, *p)
	}
	return all
}
