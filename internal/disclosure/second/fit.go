package second

import (
	"slices"

	"watchroom/internal/access"
	"watchroom/internal/problem"
)

// ErrUnfit is said at the screen of who asked of somebody who showed there who they are: what
// rights they hold is not for that screen.
var ErrUnfit = problem.New(problem.Forbidden, "second_unfit", "This person cannot be the second person here: they hold no right to it.")

// fit gives the position in which somebody may be the second person to an ask, or why they
// may not: they hold a right to it for every camera, by a position that who asked does not
// hold, nor one that goes by the same position of the program.
func fit(who access.Actor, a *Ask) (access.Position, error) {
	switch {
	case who.Person == a.Person && who.Person != "":
		return "", ErrSelf
	case who.Person == "" || who.Token != "":
		return "", ErrPerson
	}
	var among []access.Position
	for i, c := range a.Cameras {
		if err := access.Can(who, access.SecondAgree, c); err != nil {
			return "", err
		}
		var by []access.Position
		access.Decide(who, access.SecondAgree, c, func(s access.Step) {
			kin := func(p access.Position) bool { return access.Kin(who, p, s.Holding.Position) }
			if s.Lack == "" && !slices.ContainsFunc(a.Positions, kin) {
				by = append(by, s.Holding.Position)
			}
		})
		if i == 0 {
			among = by
			continue
		}
		among = slices.DeleteFunc(among, func(p access.Position) bool { return !slices.Contains(by, p) })
	}
	if len(among) == 0 {
		return "", ErrPosition
	}
	return among[0], nil
}
