package access

// OnWatch tells whether the actor has the watch over where a camera hangs.
func OnWatch(a Actor, camera string) bool {
	return a.rights != nil && a.standing.on(a.rights.Place(camera))
}
