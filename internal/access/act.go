package access

import (
	"maps"
	"slices"

	"watchroom/internal/ledger"
)

// The keys of an act's detail that say who acted, and by what right. They stand in the
// detail so that the log commits to them; docs/formats/acts.md describes them. Session
// and token are ids, never their secrets.
const (
	KeyActor    = "actor"    // object: positions, unit, address, session; what is not known is left out
	KeyToken    = "token"    // id of the token, if it was one
	KeyBy       = "by"       // "command_line" for whoever runs a command on the machine itself
	KeyDecision = "decision" // object: verdict, action, position, rule, policy
)

// Verdicts of a decision.
const (
	Allowed = "allowed"
	Refused = "refused"
)

// Ground is by what right something is done: the rule that decided, or that came nearest.
type Ground struct {
	Verdict  string   // Allowed or Refused
	Action   Action   // what was asked for; empty where it is no matter of a right
	Position Position // by which of the positions held; empty where none carries the right
	Rule     string   // id of the rule that decided; empty where none speaks of it
	Policy   string   // version of the policy that it stands in
}

// detail is the ground as it stands in an act.
func (g Ground) detail() map[string]any {
	d := map[string]any{"verdict": g.Verdict}
	for k, v := range map[string]string{"action": string(g.Action), "position": string(g.Position), "rule": g.Rule, "policy": g.Policy} {
		if v != "" {
			d[k] = v
		}
	}
	return d
}

// GroundOf tells by what right the actor may do action on a camera, or what refuses it.
func GroundOf(a Actor, action Action, camera string) Ground {
	d := Decide(a, action, camera, nil)
	g := Ground{Verdict: Refused, Action: action, Position: d.Position, Rule: d.Rule, Policy: d.Policy}
	if d.Lack == LackRight {
		g.Position = ""
	}
	if d.Allowed && Settled(a) == nil {
		g.Verdict = Allowed
	}
	return g
}

// For is the actor about to do action on a camera: the acts that it begins then say by what
// right. It decides nothing; ask Can first.
func (a Actor) For(action Action, camera string) Actor {
	if a.Person == "" && !a.local { // the program itself has no rights and needs none
		return a
	}
	g := GroundOf(a, action, camera)
	a.ground = &g
	return a
}

// Through is For where a term of the decision is known to have let the actor through: of several rules
// that allow, the act names the one that did.
func (a Actor) Through(action Action, camera string, t Term) Actor {
	if a = a.For(action, camera); a.ground != nil && a.ground.Verdict == Allowed && t.Rule != "" {
		a.ground.Position, a.ground.Rule = t.Position, t.Rule
	}
	return a
}

// Denied is For of what was refused. Where the right itself is held, its terms or the purpose
// did not allow it, and the act must not read as if it had been done.
func (a Actor) Denied(action Action, camera string) Actor {
	if a = a.For(action, camera); a.ground != nil {
		a.ground.Verdict = Refused
	}
	return a
}

// Act begins the record of something that the actor did at (µs): by whom, in which
// positions and unit, from where and, after For, by what right. detail may be nil and is
// kept as it is.
func (a Actor) Act(at int64, kind, subject, camera string, detail map[string]any) ledger.Act {
	more := map[string]any{}
	if who := a.who(); len(who) > 0 {
		more[KeyActor] = who
	}
	if a.ground != nil {
		more[KeyDecision] = a.ground.detail()
	}
	switch {
	case a.Token != "":
		more[KeyToken] = a.Token
	case a.local:
		more[KeyBy] = "command_line"
		if a.hand != nil {
			more[KeyHand] = a.hand.detail()
			if detail["reason"] == nil && a.hand.Reason != "" {
				more["reason"] = a.hand.Reason
			}
		}
	}
	if len(more) > 0 {
		all := maps.Clone(detail)
		if all == nil {
			all = map[string]any{}
		}
		maps.Copy(all, more)
		detail = all
	}
	return ledger.Act{At: at, Person: a.Person, Kind: kind, Subject: subject, Camera: camera, Detail: detail}
}

func (a Actor) who() map[string]any {
	who := map[string]any{}
	if held := slices.Sorted(slices.Values(a.Positions())); len(held) > 0 {
		list := make([]any, len(held)) // as it is read back
		for i, p := range held {
			list[i] = string(p)
		}
		who["positions"] = list
	}
	for k, v := range map[string]string{"unit": a.Unit, "address": a.Origin.Address, "session": a.Session} {
		if v != "" {
			who[k] = v
		}
	}
	return who
}
