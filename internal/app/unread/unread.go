// Package unread tells the room of recording journals that cannot be read, that were set
// aside, or that hold what no recorder can have written.
package unread

import (
	"slices"
	"sync"

	"watchroom/internal/archive/lines"
	"watchroom/internal/archive/seal"
)

// Put raises an alarm, or changes its figures; one without a code is over.
type Put = func(key, code, detail, camera string, params map[string]any) bool

// Journals knows what is wrong with the journals. Its zero value knows of nothing.
type Journals struct {
	mu      sync.Mutex          // guards all below
	days    map[string][]string // by kind, disk and camera
	strange map[string]int      // by disk and camera, lines
}

// Unread is told that a journal cannot be read, or can again. Of a camera's on one disk the
// newest stands in the alarm, so that a disk that goes does not fill the page. disk is what
// people know the disk by.
func (j *Journals) Unread(put Put, disk string, u seal.Unread) {
	j.tell(put, "journal ", disk, u, "journal_unread", "A camera's recording journal of a day cannot be read. What it tells of does not come into the account and the transparency log; recording and all others go on.")
}

// Aside is told that a journal that could not be read was set aside, or lies there no more.
func (j *Journals) Aside(put Put, disk string, u seal.Unread) {
	j.tell(put, "aside journal ", disk, u, "journal_aside", "A camera's recording journal of a day could not be read and was set aside; another was begun in its place. What it told of since is in no account and no log; recording goes on.")
}

func (j *Journals) tell(put Put, keys, disk string, u seal.Unread, code, detail string) {
	key := keys + u.Volume + " " + u.Camera
	j.mu.Lock()
	if j.days == nil {
		j.days = map[string][]string{}
	}
	days := slices.DeleteFunc(j.days[key], func(day string) bool { return day == u.Day })
	if u.Why != "" {
		days = append(days, u.Day)
	}
	slices.Sort(days)
	j.days[key] = days
	j.mu.Unlock()
	if len(days) == 0 {
		put(key, "", "", "", nil)
		return
	}
	put(key, code, detail, u.Camera, map[string]any{"volume": disk, "day": days[len(days)-1], "count": len(days)})
}

// Strange is told of a line that no recorder can have written. It stands until the next
// start: somebody wrote it, and no look at the journal makes that undone.
func (j *Journals) Strange(put Put, disk string, s lines.Found) {
	key := s.Volume + " " + s.Camera
	j.mu.Lock()
	if j.strange == nil {
		j.strange = map[string]int{}
	}
	j.strange[key]++
	n := j.strange[key]
	j.mu.Unlock()
	put("strange journal "+key, "journal_strange", "A camera's recording journal holds a line that no recorder can have written: somebody has put it there. Unless it only dates a cause back, it is taken into no account.", s.Camera,
		map[string]any{"volume": disk, "why": string(s.Why), "count": n})
}
