package access

// KeyHand is the key of an act's detail that says whose hand a command on the machine was: an
// object of uid, user, sudo (who they were before sudo) and host; what is not known is left out.
// The system of the machine says so, and whoever has that in hand may say anything.
const KeyHand = "hand"

// Hand is who runs a command on the machine, as the system there knows them, and why.
type Hand struct {
	UID, User string
	Sudo      string // who they were before sudo; empty without it
	Host      string
	Reason    string
}

// By is a command with whose hand it is. Its acts say so, and why.
func (a Actor) By(h Hand) Actor {
	if a.local {
		a.hand = &h
	}
	return a
}

// detail is the hand as it stands in an act.
func (h Hand) detail() map[string]any {
	d := map[string]any{}
	for k, v := range map[string]string{"uid": h.UID, "user": h.User, "sudo": h.Sudo, "host": h.Host} {
		if v != "" {
			d[k] = v
		}
	}
	return d
}
