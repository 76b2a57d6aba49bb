package rights

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/cedar"
	"watchroom/internal/access/policy"
	"watchroom/internal/api/route"
	"watchroom/internal/ledger"
)

// parts are what the mirror in Cedar consists of.
var parts = []string{"policies", "schema", "entities"}

// names of the parts as files.
var files = map[string]string{"policies": "watchroom.cedar", "schema": "watchroom.cedarschema", "entities": "watchroom.entities.json"}

func (x *Routes) cedar(w http.ResponseWriter, r *http.Request) error {
	q := route.FormOf(r)
	version, part := q.Text("version", false), q.Word("part", parts...)
	if q.Err() != nil {
		return q.Err()
	}
	body, err := x.mirror(r.Context(), version, part)
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `inline; filename="`+files[part]+`"`)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "no-store")
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // the client has gone; nobody to tell
	}
	return nil
}

func (x *Routes) mirror(ctx context.Context, version, part string) ([]byte, error) {
	actor, now := route.Actor(ctx), x.Clock.Now().UTC()
	v, rights, places, err := x.Policies.As(ctx, actor, version)
	if err != nil {
		return nil, err
	}
	switch part {
	case "schema":
		return []byte(cedar.Schema()), nil
	case "entities":
		within := map[string]access.Place{}
		reach, out, grade := access.ReachOf(actor, access.RightsRead), access.ReachOf(actor, access.CameraExport), access.Grade(0)
		for camera, place := range places {
			if reach.Has(camera) && out.Has(camera) { // where every camera hangs is a map of them (C101)
				within[camera], grade = place, max(grade, place.Grade)
			}
		}
		people, err := x.holders(ctx, now)
		if err != nil {
			return nil, err
		}
		body, err := cedar.JSON(cedar.Entities(within, people, now.UnixMicro()))
		if err != nil {
			return nil, err
		}
		right, detail := access.RightsRead, map[string]any{"cameras": len(within), "people": len(people), "format": "cedar"}
		if len(within) > 0 { // a list of cameras leaves (C101)
			right, detail["grade"] = access.CameraExport, int(grade)
		}
		if err := x.Journal.Record(actor.For(right, "").Act(now.UnixMicro(), "rights.exported", v.ID, "", detail)); err != nil {
			return nil, ledger.ErrNotRecorded.Because(err)
		}
		return body, nil
	}
	words := cedar.Words{Head: head(v, now), Notes: map[string]string{}}
	for _, r := range v.Rules {
		words.Notes[r.ID] = r.Note
	}
	if access.Can(actor, access.CameraRead, "") == nil { // who reads cameras reads areas
		if words.Areas, err = x.Areas(ctx); err != nil {
			return nil, err
		}
	}
	return []byte(cedar.Policies(rights, words)), nil
}

// holders gives who holds what, to who may read people; accounts that are closed hold nothing.
func (x *Routes) holders(ctx context.Context, now time.Time) (map[string][]access.Holding, error) {
	held := map[string][]access.Holding{}
	if access.Can(route.Actor(ctx), access.PeopleRead, "") != nil {
		return held, nil
	}
	all, err := x.Access.People(ctx)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if p := &all[i]; p.Shut(now.UnixMicro()) == "" {
			held[p.ID] = p.Holdings
		}
	}
	return held, nil
}

// head says to who reads the policies what they are.
func head(v policy.Version, now time.Time) []string {
	state := "in force since the beginning"
	at := func(us int64) string { return route.Time(us).UTC().Format(time.RFC3339) }
	switch {
	case v.ID == access.BuiltIn:
	case v.InForceAt != 0:
		state = fmt.Sprintf("in force from %s, proposed by %s, approved by %s", at(v.InForceAt), v.AskedBy, v.DecidedBy)
	case v.Decision != "":
		state = fmt.Sprintf("never in force: proposed by %s, %s", v.AskedBy, v.Decision)
	default:
		state = fmt.Sprintf("not in force: proposed by %s, waits for a decision", v.AskedBy)
	}
	return []string{
		"What positions may do, version " + v.ID + ": " + state + ".",
		"Written down " + now.Format(time.RFC3339) + " from the rules that Watchroom decides by. It is a mirror: Watchroom",
		"does not read it. A policy that forbids wins over all that permit, and what none permits",
		"is refused. @id is the rule as acts name it, @clause the demands of the rules that it",
		"serves. The schema says what the circumstances in context are. A request about no camera",
		"is about House::\"house\": whether there is any camera on which they may.",
	}
}
