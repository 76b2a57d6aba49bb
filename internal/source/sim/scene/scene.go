// Package scene draws the simulator's places: a gate, a corridor, a warehouse, a
// car park at night, a classroom and a server room, each with people or vehicles
// that move in a loop of Period seconds, and everything that can happen to a
// camera in front of them (covered, turned away, darkened, out of focus, lamps
// out, panned, tilted, zoomed).
//
// Every picture carries a caption, a clock and a bar code with its number; see
// Bar for where the bars stand and how to read them.
package scene

import (
	"fmt"
	"image"
	"math"

	"watchroom/internal/source/sim/render"
)

// Period is the length in seconds after which every scene repeats.
const Period = 10.0

// Scene is one drawn place.
type Scene struct {
	ID    string // lower-case word, also the name of its clips
	Title string // as captioned
	// Daylight says that the place has no lamps that could go off.
	Daylight bool
	build    func() (*place, error)
}

// place is a scene made ready to draw.
type place struct {
	world render.World
	pose  render.Pose
	away  float64                                        // how far "turned" swings the camera, radians
	move  func(m *render.Mesh, t float64) []render.Light // t in 0…Period
}

// All lists the scenes in the order in which cameras get them.
func All() []Scene {
	return []Scene{
		{ID: "gate", Title: "NORTH GATE", build: gate, Daylight: true},
		{ID: "corridor", Title: "CORRIDOR 2F", build: corridor},
		{ID: "warehouse", Title: "WAREHOUSE A", build: warehouse},
		{ID: "carpark", Title: "CAR PARK", build: carpark},
		{ID: "classroom", Title: "CLASSROOM 301", build: classroom},
		{ID: "server", Title: "SERVER ROOM", build: server},
	}
}

// ByID finds a scene.
func ByID(id string) (Scene, bool) {
	for _, s := range All() {
		if s.ID == id {
			return s, true
		}
	}
	return Scene{}, false
}

// State is what happens to the camera and to the place.
type State struct {
	Cover, Turn, Darken, Defocus, LampOff bool

	Pan, Tilt float64 // degrees from the home position, right and up
	Zoom      float64 // 1 is home; at most 8
}

// Picture is one frame to draw.
type Picture struct {
	Time    float64 // seconds; the scene repeats every Period
	Number  uint16  // shown by the bar code
	Caption string  // top left
	Clock   string  // top right
	State   State
}

// Renderer draws one scene at one size. It is not safe for concurrent use.
type Renderer struct {
	place  *place
	canvas *render.Canvas
	moving render.Mesh
	lamps  bool
	osd    *osd
}

// NewRenderer prepares a scene for pictures of w×h; both must be even.
func NewRenderer(s Scene, w, h int) (*Renderer, error) {
	if w < 160 || h < 90 || w%2 != 0 || h%2 != 0 {
		return nil, fmt.Errorf("scene: picture of %d×%d cannot be drawn", w, h)
	}
	p, err := s.build()
	if err != nil {
		return nil, fmt.Errorf("scene %s: %w", s.ID, err)
	}
	o, err := newOSD(h)
	if err != nil {
		return nil, err
	}
	if w <= 640 {
		p.world.Texels = 144 // a small picture does not show more, and a live camera starts sooner
	}
	p.world.Bake(true)
	return &Renderer{place: p, canvas: render.NewCanvas(&p.world, w, h), lamps: true, osd: o}, nil
}

// Draw paints a picture into dst, whose size must be the renderer's.
func (r *Renderer) Draw(dst *image.RGBA, pic Picture) {
	st := pic.State
	if r.lamps == st.LampOff {
		r.lamps = !st.LampOff
		r.place.world.Bake(r.lamps)
	}
	pose := r.place.pose
	pose.Yaw += st.Pan * math.Pi / 180
	pose.Pitch += st.Tilt * math.Pi / 180
	if st.Zoom > 0 {
		pose.FOV = 2 * math.Atan(math.Tan(pose.FOV/2)/min(max(st.Zoom, 1), 8))
	}
	if st.Turn {
		pose.Yaw += r.place.away
		pose.Pitch += 0.28
	}
	r.canvas.Exposure = 1
	if st.Darken {
		r.canvas.Exposure = 0.02
	}
	r.moving.Reset()
	lights := r.place.move(&r.moving, math.Mod(pic.Time, Period))
	r.canvas.Draw(dst, pose, &r.moving, lights)
	if st.Defocus {
		blur(dst, max(dst.Rect.Dx()/90, 2))
	}
	if st.Cover {
		cover(dst, pic.Time)
	}
	r.osd.draw(dst, pic)
}
