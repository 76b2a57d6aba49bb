package mask

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera/whereabouts"
	"watchroom/internal/problem"
)

// Inherit covers a camera like others of its device: whoever takes a masked camera out of service
// and registers the device anew, or gives its address to another one, would show alone what two
// show. It is called inside the transaction in which the camera came to its address, with where
// names of hosts lead. One that is
// out of service, or elsewhere by now, counts for every channel of its device; one in service for
// its own address, since a recorder has many cameras.
func (m *Masks) Inherit(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error {
	sets, err := read(ctx, tx, "")
	sets = slices.DeleteFunc(sets, func(s Set) bool { return s.Camera == camera || len(s.Masks) == 0 })
	if err != nil || len(sets) == 0 {
		return err
	}
	var streams []struct {
		Camera, URL string
		RetiredAt   *int64
	}
	err = tx.NewSelect().TableExpr("camera_streams AS s").Join("JOIN cameras AS c ON c.id = s.camera").
		ColumnExpr("s.camera AS camera, s.url AS url, c.retired_at AS retired_at").Scan(ctx, &streams)
	if err != nil {
		return problem.Wrap(err, "read where cameras are reached")
	}
	left, err := whereabouts.Left(ctx, tx)
	if err != nil {
		return err
	}
	at, gone := map[string][]whereabouts.Device{}, map[string]bool{}
	for _, s := range streams {
		at[s.Camera] = append(at[s.Camera], whereabouts.Of(s.URL))
		gone[s.Camera] = s.RetiredAt != nil
	}
	now, err := of(ctx, tx, camera)
	if err != nil {
		return err
	}
	c := Content{Masks: slices.Clone(now.Masks), Device: now.Device}
	var from []string
	for i := range sets {
		o := &sets[i]
		same := slices.ContainsFunc(at[camera], func(d whereabouts.Device) bool {
			whole, host := d.Meets(names, at[o.Camera], left[o.Camera])
			_, was := d.Meets(names, nil, left[o.Camera])
			return whole || was || host && gone[o.Camera]
		})
		if !same || !o.reveals(&c) {
			continue
		}
		from = append(from, o.Camera)
		for _, n := range o.Masks {
			if !slices.ContainsFunc(c.Masks, func(p Mask) bool { return within(n.Points, p.Points) }) {
				n.Name = free(n.Name, c.Masks)
				c.Masks = append(c.Masks, n)
			}
			if len(c.Masks) > mostMasks { // what does not fit would be shown
				return ErrMany
			}
		}
	}
	if len(from) == 0 {
		return nil
	}
	_, err = m.write(ctx, tx, actor.For(access.CameraConfigure, camera), camera, c, m.Clock.Micro(), map[string]any{"earlier": from})
	return err
}

// free gives a name that no mask has.
func free(name string, all []Mask) string {
	for slices.ContainsFunc(all, func(m Mask) bool { return m.Name == name }) {
		name += "′"
	}
	return name
}
