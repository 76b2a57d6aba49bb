package camera

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/internal/ledger"
	"watchroom/internal/problem"
	"watchroom/internal/secret"
)

// TestActsTellTheWholeStory makes random changes and rebuilds the camera from its
// acts alone: what is on record is what happened.
func TestActsTellTheWholeStory(t *testing.T) {
	each(t, func(t *testing.T, y *yard) {
		c := y.create(New{Name: "start", Main: at("rtsp://h/start")})
		if _, err := y.Create(t.Context(), admin, New{Name: "taken", Main: at("rtsp://h/")}); err != nil {
			t.Fatal(err)
		}
		replayed := map[string]any{"name": "start", "place": "", "note": "", "recordAudio": false, "priority": 5.0, "audioPurpose": "", "area": "", "grade": 1.0,
			"main.url": "rtsp://h/start", "main.username": "", "main.transport": "auto", "main.skipVerify": false,
			"sub.url": "", "sub.username": "", "sub.transport": "", "sub.skipVerify": false}
		var last string
		rapid.Check(t, func(rt *rapid.T) {
			words := rapid.SampledFrom([]string{"", "a", "门口", "taken", "TAKEN"})
			input := func(label string) *StreamInput {
				in := &StreamInput{URL: p(fmt.Sprintf("rtsp://%sh/%d", rapid.SampledFrom([]string{"", "u:x@"}).Draw(rt, label), rapid.IntRange(0, 3).Draw(rt, label)))}
				if rapid.Bool().Draw(rt, label+" more") {
					in.Transport = p(rapid.SampledFrom([]Transport{Auto, TCP, UDP, "smoke"}).Draw(rt, label))
					in.SkipVerify = p(rapid.Bool().Draw(rt, label))
					in.Password = p(secret.Text(words.Draw(rt, label)))
				}
				return in
			}
			var change Change
			switch rapid.IntRange(0, 4).Draw(rt, "kind") {
			case 0:
				change = Change{Name: p(words.Draw(rt, "name")), Place: p(words.Draw(rt, "place")), Note: p(words.Draw(rt, "note"))}
			case 1:
				change = Change{RecordAudio: p(rapid.Bool().Draw(rt, "sound")), AudioPurpose: p(words.Draw(rt, "purpose")), Priority: p(rapid.IntRange(0, 10).Draw(rt, "priority"))}
			case 2:
				change = Change{Main: input("main")}
			case 3:
				change = Change{Sub: input("sub"), Name: p(words.Draw(rt, "name"))}
			case 4:
				change = Change{RemoveSub: true}
			}
			after, err := y.Update(t.Context(), admin, c.ID, change)
			kept, getErr := y.Get(t.Context(), c.ID)
			if getErr != nil {
				rt.Fatal(getErr)
			}
			newest, _, listErr := ledger.List(t.Context(), y.DB.Read(), ledger.Filter{Camera: c.ID, Limit: 1})
			if listErr != nil {
				rt.Fatal(listErr)
			}
			if err != nil {
				if k := problem.Of(err).Kind; k != problem.Invalid && k != problem.Conflict {
					rt.Fatal(err)
				}
				if newest[0].ID != last && last != "" {
					rt.Fatalf("a refused change (%v) has an act", err)
				}
			} else if !cmp.Equal(after, kept) {
				rt.Fatalf("answered %+v, kept %+v", after, kept)
			}
			if newest[0].ID != last && newest[0].Kind == "camera.changed" {
				for field, d := range newest[0].Detail["changes"].(map[string]any) {
					if d == "changed" { // a password
						continue
					}
					step := d.(map[string]any)
					if replayed[field] != step["from"] {
						rt.Fatalf("%s was %v, the act says %v", field, replayed[field], step["from"])
					}
					replayed[field] = step["to"]
				}
			}
			last = newest[0].ID
			sub := Stream{}
			if kept.Sub != nil {
				sub = *kept.Sub
			}
			is := map[string]any{"name": kept.Name, "place": kept.Place, "note": kept.Note, "recordAudio": kept.RecordAudio, "audioPurpose": kept.AudioPurpose, "priority": kept.Priority, "area": kept.Area, "grade": kept.Grade,
				"main.url": kept.Main.URL, "main.username": kept.Main.Username, "main.transport": string(kept.Main.Transport), "main.skipVerify": kept.Main.SkipVerify,
				"sub.url": sub.URL, "sub.username": sub.Username, "sub.transport": string(sub.Transport), "sub.skipVerify": sub.SkipVerify}
			if fmt.Sprint(is) != fmt.Sprint(replayed) {
				rt.Fatalf("is       %v\nreplayed %v", is, replayed)
			}
		})
	})
}
