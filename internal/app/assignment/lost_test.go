package assignment

import (
	"context"
	"testing"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/camera"
	"watchroom/internal/clock"
	"watchroom/internal/db"
	"watchroom/internal/secret"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

// shelf is footage by camera.
type shelf map[string][2]int64

func (s shelf) Cameras(context.Context) (ids []string, err error) {
	for id := range s {
		ids = append(ids, id)
	}
	return ids, nil
}

func (s shelf) Extent(_ context.Context, camera string) (from, to int64, err error) {
	return s[camera][0], s[camera][1], nil
}

// TestLost: what the database does not know is found in the copy and by its footage, and
// comes back with as much as is known of it, once.
func TestLost(t *testing.T) {
	clause.Covers(t, "C091")
	box, err := secret.OpenBox(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		registry := &camera.Registry{DB: d, Box: box, Clock: clock.Clock(func() time.Time { return time.UnixMicro(5e15) })}
		url, retired := "rtsp://10.0.0.9/main", int64(900)
		known, err := registry.Create(t.Context(), access.CommandLine(), camera.New{Name: "Gate", Main: camera.StreamInput{URL: &url}})
		if err != nil {
			t.Fatal(err)
		}
		lost := Lost{Registry: registry, Footage: shelf{known.ID: {1, 2}, "copied": {3, 4}, "bare": {70, 80}, "gaps": {}, "odd name": {5, 6}},
			Copy: func() ([]camera.Remembered, error) {
				return []camera.Remembered{
					{ID: known.ID, Name: "Gate", Main: camera.StreamInput{URL: &url}},
					{ID: "copied", Name: "Gate", Enabled: true, CreatedAt: 1, Main: camera.StreamInput{URL: &url}},
					{ID: "taken down", Name: "Gate", CreatedAt: 1, RetiredAt: &retired, OffReason: "moved", Main: camera.StreamInput{URL: &url}},
				}, nil
			}}
		list, err := lost.List(t.Context())
		if err != nil || len(list) != 3 || list[0].ID != "copied" || list[1].ID != "taken down" || list[2].ID != "bare" {
			t.Fatalf("%+v, %v", list, err)
		}
		if _, err := lost.TakeBack(t.Context(), access.ActorOf("guard", access.Operator)); err == nil {
			t.Error("an operator may do it")
		}
		taken, err := lost.TakeBack(t.Context(), access.ActorOf("boss", access.Administrator))
		if err != nil || len(taken) != 3 {
			t.Fatalf("%+v, %v", taken, err)
		}
		for i, want := range []struct {
			id, name, url string
			retired       int64
		}{{"copied", "Gate copied", url, 0}, {"taken down", "Gate", url, retired}, {"bare", "bare", "", 80}} {
			c, err := registry.Get(t.Context(), want.id)
			if err != nil {
				t.Fatal(err)
			}
			at := int64(0)
			if c.RetiredAt != nil {
				at = *c.RetiredAt
			}
			if taken[i].ID != want.id || c.Name != want.name || c.Main.URL != want.url || at != want.retired || c.Enabled != (at == 0) {
				t.Errorf("%+v, want %+v", c, want)
			}
		}
		if again, err := lost.TakeBack(t.Context(), access.ActorOf("boss", access.Administrator)); err != nil || len(again) != 0 {
			t.Errorf("again %+v, %v", again, err)
		}
	})
}
