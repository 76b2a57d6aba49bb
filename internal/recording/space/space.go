// Package space says how much room a disk has, and whether it takes recordings.
package space

import (
	"errors"

	"golang.org/x/sys/unix"

	"watchroom/internal/media"
)

// State says whether a volume takes recordings.
type State string

// States of a volume.
const (
	OK      State = "ok"
	Low     State = "low"     // still recording; somebody must act
	Full    State = "full"    // recording has stopped, nothing was deleted
	Failing State = "failing" // the file system answers with errors, or not at all
	Away    State = "away"    // the folder is not the volume that it should be
)

// Space is the state of a volume at an instant. Sizes are in bytes.
type Space struct {
	State       State
	Total, Free int64
	Device      string // of the file system: volumes that lie on one share its room
	Err         error  // of the last write or query, while failing
}

// Look asks the file system of a folder for its sizes.
func Look(root string) (Space, error) {
	s := Space{State: OK}
	var st unix.Statfs_t
	if err := unix.Statfs(root, &st); err != nil {
		return s, err
	}
	s.Total, s.Free = int64(st.Blocks)*st.Bsize, int64(st.Bavail)*st.Bsize
	return s, nil
}

// Judge makes the state that of the sizes: low below a share of free space in percent, full
// below so many free bytes. was is the state before.
func (s *Space) Judge(lowPercent float64, reserve int64, was State) {
	low := int64(float64(s.Total) * lowPercent / 100)
	switch {
	case s.Free < reserve, was == Full && s.Free < reserve+reserve/4:
		s.State = Full // with hysteresis, so that it does not flutter
	case s.Free < low:
		s.State = Low
	}
}

// Sum is the state of all volumes together: what the best of them says, or failing
// where some are and the rest is well.
func Sum(all []Space) (sum Space) {
	count := map[State]int{}
	counted := map[string]bool{} // file systems
	for _, s := range all {
		count[s.State]++
		if s.Device == "" || !counted[s.Device] {
			sum.Total, sum.Free = sum.Total+s.Total, sum.Free+s.Free
		}
		counted[s.Device] = true
		if sum.Err == nil {
			sum.Err = s.Err
		}
	}
	takes := count[OK] + count[Low]
	switch {
	case takes == 0 && count[Full] > 0:
		sum.State = Full
	case takes == 0 && count[Failing] == 0:
		sum.State = Away
	case takes < len(all) && count[Failing]+count[Away] > 0:
		sum.State = Failing
	case count[OK] == 0:
		sum.State = Low
	default:
		sum.State = OK
	}
	return sum
}

// Cause is the cause of the gap that a failed write leaves.
func Cause(err error) media.Cause {
	if IsFull(err) {
		return media.CauseDiskFull
	}
	return media.CauseDiskFault
}

// IsFull tells whether an error says that there is no room.
func IsFull(err error) bool { return errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) }
