package sharedlogin

import "sync"

// moves remembers from where sessions were touched lately. It is memory alone: after a restart
// whoever goes to and fro does so once more before it is found.
type moves struct {
	mu sync.Mutex // guards by
	by map[string]move
}

// move is the last change of address of a session.
type move struct {
	at, left  int64 // µs: when it was last touched, and when last from before
	now, from Place // before: zero where there was none
}

// touched notes that a session is touched at (µs) from a place. back tells that it is again the one
// of before, from which it was touched no longer than within (µs) ago; other is the one between.
func (m *moves) touched(session string, from Place, at, within int64) (other Place, back bool) {
	if from.Address == "" {
		return Place{}, false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil {
		m.by = map[string]move{}
	}
	for id, one := range m.by {
		if at-one.at > within {
			delete(m.by, id)
		}
	}
	one, ok := m.by[session]
	switch {
	case !ok:
		one = move{now: from}
	case one.now.Address != from.Address:
		other, back = one.now, one.from.Address == from.Address && at-one.left <= within
		one = move{now: from, from: one.now, left: one.at}
	}
	one.at = at
	m.by[session] = one
	return other, back
}
