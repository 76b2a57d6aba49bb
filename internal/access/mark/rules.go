package mark

import (
	"watchroom/internal/access"
	"watchroom/internal/rule"
)

var (
	shown = rule.Bool{Key: "mark.shown", Default: true, Guard: rule.Lower, Clauses: []string{"C008", "C100", "C115"}}

	// fromGrade is the security grade from which pictures bear the mark.
	fromGrade = rule.Int{Key: "mark.from_grade", Default: int(access.LowestGrade), Least: int(access.LowestGrade), Most: int(access.HighestGrade), Unit: "grade",
		Guard: rule.Higher, Clauses: []string{"C100", "C115"}}

	// opacity has its bounds where a photograph of a screen no longer shows the mark, and
	// where the mark no longer shows the picture.
	opacity = rule.Int{Key: "mark.opacity", Default: 22, Least: 12, Most: 60, Unit: "percent",
		Guard: rule.Lower, Clauses: []string{"C100"}}

	density = rule.Word{Key: "mark.density", Default: Normal, Words: []string{Sparse, Normal, Dense},
		Guard: rule.Lower, Clauses: []string{"C100"}}
)

// How close the marks stand to each other.
const (
	Sparse = "sparse"
	Normal = "normal"
	Dense  = "dense"
)

// Parameters gives what an institution sets of the marks on pictures.
func Parameters() []rule.Parameter { return []rule.Parameter{shown, fromGrade, opacity, density} }

// Look is how marks are drawn.
type Look struct {
	Opacity int    // percent
	Density string // Sparse, Normal or Dense
}

// Shown tells how pictures of a camera bear their mark, and whether they do.
func (m *Maker) Shown(a access.Actor, camera string) (Look, bool) {
	if m == nil || len(m.Secret) == 0 || !shown.Get(m.Rules) || int(access.GradeOf(a, camera)) < fromGrade.Get(m.Rules) {
		return Look{}, false
	}
	return Look{Opacity: opacity.Get(m.Rules), Density: density.Get(m.Rules)}, true
}
