package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"image"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/api/camera"
	"watchroom/internal/api/marked"
	"watchroom/internal/api/mask"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/route"
	"watchroom/internal/api/viewing"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/testkit/clause"
)

const leftHalf = `{"masks":[{"name":"宿舍窗户","reason":"对面宿舍的窗户","points":[{"x":0,"y":0},{"x":5000,"y":0},{"x":5000,"y":10000},{"x":0,"y":10000}]}],"device":""}`

// halves gives how bright the left and the right half of a picture are.
func halves(t *testing.T, picture []byte) (left, right int) {
	t.Helper()
	p, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	light := func(x0, x1 int) int {
		sum, n := 0, 0
		for x := x0; x < x1; x += 4 {
			for y := 0; y < p.Bounds().Dy(); y += 4 {
				sum, n = sum+int(p.(*image.YCbCr).Y[p.(*image.YCbCr).YOffset(x, y)]), n+1
			}
		}
		return sum / n
	}
	w := p.Bounds().Dx()
	return light(0, w/2-16), light(w/2+16, w)
}

// TestNoPictureShowsWhatIsCovered: every still picture that the server makes has the masks burnt
// in, for everybody and with or without a watermark, players are told what to draw, and footage
// stays as it is. Where the masks cannot be read there is no picture.
func TestNoPictureShowsWhatIsCovered(t *testing.T) {
	clause.Covers(t, "C008")
	h, _ := photographed(t)
	h.person("supervisor") // or nobody could confirm
	white := image.NewYCbCr(image.Rect(0, 0, 640, 360), image.YCbCrSubsampleRatio420)
	for i := range white.Y {
		white.Y[i] = 220
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, white, nil); err != nil {
		t.Fatal(err)
	}
	h.pictures.jpeg, h.footage.jpeg = b.Bytes(), b.Bytes()
	set := get[mask.CameraMasks](h, "technician", "PUT", "/api/v1/cameras/"+h.gate+"/masks", leftHalf, 200)
	if set.ChangedBy != h.person("technician") || set.ChangedAt == nil || len(set.Masks) != 1 || set.Waiting != "" {
		t.Errorf("%+v", set)
	}
	for _, as := range []string{"operator", "administrator"} {
		all := get[route.List[camera.Camera]](h, as, "GET", "/api/v1/cameras", "", 200).Items
		for _, c := range all {
			if want := map[string]int{h.gate: 1}[c.ID]; len(c.Masks) != want {
				t.Errorf("%s, %s: %+v", as, c.Name, c.Masks)
			}
		}
	}
	v := get[viewing.Viewing](h, "operator", "POST", "/api/v1/viewings", fmt.Sprintf(`{"cameras":[%q,%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.yard, h.stamp(-60), h.stamp(-50)), 201)
	kept := get[viewing.Snapshot](h, "operator", "POST", "/api/v1/snapshots", fmt.Sprintf(`{"camera":%q,"viewing":%q,"at":%q}`, h.gate, v.ID, h.stamp(-55)), 201)
	stills := map[string]string{
		"the present": "/api/v1/cameras/" + h.gate + "/picture.jpg", "the sub-stream": "/api/v1/cameras/" + h.gate + "/picture.jpg?stream=sub",
		"a thumbnail": "/api/v1/viewings/" + v.ID + "/cameras/" + h.gate + "/thumbnail.jpg?at=" + h.stamp(-55), "a snapshot": "/api/v1/snapshots/" + kept.ID + "/picture.jpg?viewing=" + v.ID,
	}
	look := func(when string, want func(left, right int, masks string) bool) {
		t.Helper()
		for name, path := range stills {
			w := h.send("operator", "GET", path, "")
			if w.Code != 200 {
				t.Errorf("%s, %s: %d %s", when, name, w.Code, w.Body)
				continue
			}
			if left, right := halves(t, w.Body.Bytes()); !want(left, right, w.Header().Get(marked.Covered)) {
				t.Errorf("%s, %s: %d and %d, %v", when, name, left, right, w.Header())
			}
		}
	}
	covered := func(left, right int, masks string) bool { return left < 80 && right > 180 && masks == "1" }
	look("with marks", covered)
	other := h.send("operator", "GET", "/api/v1/cameras/"+h.yard+"/picture.jpg", "")
	if left, _ := halves(t, other.Body.Bytes()); left < 180 || other.Header().Get(marked.Covered) != "" {
		t.Errorf("another camera: %d", left)
	}
	h.deps.Marks = nil
	h.rebuilt()
	look("without", covered)

	// A connection test of the device is no way round.
	h.probe.found = source.ProbeResult{OK: true, State: source.Live, KeyFrame: &media.Unit{}, Run: &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264}}}}
	tested := get[camera.ProbeResult](h, "technician", "POST", "/api/v1/cameras/test", fmt.Sprintf(`{"url":"rtsp://192.0.2.10/other","camera":%q}`, h.gate), 200)
	if tested.Picture == nil {
		t.Fatalf("%+v", tested)
	}
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(*tested.Picture, "data:image/jpeg;base64,"))
	if err != nil {
		t.Fatal(err)
	}
	if left, right := halves(t, raw); left > 80 || right < 180 {
		t.Errorf("a test shows %d and %d", left, right)
	}

	// Nobody takes it away alone.
	if out := get[mask.CameraMasks](h, "technician", "PUT", "/api/v1/cameras/"+h.gate+"/masks", `{"masks":[],"device":"","reason":"the windows are bricked up"}`, 200); out.Waiting == "" || len(out.Masks) != 1 {
		t.Errorf("%+v", out)
	}
	look("while it waits", covered)
	var waiting proposal.Proposal
	for _, p := range get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items {
		if p.Kind == "mask" {
			waiting = p
		}
	}
	if waiting.Subject != h.gate || waiting.MasksBefore == nil || len(waiting.MasksBefore.Masks) != 1 || waiting.MasksAfter == nil || len(waiting.MasksAfter.Masks) != 0 {
		t.Fatalf("%+v", waiting)
	}
	h.run([]scenario{
		{name: "who proposed", as: "technician", method: "POST", path: "/api/v1/proposals/" + waiting.ID + "/approve", body: `{}`, status: 403},
		{name: "an operator sets", as: "operator", method: "PUT", path: "/api/v1/cameras/{gate}/masks", body: leftHalf, status: 403},
		{name: "without a reason", as: "technician", method: "PUT", path: "/api/v1/cameras/{gate}/masks", body: `{"masks":[],"device":""}`, status: 422, content: []string{"mask_reason", "body.reason"}},
		{name: "a bow", as: "technician", method: "PUT", path: "/api/v1/cameras/{gate}/masks", body: `{"masks":[{"name":"a","reason":"why","points":[{"x":0,"y":0},{"x":9,"y":9},{"x":9,"y":0},{"x":0,"y":9}]}],"device":""}`, status: 422, content: []string{"mask_shape"}},
		{name: "outside", as: "technician", method: "PUT", path: "/api/v1/cameras/{gate}/masks", body: `{"masks":[{"name":"a","reason":"why","points":[{"x":0,"y":0},{"x":10001,"y":9},{"x":9,"y":0}]}],"device":""}`, status: 422},
		{name: "nowhere", as: "technician", method: "PUT", path: "/api/v1/cameras/0000000000000/masks", body: leftHalf, status: 404},
		{name: "another confirms", as: "supervisor", method: "POST", path: "/api/v1/proposals/" + waiting.ID + "/approve", body: `{}`, status: 204},
	})
	look("afterwards", func(left, right int, masks string) bool { return left > 180 && right > 180 && masks == "" })

	get[mask.CameraMasks](h, "technician", "PUT", "/api/v1/cameras/"+h.gate+"/masks", leftHalf, 200)
	err = h.deps.DB.Tx(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.ExecContext(ctx, "ALTER TABLE camera_masks RENAME TO gone")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, path := range stills {
		if w := h.send("operator", "GET", path, ""); w.Code < 500 || w.Header().Get("Content-Type") == "image/jpeg" {
			t.Errorf("%s, while nobody knows what is covered: %d", name, w.Code)
		}
	}
	if w := h.send("operator", "GET", "/api/v1/cameras", ""); w.Code < 500 {
		t.Errorf("a player is told of cameras without their masks: %d", w.Code)
	}
}
