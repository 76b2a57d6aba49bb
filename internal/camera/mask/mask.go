// Package mask keeps the fixed privacy masks of cameras: parts of a picture that nobody is shown,
// such as a neighbour's window or the beds of a ward (C008). They cover live pictures, replay and
// every copy that is made from footage; what the camera sends is recorded as it is.
//
// One person sets masks. What shows more than before waits until somebody else confirms it.
package mask

import (
	"slices"

	"watchroom/internal/problem"
	"watchroom/internal/text"
)

// Refusals. What holds for all proposals comes from package proposal.
var (
	ErrCamera = problem.New(problem.NotFound, "camera_unknown", "There is no such camera.")
	ErrShape  = problem.New(problem.Invalid, "mask_shape", "A mask is an outline of 3 to 24 points within the picture that does not cross or touch itself.").On("masks") // mask
	ErrMany   = problem.New(problem.Invalid, "mask_many", "A camera has at most 24 masks.").On("masks")
	ErrNamed  = problem.New(problem.Invalid, "mask_named", "Two masks of this camera have the same name.").On("masks") // mask
	ErrReason = problem.New(problem.Invalid, "mask_reason", "This shows a part of the picture that was covered. Say why; another person decides on it.").On("reason")
	// ErrWaits says that a change of the masks of this camera waits for another person already.
	ErrWaits = problem.New(problem.Conflict, "mask_waits", "A change of the masks of this camera waits for another person already. Withdraw it first, or have it refused.").On("masks")
)

// Whole is the width, and the height, of a picture in the unit of points: a ten-thousandth.
const Whole = 10_000

const (
	mostMasks   = 24
	leastPoints = 3
	mostPoints  = 24
)

// Point is a place in a picture, from its upper left corner, in ten-thousandths of its width and
// height: the same part of the main stream and of the sub-stream.
type Point struct {
	X int `json:"x"`
	Y int `json:"y"`
}

// Mask covers one part of a picture.
type Mask struct {
	Name   string  `json:"name"`
	Reason string  `json:"reason"`
	Points []Point `json:"points"` // outline, closed by itself
}

// Content is what covers the pictures of one camera.
type Content struct {
	Masks []Mask `json:"masks"`
	// Device says what the device itself covers, so that it never leaves it; empty: nobody has
	// said that it does.
	Device string `json:"device"`
}

// Set is what covers a camera's pictures, and since when. Zero: nothing was ever set.
type Set struct {
	Camera string
	Content
	By string // person; empty from the command line
	At int64  // µs
}

func (c *Content) same(o *Content) bool {
	return c.Device == o.Device && slices.EqualFunc(c.Masks, o.Masks, func(a, b Mask) bool {
		return a.Name == b.Name && a.Reason == b.Reason && slices.Equal(a.Points, b.Points)
	})
}

// reveals tells whether o leaves uncovered what c covers: a mask of c lies within no mask of o.
// One that only several masks of o cover together counts as shown, which is the safe side.
func (c *Content) reveals(o *Content) bool {
	return slices.ContainsFunc(c.Masks, func(m Mask) bool {
		return !slices.ContainsFunc(o.Masks, func(n Mask) bool { return within(m.Points, n.Points) })
	})
}

// clean brings what was typed into form.
func clean(c Content) (out Content, err error) {
	if len(c.Masks) > mostMasks {
		return out, ErrMany
	}
	out.Masks = []Mask{}
	if out.Device, err = text.Line("device", c.Device, 0, 500); err != nil {
		return out, err
	}
	for _, m := range c.Masks {
		if m.Name, err = text.Line("name", m.Name, 1, 100); err != nil {
			return out, problem.Of(err).On("masks")
		}
		if m.Reason, err = text.Line("reason", m.Reason, 2, 500); err != nil {
			return out, problem.Of(err).On("masks")
		}
		if !simple(m.Points) {
			return out, ErrShape.With("mask", m.Name)
		}
		if slices.ContainsFunc(out.Masks, func(o Mask) bool { return text.Key(o.Name) == text.Key(m.Name) }) {
			return out, ErrNamed.With("mask", m.Name)
		}
		out.Masks = append(out.Masks, m)
	}
	return out, nil
}
