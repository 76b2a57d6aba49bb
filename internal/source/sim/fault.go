package sim

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"watchroom/internal/problem"
)

// Kind names a fault. It is the word used over HTTP.
type Kind string

// The faults; kinds says what each does. Those of the picture need a drawn scene; a
// played file knows only Freeze.
const (
	Cut            Kind = "cut"
	Refuse         Kind = "refuse"
	BadCredentials Kind = "bad_credentials"
	Stall          Kind = "stall"
	Freeze         Kind = "freeze"
	Cover          Kind = "cover"
	Turn           Kind = "turn"
	Darken         Kind = "darken"
	Defocus        Kind = "defocus"
	LampOff        Kind = "lamp_off"
	TimestampJump  Kind = "timestamp_jump"
	PacketLoss     Kind = "packet_loss"
	ClockOffset    Kind = "clock_offset"
)

// kindInfo is a kind as GET / lists it.
type kindInfo struct {
	Kind     Kind   `json:"kind"`
	Means    string `json:"means"`
	Value    string `json:"value,omitempty"`    // what the field of a Fault is, where it has a meaning
	Timeline string `json:"timeline,omitempty"` // likewise
}

// kinds are all there are.
var kinds = [...]kindInfo{
	{Kind: Cut, Means: "The sessions are closed at once; with seconds, requests are dropped unanswered for as long."},
	{Kind: Refuse, Means: "Requests are answered with an error.", Value: "status from 400 to 599, 503 if absent"},
	{Kind: BadCredentials, Means: "The sessions are closed; no password is right any more."},
	{Kind: Stall, Means: "Connections stay open, nothing is sent."},
	{Kind: Freeze, Means: "The same picture is sent again and again."},
	{Kind: Cover, Means: "Something hangs before the lens."},
	{Kind: Turn, Means: "The camera looks elsewhere."},
	{Kind: Darken, Means: "Hardly any light reaches the sensor."},
	{Kind: Defocus, Means: "The lens is out of focus."},
	{Kind: LampOff, Means: "The place's lamps are off."},
	{Kind: TimestampJump, Means: "Timestamps are ahead.", Value: "seconds, 3600 if absent",
		Timeline: "which: rtp (if absent), ntp for the sender reports, or both"},
	{Kind: PacketLoss, Means: "RTP packets are left out.", Value: "percent, 5 if absent"},
	{Kind: ClockOffset, Means: "The camera's clock, as sender reports tell it, is ahead.", Value: "seconds"},
}

// known refuses a kind that there is not, and names those there are.
func (k Kind) known() error {
	names := make([]string, len(kinds))
	for i, one := range kinds {
		if one.Kind == k {
			return nil
		}
		names[i] = string(one.Kind)
	}
	return problem.New(problem.Invalid, "fault_invalid", fmt.Sprintf("There is no fault %q. There is %s.", k, strings.Join(names, ", ")))
}

// pictureKinds are told apart by what is drawn; the first that is on wins in a loop.
var pictureKinds = [...]Kind{Freeze, Cover, Turn, Darken, Defocus, LampOff}

// Fault is something that goes wrong with a camera until it is cleared.
type Fault struct {
	Kind     Kind    `json:"kind"`
	Value    float64 `json:"value,omitempty"`
	Timeline string  `json:"timeline,omitempty"` // TimestampJump: "rtp" (also if empty), "ntp" or "both"
	Seconds  float64 `json:"seconds,omitempty"`  // clears itself after as long; 0 means never
}

type activeFault struct {
	Fault
	until time.Time // zero: never ends
}

func (f *Fault) check() error {
	bad := func(detail string) error { return problem.New(problem.Invalid, "fault_invalid", detail) }
	for _, v := range []float64{f.Value, f.Seconds} {
		if math.IsNaN(v) || math.Abs(v) > 1e9 {
			return bad("A number is out of range.")
		}
	}
	if f.Seconds < 0 {
		return bad("A fault cannot last a negative time.")
	}
	switch f.Kind {
	case Refuse:
		if f.Value == 0 {
			f.Value = 503
		}
		if f.Value < 400 || f.Value > 599 || f.Value != math.Trunc(f.Value) {
			return bad("A refusal needs a status from 400 to 599.")
		}
	case TimestampJump:
		if f.Value == 0 {
			f.Value = 3600
		}
		if !slices.Contains([]string{"", "rtp", "ntp", "both"}, f.Timeline) {
			return bad(`The timeline is "rtp", "ntp" or "both".`)
		}
	case PacketLoss:
		if f.Value == 0 {
			f.Value = 5
		}
		if f.Value < 0 || f.Value > 100 {
			return bad("A loss is between 0 and 100 percent.")
		}
	case Cut, BadCredentials, Stall, Freeze, Cover, Turn, Darken, Defocus, LampOff, ClockOffset:
	}
	return f.Kind.known()
}

// SetFault starts a fault on camera n. One fault of a kind can be on at a time;
// a second replaces it. Errors are *problem.Error: fault_invalid,
// camera_not_found, or fault_not_possible where the camera cannot show it.
func (s *Sim) SetFault(n int, f Fault) error {
	c, err := s.camera(n)
	if err != nil {
		return err
	}
	if err := f.check(); err != nil {
		return err
	}
	if slices.Contains(pictureKinds[:], f.Kind) {
		if err := c.canShow(f.Kind); err != nil {
			return err
		}
	}
	a := activeFault{Fault: f}
	if f.Seconds > 0 {
		a.until = time.Now().Add(time.Duration(f.Seconds * float64(time.Second)))
	}
	if f.Kind != Cut || f.Seconds > 0 {
		c.mu.Lock()
		c.faults[f.Kind] = a
		c.mu.Unlock()
	}
	if f.Kind == Cut || f.Kind == BadCredentials {
		s.readers.cut(c)
	}
	return nil
}

// ClearFaults ends the faults of the given kinds on camera n, or all of them.
func (s *Sim) ClearFaults(n int, kinds ...Kind) error {
	c, err := s.camera(n)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(kinds) == 0 {
		clear(c.faults)
	}
	for _, k := range kinds {
		delete(c.faults, k)
	}
	return nil
}

// Faults are the faults that are on at camera n.
func (s *Sim) Faults(n int) []Fault {
	c, err := s.camera(n)
	if err != nil {
		return nil
	}
	return c.active(time.Now())
}

// PTZ points a live camera: degrees right and up of its home position, and zoom
// from 1 to 8. Errors: camera_not_found, ptz_not_possible for any other camera.
func (s *Sim) PTZ(n int, pan, tilt, zoom float64) error {
	c, err := s.camera(n)
	if err != nil {
		return err
	}
	if c.live == nil {
		return problem.New(problem.Conflict, "ptz_not_possible", "This camera plays a clip; only a live camera can be pointed.")
	}
	if math.IsNaN(pan+tilt+zoom) || math.Abs(pan) > 180 || math.Abs(tilt) > 90 || zoom < 1 || zoom > 8 {
		return problem.New(problem.Invalid, "ptz_invalid", "Pan is within 180 degrees, tilt within 90, zoom from 1 to 8.")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pan, c.tilt, c.zoom = pan, tilt, zoom
	return nil
}

func (s *Sim) camera(n int) (*camera, error) {
	if n < 1 || n > len(s.cams) {
		return nil, problem.New(problem.NotFound, "camera_not_found", "There is no camera of that number.")
	}
	return s.cams[n-1], nil
}
