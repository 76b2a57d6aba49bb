package lines

import (
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/segment"
)

// Contest is what journals tell of one segment, for whoever reads them anew: which telling
// counts where there are several. Its zero value has heard nothing.
type Contest struct {
	told  []journal.Record // what says how it was closed
	borne []telling        // of what moved or removed it
	seals []seal
	upTo  []int    // for each of told, how many of the seals came before
	on    []string // and the disk of its journal
	dead  *journal.Record
}

// telling is what a line tells of a segment.
type telling struct {
	end, bytes int64
	root       string
}

func tellingOf(s *segment.Closed) telling { return telling{s.End, s.Bytes, s.Root} }

// seal is a line that tells of a segment while it was written.
type seal struct {
	journal.Sealed
	on string // the disk of its journal
}

// Hear takes the next line about the segment, from a journal on a disk.
func (c *Contest) Hear(volume string, l *journal.Record) {
	switch {
	case l.Kind == journal.KindSegment && l.Segment != nil:
		c.told, c.upTo, c.on = append(c.told, *l), append(c.upTo, len(c.seals)), append(c.on, volume)
	case l.Kind == journal.KindSeal && l.Sealed != nil:
		c.seals = append(c.seals, seal{*l.Sealed, volume})
	case l.Segment != nil:
		if l.Kind == journal.KindTombstone && c.dead == nil {
			c.dead = l
		}
		c.borne = append(c.borne, tellingOf(l.Segment))
	}
}

// Removed is the first line that says that the segment was removed; nil: none does.
func (c *Contest) Removed() *journal.Record { return c.dead }

// Counts is the line that says how the segment was closed; nil: none does. Where lines do so
// otherwise each, sizes is asked for the lengths of its file.
func (c *Contest) Counts(sizes func() []int64) *journal.Record {
	if len(c.told) == 0 {
		return nil
	}
	for i := range c.told {
		if tellingOf(c.told[i].Segment) == tellingOf(c.told[0].Segment) {
			continue
		}
		if r := c.Decide(sizes()...); r != nil {
			return r
		}
		break
	}
	return &c.told[0]
}

// Decide gives the line that the file agrees with, by its lengths wherever it lies; where it
// does with none, the one by which the catalogue moved or removed it, else the first that
// the seals do not speak against, and else nil: the first counts.
func (c *Contest) Decide(sizes ...int64) *journal.Record {
	for _, size := range sizes {
		for i := range c.told {
			if c.told[i].Bytes == size {
				return &c.told[i]
			}
		}
	}
	for _, b := range c.borne {
		for i := range c.told {
			if tellingOf(c.told[i].Segment) == b {
				return &c.told[i]
			}
		}
	}
	for i := range c.told {
		against := false
		for k := range c.seals {
			against = against || Unsealed(&c.told[i], &c.seals[k].Sealed, k >= c.upTo[i] && c.seals[k].on == c.on[i])
		}
		if !against {
			return &c.told[i]
		}
	}
	return nil
}
