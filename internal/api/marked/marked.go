// Package marked puts the marks of package mark on what leaves the server: it tells players
// what to draw over moving pictures, and burns the mark into still ones, which are derived
// copies (ruling R14). Into the same it burns what covers the picture (C008).
package marked

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/access/mark"
	"watchroom/internal/api/route"
	"watchroom/internal/clock"
	"watchroom/internal/still/stamp"
)

// Headers of still pictures: the mark that one bears, and how many masks cover it.
const (
	Header  = "Watchroom-Mark"
	Covered = "Watchroom-Masks"
)

// Watermark is what a player draws over pictures, beside the person, the site and the minute.
type Watermark struct {
	Grade   int    `json:"grade" doc:"Security grade of the camera, 1 to 4 (C111). From 2 on pictures bear it as their label."`
	Trace   string `json:"trace" example:"7KQ-2MD-4XZ" doc:"Leads from a photograph of the screen back to who looked; see traceMark."`
	Opacity int    `json:"opacity" doc:"Percent."`
	Density string `json:"density" enum:"sparse,normal,dense"`
}

// Press puts marks on pictures. A nil Press puts none.
type Press struct {
	Maker *mark.Maker
	Zone  *time.Location // of the site
	Clock clock.Clock
	// Masks gives the outlines of what covers the pictures of a camera; nil: nothing does.
	Masks func(ctx context.Context, camera string) ([]stamp.Outline, error)
}

// Live is the mark of a camera's live pictures for whoever makes the request.
func (p *Press) Live(ctx context.Context, camera string) string {
	if p == nil {
		return ""
	}
	return p.Maker.Live(route.Actor(ctx), camera)
}

// Viewing is the mark of a camera's footage under a viewing.
func (p *Press) Viewing(viewing, camera string) string {
	if p == nil {
		return ""
	}
	return p.Maker.Viewing(viewing, camera)
}

// Snapshot is the mark of a kept picture for whoever makes the request.
func (p *Press) Snapshot(ctx context.Context, snapshot string) string {
	if p == nil {
		return ""
	}
	return p.Maker.Snapshot(route.Actor(ctx), snapshot)
}

// Face is what a player draws over pictures of a camera; nil where it draws nothing.
func (p *Press) Face(ctx context.Context, camera, trace string) *Watermark {
	if p == nil || trace == "" {
		return nil
	}
	look, on := p.Maker.Shown(route.Actor(ctx), camera)
	if !on {
		return nil
	}
	return &Watermark{int(access.GradeOf(route.Actor(ctx), camera)), trace, look.Opacity, look.Density}
}

// apart is how far marks stand from each other in a still picture.
func apart(density string) float64 {
	switch density {
	case mark.Sparse:
		return 2.4
	case mark.Dense:
		return 1.15
	}
	return 1.6
}

// Still burns what covers a camera's pictures into one of them, and the mark, and names both in
// the headers: the person, the mark, the minute of now, and from 2 on the camera's security grade.
// Where nothing covers the picture and it bears no mark it is the picture itself.
func (p *Press) Still(ctx context.Context, h http.Header, camera, trace string, jpeg []byte) ([]byte, error) {
	if p == nil || len(jpeg) == 0 {
		return jpeg, nil
	}
	hidden, err := p.masks(ctx, camera)
	if err != nil {
		return nil, err
	}
	face := p.Face(ctx, camera, trace)
	if face == nil && len(hidden) == 0 {
		return jpeg, nil
	}
	m := stamp.Mark{Covered: hidden}
	if face != nil {
		who := route.Identity(ctx).Person
		m.Lines = []string{who.Username, trace, time.UnixMicro(p.Clock.Micro()).In(p.Zone).Format("2006-01-02 15:04")}
		if face.Grade > int(access.LowestGrade) {
			m.Lines = append(m.Lines, "GRADE "+strconv.Itoa(face.Grade))
		}
		m.Opacity, m.Apart = face.Opacity, apart(face.Density)
	}
	out, err := stamp.JPEG(jpeg, m)
	if err != nil {
		return nil, err
	}
	if face != nil {
		h.Set(Header, trace)
	}
	if len(hidden) > 0 {
		h.Set(Covered, strconv.Itoa(len(hidden)))
	}
	return out, nil
}

// Cover burns into a picture what covers any of some cameras, and nothing else.
func (p *Press) Cover(ctx context.Context, cameras []string, jpeg []byte) ([]byte, error) {
	if p == nil || len(jpeg) == 0 {
		return jpeg, nil
	}
	var hidden []stamp.Outline
	for _, camera := range cameras {
		more, err := p.masks(ctx, camera)
		if err != nil {
			return nil, err
		}
		hidden = append(hidden, more...)
	}
	if len(hidden) == 0 {
		return jpeg, nil
	}
	return stamp.JPEG(jpeg, stamp.Mark{Covered: hidden})
}

func (p *Press) masks(ctx context.Context, camera string) ([]stamp.Outline, error) {
	if p.Masks == nil {
		return nil, nil
	}
	return p.Masks(ctx, camera)
}
