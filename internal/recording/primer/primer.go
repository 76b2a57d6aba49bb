// Package primer keeps the pictures since the last key frame, for a viewer who joins.
package primer

import (
	"slices"

	"watchroom/internal/media"
	"watchroom/internal/recording/cutter"
)

const (
	// most bounds what is kept to be shown to a viewer who joins: past it the
	// viewer waits for the next key frame. mostLost bounds the part of it that the
	// disk did not take and that therefore stands in memory.
	most     = 64 << 20
	mostLost = 8 << 20
)

// Group is the parts since the last key frame, of one segment.
type Group struct {
	parts []*cutter.Part
	size  int64 // bytes of units in parts
}

// Clear forgets it.
func (g *Group) Clear() { g.parts, g.size = nil, 0 }

// Add takes the next part in.
func (g *Group) Add(p *cutter.Part) {
	if p.Leads {
		g.Clear()
	}
	if g.size += p.Bytes; g.size > most {
		g.parts = nil
	} else if p.Leads || len(g.parts) > 0 {
		g.parts = append(g.parts, p)
	}
}

// Placed tells whether the first of it stands in the file, and no more in memory.
func (g *Group) Placed() bool { return len(g.parts) > 0 && g.parts[0].Units == nil }

// Spare gives it up where too much of it stands in memory because the disk did not take it.
func (g *Group) Spare() {
	held := int64(0)
	for _, p := range g.parts {
		if p.Lost {
			held += p.Bytes
		}
	}
	if held > mostLost {
		g.parts = nil
	}
}

// Units is what reads the units since the key frame of that number, with those that are in no
// part yet; nil where they are not kept.
func (g *Group) Units(pending []cutter.Arrived, key uint32) func() ([]*media.Unit, error) {
	if len(g.parts) == 0 || g.parts[0].KeySeq != key {
		// No part of this GOP is finished, or what there was of it is not kept.
		i := slices.IndexFunc(pending, func(a cutter.Arrived) bool { return a.Seq == key })
		if i < 0 {
			return nil
		}
		units := bare(pending[i:])
		return func() ([]*media.Unit, error) { return units, nil }
	}
	parts := make([]cutter.Part, len(g.parts))
	for i, p := range g.parts {
		parts[i] = *p
	}
	return func() ([]*media.Unit, error) {
		var all []cutter.Arrived
		for i := range parts {
			units, err := parts[i].Read()
			if err != nil {
				return nil, err
			}
			all = append(all, units...)
		}
		all = append(all, pending...)
		cutter.Sort(all)
		// Sound that came before the key frame may stand in the key frame's part.
		from := slices.IndexFunc(all, func(a cutter.Arrived) bool { return a.Seq >= key })
		return bare(all[max(from, 0):]), nil
	}
}

func bare(units []cutter.Arrived) []*media.Unit {
	out := make([]*media.Unit, len(units))
	for i := range units {
		out[i] = units[i].Unit
	}
	return out
}
