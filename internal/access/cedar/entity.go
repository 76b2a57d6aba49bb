package cedar

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"watchroom/internal/access"
)

// Schema writes the types that the policies speak of.
func Schema() string {
	names := make([]string, len(access.Actions()))
	for i, a := range access.Actions() {
		names[i] = quote(string(a))
	}
	slices.Sort(names)
	return `// Who asks. A tag for each position that the person holds at the instant at which the
// entities were written down gives the areas in which it is held.
entity Person tags Set<Area>;

// An area, in the one that it lies in. Area::"everywhere" holds all others.
entity Area in [Area];

// A camera, in its area, and whether it watches a control room. One that the entities do not
// name hangs in none and has grade 4.
entity Camera in [Area] { "grade": Long, "room": Bool };

// What a request is about that is about no camera in particular; House::"house" lies in
// Area::"everywhere".
entity House in [Area];

// An emergency right that the person has taken and that runs. Who has taken several asks
// under each of them.
type Emergency = {
  "actions": Set<String>,
  "toGrade": Long,
  "back"?: duration, // how old footage may be; left out: all there is
};

type Circumstances = {
  "age": duration,     // of the oldest footage that is asked for; nothing for what is live
  "approved": Bool,    // a request for it was approved
  "second": Bool,      // a second person has agreed
  "review": Bool,      // the newest footage is looked at as duty review
  "lapsed": Bool,      // a pledge, a vetting or a licence ran out that counts here
  "watch": Set<Area>,  // over which areas the person has the watch now
  "emergency"?: Emergency,
};

action ` + strings.Join(names, ",\n       ") + `
  appliesTo { principal: [Person], resource: [Camera, House], context: Circumstances };
`
}

// Entity is one, as Cedar reads it from JSON.
type Entity struct {
	UID     UID            `json:"uid"`
	Parents []UID          `json:"parents"`
	Attrs   map[string]any `json:"attrs"`
	Tags    map[string]any `json:"tags,omitempty"`
}

// UID names an entity.
type UID struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// ref is a reference to an entity in an attribute.
type ref struct {
	Entity UID `json:"__entity"`
}

func area(id string) UID { return UID{"Area", id} }

// Entities gives the house, cameras where they hang with the areas above them, and who holds
// what at an instant (µs since 1970 UTC), in the order of types and ids.
func Entities(places map[string]access.Place, people map[string][]access.Holding, now int64) []Entity {
	top := []UID{area(Everywhere)}
	all := []Entity{{UID: area(Everywhere), Parents: []UID{}, Attrs: map[string]any{}}}
	areas := map[string][]UID{}
	var cameras, persons []Entity
	for _, id := range slices.Sorted(maps.Keys(places)) {
		p := places[id]
		parents := top
		if len(p.Areas) > 0 {
			parents = []UID{area(p.Areas[0])}
		}
		for i, a := range p.Areas {
			areas[a] = top
			if i+1 < len(p.Areas) {
				areas[a] = []UID{area(p.Areas[i+1])}
			}
		}
		cameras = append(cameras, Entity{UID: UID{"Camera", id}, Parents: parents, Attrs: map[string]any{"grade": int(p.Grade), "room": p.Room}})
	}
	for _, id := range slices.Sorted(maps.Keys(areas)) {
		all = append(all, Entity{UID: area(id), Parents: areas[id], Attrs: map[string]any{}})
	}
	for _, id := range slices.Sorted(maps.Keys(people)) {
		persons = append(persons, Entity{UID: UID{"Person", id}, Parents: []UID{}, Attrs: map[string]any{}, Tags: tags(people[id], now)})
	}
	all = append(append(all, cameras...), Entity{UID: UID{"House", House}, Parents: top, Attrs: map[string]any{}})
	return append(all, persons...)
}

// tags gives by position where it is held at now.
func tags(held []access.Holding, now int64) map[string]any {
	where := map[access.Position][]string{}
	for i := range held {
		h := &held[i]
		switch {
		case !h.At(now):
		case len(h.Areas) == 0:
			where[h.Position] = append(where[h.Position], Everywhere)
		default:
			where[h.Position] = append(where[h.Position], h.Areas...)
		}
	}
	all := map[string]any{}
	for p, areas := range where {
		slices.Sort(areas)
		refs := []ref{}
		for _, a := range slices.Compact(areas) {
			refs = append(refs, ref{area(a)})
		}
		all[string(p)] = refs
	}
	return all
}

// JSON writes entities as Cedar reads them.
func JSON(all []Entity) ([]byte, error) {
	b, err := json.MarshalIndent(all, "", "  ")
	return append(b, '\n'), err
}
