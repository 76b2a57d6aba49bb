package camera

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"watchroom/internal/ledger"
	"watchroom/internal/ledger/facts"
)

const kindChanged = "camera.changed"

// keyRecord is where an act that makes a camera, or makes it again, tells all that its rows say.
// Acts before 0.3 tell of a part.
const keyRecord = "record"

// called is what an act says of a camera, field by field. Of a field that it does not name one
// that makes the camera says nothing that is known, one that changes it that it stays.
type called struct {
	*ledger.Logged
	fields map[string]string
	made   bool
}

// record is all that the rows of a camera say and its switch does not, but for passwords.
func (c *Camera) record() map[string]any {
	all := map[string]any{"name": c.Name, "place": c.Place, "note": c.Note, "provisional": c.Provisional, "recordAudio": c.RecordAudio, "audioPurpose": c.AudioPurpose,
		"createdAt": c.CreatedAt, "priority": c.Priority, "area": c.Area, "grade": c.Grade}
	for name, s := range map[string]*Stream{Main: &c.Main, Sub: c.Sub} {
		if s == nil {
			s = &Stream{} // as acts that change it tell that there is none
		}
		all[name+".url"], all[name+".username"], all[name+".transport"], all[name+".skipVerify"] = s.URL, s.Username, string(s.Transport), s.SkipVerify
	}
	return all
}

// read takes in what an act says. It is false where nobody can read it.
func (c *called) read(detail string) bool {
	var d struct {
		Record                 map[string]any
		Name, Place, Main, Sub *string
		Changes                map[string]json.RawMessage
	}
	if decode(detail, &d) != nil {
		return false
	}
	c.fields = map[string]string{}
	c.made = c.Act.Kind != kindChanged
	for k, v := range d.Record {
		c.fields[k] = fmt.Sprint(v)
	}
	for k, v := range map[string]*string{"name": d.Name, "place": d.Place, Main + ".url": d.Main, Sub + ".url": d.Sub} {
		if v != nil {
			c.fields[k] = *v
		}
	}
	for k, raw := range d.Changes {
		var change struct{ To any }
		if decode(string(raw), &change) == nil && change.To != nil { // of a password it says only that it changed
			c.fields[k] = fmt.Sprint(change.To)
		}
	}
	return true
}

// decode reads JSON with its numbers as they stand there.
func decode(text string, into any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// calledOtherwise names cameras whose rows say otherwise than their acts what they are called,
// where they hang, how much they matter and by which address they are reached, and those that
// acts made and that are not there.
func calledOtherwise(ctx context.Context, tx bun.IDB) (found []facts.Difference, err error) {
	all, damaged, err := ledger.LoggedOf(ctx, tx, kindCreated, kindChanged, kindRecovered)
	if err != nil {
		return nil, err
	}
	acts, passed := map[string][]called{}, map[string]bool{}
	for i := range all {
		c := called{Logged: &all[i]}
		if !c.read(all[i].Content.Detail) || damaged[i] != nil {
			passed[all[i].Content.Camera] = true // found elsewhere
			continue
		}
		acts[all[i].Act.Camera] = append(acts[all[i].Act.Camera], c)
	}
	cameras, err := list(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	for i := range cameras {
		c := &cameras[i]
		of := acts[c.ID]
		delete(acts, c.ID)
		if passed[c.ID] {
			continue
		}
		if len(of) == 0 {
			found = append(found, facts.Difference{Row: "cameras " + c.ID, Why: "no act tells of it"})
		}
		is := c.record()
		for _, field := range slices.Sorted(maps.Keys(is)) {
			if why := otherwise(field, fmt.Sprint(is[field]), of); why != "" {
				found = append(found, facts.Difference{Row: "cameras " + c.ID, Why: why})
			}
		}
	}
	rows, err := streams(ctx, tx, "")
	if err != nil {
		return nil, err
	}
	for _, s := range rows {
		if s.Stream != Main && s.Stream != Sub {
			found = append(found, facts.Difference{Row: "camera_streams " + s.Camera, Why: fmt.Sprintf("there is no stream %q", s.Stream)})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(acts)) {
		if !passed[id] && slices.ContainsFunc(acts[id], func(c called) bool { return c.made }) {
			found = append(found, facts.Difference{Row: "cameras " + id, Why: "an act tells of it, and it is not there"})
		}
	}
	return found, nil
}

// otherwise says how a field is otherwise than the last act says, by the log or by the clock,
// which may have been set back; empty: it is not.
func otherwise(field, is string, acts []called) string {
	said, of := map[*ledger.Logged]*string{}, []*ledger.Logged(nil)
	for i := range acts {
		c := &acts[i]
		if to, told := c.fields[field]; told {
			said[c.Logged], of = &to, append(of, c.Logged)
		} else if c.made { // whatever it was
			of = append(of, c.Logged)
		}
	}
	byTime, byLog := facts.Last(of)
	if byLog == nil {
		return ""
	}
	for _, last := range []*ledger.Logged{byTime, byLog} {
		if said[last] == nil || *said[last] == is {
			return ""
		}
	}
	return fmt.Sprintf("its %s is %q, by the acts %q", field, is, *said[byLog])
}
