// Package mask answers for what covers the pictures of cameras.
package mask

import (
	"context"
	"image"
	"net/http"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
	"watchroom/internal/camera/mask"
	"watchroom/internal/still/stamp"
)

const tag = "Cameras"

// Routes are what masks need.
type Routes struct {
	Masks *mask.Masks
}

// Point is a place in a picture, from its upper left corner.
type Point struct {
	X int `json:"x" minimum:"0" maximum:"10000" doc:"In ten-thousandths of the width."`
	Y int `json:"y" minimum:"0" maximum:"10000" doc:"In ten-thousandths of the height."`
}

// Shape covers a part of a camera's pictures.
type Shape struct {
	Name   string  `json:"name" example:"宿舍窗户"`
	Points []Point `json:"points" nullable:"false" doc:"The outline, closed by itself."`
}

// PrivacyMask is a Shape with the reason for it.
type PrivacyMask struct {
	Name   string  `json:"name" minLength:"1" maxLength:"100" example:"宿舍窗户"`
	Reason string  `json:"reason" minLength:"1" maxLength:"500" example:"对面宿舍的窗户"`
	Points []Point `json:"points" nullable:"false" minItems:"3" maxItems:"24" doc:"The outline, closed by itself. Its lines do not meet but at its points."`
}

// MaskContent is what covers, or is to cover, the pictures of a camera.
type MaskContent struct {
	Masks  []PrivacyMask `json:"masks" nullable:"false" maxItems:"24"`
	Device string        `json:"device" maxLength:"500" doc:"What the device itself covers, so that it never leaves it; empty: nobody has said that it does."`
}

// CameraMasks is what covers the pictures of one camera, and since when.
type CameraMasks struct {
	MaskContent
	Camera    string     `json:"camera"`
	ChangedBy string     `json:"changedBy,omitempty" doc:"Id of the person; absent: nobody has set anything yet, or it was done on the machine itself."`
	ChangedAt *time.Time `json:"changedAt,omitempty"`
	Waiting   string     `json:"waiting,omitempty" doc:"In the answer to a change that shows what was covered: id of the proposal that another person confirms. Until then everything is as it was."`
}

// MaskChange is what is to cover the pictures of a camera from now on.
type MaskChange struct {
	MaskContent
	Reason string `json:"reason,omitempty" maxLength:"1000" doc:"Why. Needed where the change shows what was covered."`
}

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type setInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body MaskChange
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "getCameraMasks", Method: http.MethodGet, Path: "/api/v1/cameras/{id}/masks", Tag: tag, Demand: route.Needs(access.CameraRead),
		Summary: "Read the privacy masks of a camera",
	}, x.read)
	route.Do(r, route.Operation{
		ID: "setCameraMasks", Method: http.MethodPut, Path: "/api/v1/cameras/{id}/masks", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Set the privacy masks of a camera",
		About:   "All of them at once; they hold for live pictures, replay and still pictures from now on, also for what was recorded before. What is recorded stays as the camera sent it. A change that shows what was covered waits for another person; see listProposals.",
	}, x.set)
}

func (x *Routes) read(ctx context.Context, in *byID) (*route.Answer[CameraMasks], error) {
	if err := access.Can(route.Actor(ctx), access.CameraRead, in.ID); err != nil {
		return nil, err
	}
	s, err := x.Masks.Read(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return route.Reply(face(&s)), nil
}

func (x *Routes) set(ctx context.Context, in *setInput) (*route.Answer[CameraMasks], error) {
	c := mask.Content{Device: in.Body.Device}
	for _, m := range in.Body.Masks {
		n := mask.Mask{Name: m.Name, Reason: m.Reason}
		for _, p := range m.Points {
			n.Points = append(n.Points, mask.Point(p))
		}
		c.Masks = append(c.Masks, n)
	}
	s, waiting, err := x.Masks.Set(ctx, route.Actor(ctx), in.ID, c, in.Body.Reason)
	if err != nil {
		return nil, err
	}
	out := face(&s)
	if waiting != nil {
		out.Waiting = waiting.ID
	}
	return route.Reply(out), nil
}

func face(s *mask.Set) CameraMasks {
	return CameraMasks{MaskContent: *Of(&s.Content), Camera: s.Camera, ChangedBy: s.By, ChangedAt: route.TimeOrNil(s.At)}
}

// Of is the face of what covers pictures.
func Of(c *mask.Content) *MaskContent {
	out := &MaskContent{Masks: make([]PrivacyMask, len(c.Masks)), Device: c.Device}
	for i, m := range c.Masks {
		out.Masks[i] = PrivacyMask{m.Name, m.Reason, points(m.Points)}
	}
	return out
}

// Shapes are what a player draws.
func Shapes(c *mask.Content) []Shape {
	out := make([]Shape, len(c.Masks))
	for i, m := range c.Masks {
		out[i] = Shape{m.Name, points(m.Points)}
	}
	return out
}

func points(all []mask.Point) []Point {
	out := make([]Point, len(all))
	for i, p := range all {
		out[i] = Point(p)
	}
	return out
}

// Outlines gives what is burnt into still pictures, by camera; nil where nothing covers any.
func Outlines(m *mask.Masks) func(ctx context.Context, camera string) ([]stamp.Outline, error) {
	if m == nil {
		return nil
	}
	return func(ctx context.Context, camera string) ([]stamp.Outline, error) {
		s, err := m.Of(ctx, camera)
		if err != nil {
			return nil, err
		}
		all := make([]stamp.Outline, len(s.Masks))
		for i, n := range s.Masks {
			for _, p := range n.Points {
				all[i] = append(all[i], image.Pt(p.X, p.Y))
			}
		}
		return all, nil
	}
}
