package trail

import (
	"context"
	"strconv"

	"watchroom/internal/camera"
	"watchroom/internal/ledger/trail"
)

// grades are the security grades of cameras by their ids, of those out of service as well:
// what is taken out is guarded as the cameras are of which it tells (C111).
type grades map[string]int

func (x *Routes) grades(ctx context.Context) (grades, error) {
	spots, err := camera.Spots(ctx, x.DB.Read())
	if err != nil {
		return nil, err
	}
	g := make(grades, len(spots))
	for _, s := range spots {
		g[s.ID] = s.Grade
	}
	return g, nil
}

// named gives the highest grade among the cameras that an act names, also in its detail where
// that is given out; 0: it names none that is known.
func (g grades) named(e *trail.Entry, detail bool) int {
	most := max(g[e.Act.Camera], g[e.Act.Subject])
	if detail {
		most = max(most, g.within(e.Act.Detail))
	}
	return most
}

func (g grades) within(v any) (most int) {
	switch v := v.(type) {
	case string:
		return g[v]
	case []any:
		for _, one := range v {
			most = max(most, g.within(one))
		}
	case map[string]any:
		for key, one := range v {
			most = max(most, g[key], g.within(one))
		}
	}
	return most
}

// label is the grade of an act in a table; empty where it names no camera.
func (g grades) label(e *trail.Entry) string {
	if n := g.named(e, true); n != 0 {
		return strconv.Itoa(n)
	}
	return ""
}
