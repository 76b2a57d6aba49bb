package mask

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/camera/whereabouts"
)

// Inherit covers a camera like others of its device: whoever takes a masked camera out of service
// and registers the device anew, or gives its address to another one, would show alone what two
// show. It is called inside the transaction in which the camera came to its address, with where
// names of hosts lead; see whereabouts.Kin.
func (m *Masks) Inherit(ctx context.Context, tx bun.Tx, actor access.Actor, camera string, names whereabouts.Names) error {
	sets, err := read(ctx, tx, "")
	sets = slices.DeleteFunc(sets, func(s Set) bool { return s.Camera == camera || len(s.Masks) == 0 })
	if err != nil || len(sets) == 0 {
		return err
	}
	kin, err := whereabouts.Kin(ctx, tx, camera, names)
	if err != nil {
		return err
	}
	now, err := of(ctx, tx, camera)
	if err != nil {
		return err
	}
	c := Content{Masks: slices.Clone(now.Masks), Device: now.Device}
	var from []string
	for i := range sets {
		o := &sets[i]
		if !kin(o.Camera) || !o.reveals(&c) {
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
