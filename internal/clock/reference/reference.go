// Package reference watches this machine's clock: whether it is synchronised and by
// how much it is wrong, as the kernel and time servers tell, and whether somebody
// has set it. It sets nothing itself.
//
// What may only happen while the time is right, such as the end of a recording's
// keeping, asks Trusted.
package reference

import (
	"cmp"
	"slices"
	"time"

	"watchroom/internal/clock/sntp"
)

// Sync says whether the clock is right.
type Sync string

// States. Unknown means that there is nothing to compare the clock with: no kernel
// that tells and no server that answers.
const (
	Synchronised   Sync = "synchronised"
	Unsynchronised Sync = "unsynchronised"
	Unknown        Sync = "unknown"
)

// Reason says why a clock is not synchronised, as a stable word.
type Reason string

// Reasons.
const (
	ReasonNone     Reason = ""
	ReasonKernel   Reason = "kernel_unsynchronised" // no time daemon disciplines the clock
	ReasonDisagree Reason = "sources_disagree"      // of two sources or more no majority tells the same
	ReasonFar      Reason = "offset_too_large"      // the sources agree that the clock is wrong by more than the alarm's limit
	ReasonSilent   Reason = "servers_silent"        // servers are named and none answers
	ReasonNothing  Reason = "no_reference"          // the kernel does not tell and no server is named
)

// KernelSource is the source of a state that rests on the kernel's word. Any other
// source is a time server's address.
const KernelSource = "kernel"

// State is how the clock stands.
type State struct {
	Sync   Sync
	Reason Reason
	Since  time.Time // of Sync and Reason
	// Offset is this machine's clock minus the reference, nil while nobody tells. It
	// may be wrong by Error.
	Offset  *time.Duration
	Error   time.Duration
	Source  string // KernelSource, the address of a server, or empty
	Stratum int    // of the server; 0 where it is not known
	Kernel  *Reading
	Servers []Server
	Checked time.Time // when all this was measured
	Step    *Step     // the last one of this process, nil if there was none
}

// Server is what one time server said last.
type Server struct {
	Address string
	Answer  *sntp.Answer // nil while it has not answered for a while
	Err     error        // of the last question, nil if it was answered
}

// Step is a change of the clock that is not the passing of time.
type Step struct {
	From, To time.Time // what the clock would have shown, and showed
}

// By is how far the clock was set, forward if positive.
func (s Step) By() time.Duration { return s.To.Sub(s.From) }

// candidate is one source's word on the clock.
type candidate struct {
	offset, err time.Duration
	source      string
	stratum     int
}

// judge makes a state of what the sources say. kernel is nil where it does not tell.
func judge(kernel *Reading, servers []Server, limits Limits) State {
	s := State{Kernel: kernel, Servers: servers}
	var list []candidate
	for _, v := range servers {
		if a := v.Answer; a != nil {
			list = append(list, candidate{a.Offset, a.Error + a.Delay/2, v.Address, a.Stratum})
		}
	}
	if kernel != nil && kernel.Synchronised {
		list = append(list, candidate{kernel.Offset, kernel.MaxError, KernelSource, 0})
	}
	if len(list) == 0 {
		switch {
		case kernel != nil:
			s.Sync, s.Reason = Unsynchronised, ReasonKernel
		case len(servers) > 0:
			s.Sync, s.Reason = Unknown, ReasonSilent
		default:
			s.Sync, s.Reason = Unknown, ReasonNothing
		}
		return s
	}
	best, agree := majority(list, limits.Warn)
	s.Offset, s.Error, s.Source, s.Stratum = &best.offset, best.err, best.source, best.stratum
	switch {
	case !agree:
		s.Sync, s.Reason = Unsynchronised, ReasonDisagree
	case best.offset.Abs() > limits.Alarm:
		s.Sync, s.Reason = Unsynchronised, ReasonFar
	default:
		s.Sync = Synchronised
	}
	return s
}

// majority finds the sources that tell the same as the one in the middle, give or
// take slack and their own errors, and of them the most precise. agree tells whether
// they are more than half of all. A server is preferred to the kernel, whose word is
// that of the daemon which sets the clock.
func majority(list []candidate, slack time.Duration) (best candidate, agree bool) {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b candidate) int { return cmp.Compare(a.offset, b.offset) })
	middle := list[(len(list)-1)/2]
	near := slices.DeleteFunc(slices.Clone(list), func(c candidate) bool {
		// No server is let be wrong by more than the slack because it says that it may be.
		return (c.offset - middle.offset).Abs() > slack+min(c.err, slack)+min(middle.err, slack)
	})
	best = slices.MinFunc(near, func(a, b candidate) int {
		if k := (a.source == KernelSource); k != (b.source == KernelSource) {
			if k {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.err, b.err)
	})
	return best, 2*len(near) > len(list)
}
