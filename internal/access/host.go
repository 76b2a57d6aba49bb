package access

// LackHost: who let a stand-in in may not do it either.
const LackHost Lack = "host"

// Host is who let somebody in for a shift, and how that one stands now.
type Host struct {
	Person   string // id
	Standing Standing
}

// hosted narrows what a stand-in may to what their host may as well, on the same terms: nobody
// lets somebody see what they may not see themselves (practice P5, C111). Emergency rights of
// the host are the host's own.
func (r *Rights) hosted(d Decision, s Standing, action Action, camera string) Decision {
	if s.Papers.Host == nil || !d.Allowed {
		return d
	}
	host := s.Papers.Host.Standing
	host.Now, host.Emergencies, host.Papers.Host = s.Now, nil, nil
	by := r.Decide(host, action, camera, nil)
	if !by.Allowed {
		return Decision{Lack: LackHost, Position: d.Position, Rule: by.Rule, Policy: d.Policy}
	}
	d.Terms = both(d.Terms, by.Terms)
	return d
}

// Hosted is the id of who let the actor in for a shift; empty: nobody had to.
func (a Actor) Hosted() string {
	if h := a.standing.Papers.Host; h != nil {
		return h.Person
	}
	return ""
}
