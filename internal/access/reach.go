package access

import "slices"

// Reach is on which cameras somebody may do something, as things are. Lists are narrowed by
// it. The zero Reach is none.
type Reach struct {
	all     bool
	cameras []string // sorted; where not all
}

// nowhere is no camera's id, and hangs nowhere.
const nowhere = "-"

// ReachOf gives on which cameras the actor may do one of the actions at least.
func ReachOf(actor Actor, actions ...Action) Reach {
	if Settled(actor) != nil {
		return Reach{}
	}
	may := func(camera string) bool {
		return slices.ContainsFunc(actions, func(a Action) bool { return actor.decide(a, camera, nil).Allowed })
	}
	var places map[string]Place
	if actor.rights != nil {
		places = actor.rights.places
	}
	r := Reach{all: may(nowhere)}
	for camera := range places {
		if may(camera) {
			r.cameras = append(r.cameras, camera)
		} else {
			r.all = false
		}
	}
	if r.all {
		return Reach{all: true}
	}
	slices.Sort(r.cameras)
	return r
}

// Narrow gives the cameras where those are not all that there are, or ever will be.
func (r Reach) Narrow() (cameras []string, narrow bool) {
	if r.all {
		return nil, false
	}
	return append([]string{}, r.cameras...), true
}

// Has tells whether a camera is among them. What is about no camera in particular is.
func (r Reach) Has(camera string) bool {
	if r.all || camera == "" {
		return true
	}
	_, ok := slices.BinarySearch(r.cameras, camera)
	return ok
}

// Meets tells whether one of some cameras is among them. What is about none in particular is.
func (r Reach) Meets(cameras []string) bool {
	return len(cameras) == 0 || slices.ContainsFunc(cameras, r.Has)
}

// Of gives those of some cameras that are among them.
func (r Reach) Of(cameras []string) []string {
	if r.all {
		return cameras
	}
	among := []string{}
	for _, c := range cameras {
		if r.Has(c) {
			among = append(among, c)
		}
	}
	return among
}

// OnEach is nil where the actor may do action on each of the cameras, else the first refusal.
// Without a camera it is Can.
func OnEach(actor Actor, action Action, cameras []string) error {
	if len(cameras) == 0 {
		return Can(actor, action, "")
	}
	for _, c := range cameras {
		if err := Can(actor, action, c); err != nil {
			return err
		}
	}
	return nil
}

// OnAny is nil where the actor may do action on one of the cameras, else the refusal of the
// first. Without a camera it is Can.
func OnAny(actor Actor, action Action, cameras []string) error {
	if slices.ContainsFunc(cameras, func(c string) bool { return Can(actor, action, c) == nil }) {
		return nil
	}
	return OnEach(actor, action, cameras)
}

// Throughout is nil where the actor may do action on whatever camera there is, or will be:
// for what holds for all of them. With a camera it is Can.
func Throughout(actor Actor, action Action, camera string) error {
	if camera != "" {
		return Can(actor, action, camera)
	}
	if err := Settled(actor); err != nil {
		return err
	}
	cameras := []string{nowhere}
	if actor.rights != nil {
		for c := range actor.rights.places {
			cameras = append(cameras, c)
		}
	}
	for _, c := range cameras {
		if d := actor.decide(action, c, nil); !d.Allowed {
			return actor.refusal(d, action, "")
		}
	}
	return nil
}

// AreasOf gives areas in which the actor may do action, for who hands a right on no farther
// than they reach; all: everywhere. None and not all: no farther than nowhere.
func AreasOf(actor Actor, action Action) (areas []string, all bool) {
	if Throughout(actor, action, "") == nil {
		return nil, true
	}
	actor.decide(action, "", func(s Step) { areas = append(areas, s.Holding.Areas...) })
	if actor.rights != nil {
		for _, r := range actor.rights.list {
			if slices.Contains(r.Actions, action) {
				areas = append(areas, r.Areas...)
			}
		}
	}
	slices.Sort(areas)
	return slices.DeleteFunc(slices.Compact(areas), func(a string) bool {
		return At(actor, action, Place{Areas: []string{a}, Grade: LowestGrade}) != nil
	}), false
}

// At decides like Can on a camera that is not there yet, but would hang in a place.
func At(actor Actor, action Action, p Place) error {
	if err := Settled(actor); err != nil {
		return err
	}
	if actor.rights != nil {
		actor.rights = actor.rights.at(map[string]Place{nowhere: p})
	}
	if d := actor.decide(action, nowhere, nil); !d.Allowed {
		return actor.refusal(d, action, "")
	}
	return nil
}
