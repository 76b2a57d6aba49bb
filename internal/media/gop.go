package media

// GOP keeps the units since the last key frame in memory, for streams that
// nobody records. A recorded stream is primed from its open segment instead
// (R11). It is a Sink and a Primer of the same stream.
type GOP struct {
	Limit int // bytes; past it the GOP is given up until the next key frame; 0 means 8 MiB

	units []*Unit // all fields are guarded by the stream's lock
	bytes int
	lost  bool
}

// Begin implements Sink.
func (g *GOP) Begin(*Run) { g.reset(true) }

// End implements Sink.
func (g *GOP) End(*Run, int64, Cause) { g.reset(true) }

func (g *GOP) reset(lost bool) {
	g.units, g.bytes, g.lost = nil, 0, lost
}

// Write implements Sink.
func (g *GOP) Write(run *Run, u *Unit) {
	if u.Key && u.Track == run.Video() {
		g.reset(false)
	}
	if g.lost {
		return
	}
	limit := g.Limit
	if limit == 0 {
		limit = 8 << 20
	}
	g.units = append(g.units, u)
	g.bytes += len(u.Data)
	if g.bytes > limit {
		g.reset(true)
	}
}

// Mark implements Primer.
func (g *GOP) Mark() func() ([]*Unit, error) {
	if g.lost || len(g.units) == 0 {
		return nil
	}
	units := g.units[:len(g.units):len(g.units)]
	return func() ([]*Unit, error) { return units, nil }
}
