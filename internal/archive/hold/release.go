package hold

// kinds of acts of a release, besides the one that approves of it.
const (
	kindAsked     = "hold.release_requested"
	kindRejected  = "hold.release_rejected"
	kindWithdrawn = "hold.release_withdrawn"
)

// releases are the wishes to release holds that acts tell of. A hold is let go by two
// people: one who asked and another who approved. Whoever writes one act alone, or both
// in one name, has released nothing.
type releases struct {
	asked, ended map[wish]map[int64]bool // when: there is an act for every camera
	shown        map[wish]bool           // that somebody asked is proved
}

// wish is what somebody asked for.
type wish struct{ hold, person string }

func newReleases() *releases {
	return &releases{map[wish]map[int64]bool{}, map[wish]map[int64]bool{}, map[wish]bool{}}
}

// add notes an act. askedBy is what the one that rejects says of who asked.
func (r *releases) add(kind, hold, person, askedBy string, at int64, shown bool) {
	note := func(m map[wish]map[int64]bool, w wish) {
		if m[w] == nil {
			m[w] = map[int64]bool{}
		}
		m[w][at] = true
	}
	switch kind {
	case kindAsked:
		w := wish{hold, person}
		note(r.asked, w)
		r.shown[w] = r.shown[w] || shown
	case kindRejected:
		note(r.ended, wish{hold, askedBy})
	case kindWithdrawn:
		note(r.ended, wish{hold, person})
	}
}

// by tells whether the approval of a person, who says who asked, releases a hold: that
// one did, is another, and has not been refused or taken it back since. It goes by how
// often that was, since the clock may have been set back between them.
func (r *releases) by(hold, person, askedBy string) bool {
	w := wish{hold, askedBy}
	return person != "" && askedBy != "" && person != askedBy && r.shown[w] && len(r.asked[w]) > len(r.ended[w])
}
